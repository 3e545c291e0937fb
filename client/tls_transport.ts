import tls from "node:tls";
import { PROMPT_MILLISECONDS } from "../protocol/mod.ts";
import { socketTransport } from "./socket_transport.ts";
import type { OpenTransport, Transport } from "./transport.ts";

/** How a server's certificate is looked at. */
export interface TlsOptions {
  /** SHA-256 of the one certificate to trust, in hexadecimal with or without colons. Nothing else of
   * it matters then: not who signed it, not its name, not its age. */
  readonly fingerprint?: string | undefined;
  /** Trusts whoever answers, and so protects from those who listen but from nobody who pretends. */
  readonly insecure?: boolean | undefined;
}

/**
 * Makes a transport that connects by TLS.
 *
 * Without options the certificate has to be signed by an authority that this machine trusts, for the
 * host's name or address.
 *
 * @param now milliseconds, from any point, never back.
 */
export function openTls(
  { fingerprint, insecure = false }: TlsOptions = {},
  now: () => number = () => performance.now(),
): OpenTransport {
  const isVerified = fingerprint === undefined && !insecure;
  const open: OpenTransport = ({ host, port }, listener) =>
    socketTransport(
      () => tls.connect({ host, port, rejectUnauthorized: isVerified }),
      "secureConnect",
      listener,
      (socket) => fingerprint === undefined ? undefined : pinFault(socket, fingerprint),
    );
  return secondChance(open, now);
}

/**
 * Connects once more where a name was asked for before the first words of TLS were said: a machine that
 * has far too much to do can be later with them than a hubbub server waits. Whoever answers sooner
 * with something else than TLS does not speak it.
 */
function secondChance(open: OpenTransport, now: () => number): OpenTransport {
  return (endpoint, listener) => {
    const start = now();
    let mayTryAgain = true;
    const destroy = () => {
      mayTryAgain = false;
      transport.destroy();
    };
    let transport: Transport = open(endpoint, {
      opened() {
        mayTryAgain = false;
        listener.opened();
      },
      received: (bytes) => listener.received(bytes),
      closed(error) {
        const wasLate = now() - start >= PROMPT_MILLISECONDS;
        if (mayTryAgain && wasLate && isNoTls(error)) transport = open(endpoint, listener);
        else listener.closed(error);
      },
    });
    return {
      write: (bytes) => transport.write(bytes),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      end: () => transport.end(),
      destroy,
    };
  };
}

/** Whether OpenSSL, or Deno in its place, says that the other side has answered with something else. */
function isNoTls(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && String(error.code).startsWith("ERR_SSL_");
}

/** Why the certificate is not the one to trust; `undefined` if it is. */
function pinFault(socket: tls.TLSSocket, fingerprint: string): Error | undefined {
  const { raw, fingerprint256 } = socket.getPeerCertificate();
  if (bare(fingerprint256) !== bare(fingerprint)) {
    return Object.assign(new Error(fingerprint256), { code: "ERR_FINGERPRINT" });
  }
  // Anybody can show a certificate; only its owner can sign with it. Deno 2.9.6 does not check that
  // for version 1, as OpenSSL makes it by default (`filter_unsupported_cert_version`).
  return isVersion1(raw)
    ? Object.assign(new Error("it is of the outdated version 1"), { code: "CERT_REJECTED" })
    : undefined;
}

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toUpperCase();
}

/** True for a certificate (DER) that does not begin with its version: then it is 1 (RFC 5280,
 * section 4.1). */
function isVersion1(certificate: Uint8Array): boolean {
  const VERSION = 0xa0;
  const inner = contentStart(certificate, 0);
  return certificate[contentStart(certificate, inner)] !== VERSION;
}

/** Where the content of a DER value starts: behind its tag, and a length of one byte or more. */
function contentStart(der: Uint8Array, start: number): number {
  const length = der[start + 1] ?? 0;
  return start + 2 + (length < 0x80 ? 0 : length & 0x7f);
}
