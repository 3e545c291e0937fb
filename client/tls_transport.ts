import tls from "node:tls";
import { socketTransport } from "./socket_transport.ts";
import type { OpenTransport } from "./transport.ts";

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
 */
export function openTls({ fingerprint, insecure = false }: TlsOptions = {}): OpenTransport {
  const isVerified = fingerprint === undefined && !insecure;
  return ({ host, port }, listener) =>
    socketTransport(
      () => tls.connect({ host, port, rejectUnauthorized: isVerified }),
      "secureConnect",
      listener,
      (socket) => fingerprint === undefined ? undefined : pinFault(socket, fingerprint),
    );
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
