import { isIP } from "node:net";
import tls from "node:tls";
import { PROMPT_MILLISECONDS } from "../../protocol/mod.ts";
import { connectablePort, NO_TRANSPORT, socketTransport } from "./socket_transport.ts";
import { TransportStream } from "./transport_stream.ts";
import { BY_AUTHORITY, type KnownHost, type KnownHosts } from "./known_hosts.ts";
import type { Endpoint, OpenTransport, Transport } from "../core/transport.ts";

/** How a certificate is verified. */
export interface TlsOptions {
  /** SHA-256 of the only trusted certificate, in hexadecimal with or without colons. Its signer, name
   * and dates are not checked. */
  readonly fingerprint?: string | undefined;
  /** Trusts any certificate: protects from eavesdroppers, but not from an impostor. */
  readonly insecure?: boolean | undefined;
  /** The transport below TLS, such as a tunnel. Default: TCP. */
  readonly over?: OpenTransport | undefined;
}

/** Trust on first use of a certificate without a known authority. */
export interface FirstUse {
  /** The file that remembers the certificates. */
  readonly knownHosts: KnownHosts;
  /** Whether an unknown server is trusted. Default: true. */
  readonly isTrusting?: boolean;
  /** Called with each certificate that was remembered. */
  readonly onRemembered: (endpoint: Endpoint, fingerprint: string) => void;
  /** The transport below TLS, such as a tunnel. Default: TCP. */
  readonly over?: OpenTransport | undefined;
}

/** What all TLS connections of a client have in common. */
interface Base {
  readonly over: OpenTransport | undefined;
  /** Milliseconds, from any point, never back. */
  readonly now: () => number;
}

/** The code of an error whose message is the fingerprint of an unexpected certificate. */
const DIFFERENT = "ERR_FINGERPRINT";

/** The error codes of a certificate without a known authority. */
const UNKNOWN_AUTHORITY: ReadonlySet<unknown> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * Opens TLS connections.
 *
 * Without options the certificate must be signed by an authority that this machine trusts, for the
 * name or address of the host.
 *
 * @param now milliseconds, from any point, never back.
 */
export function openTls(
  { fingerprint, insecure = false, over }: TlsOptions = {},
  now: () => number = () => performance.now(),
): OpenTransport {
  const base = { over, now };
  if (fingerprint !== undefined) {
    return openWith(false, base, (socket) => pinFault(socket, fingerprint));
  }
  return openWith(!insecure, base);
}

/**
 * Opens TLS connections, and trusts a certificate of an unknown signer at the first connection to a
 * server, as SSH does.
 *
 * 1. A server with a stored fingerprint must have this certificate.
 * 2. Any other server needs a certificate that {@link openTls} accepts. This is stored as well: later
 *    such a server must not have less.
 * 3. An unknown server may have an unknown signer if its certificate can be stored. The name and the
 *    dates of such a certificate prove nothing and are not checked. With a known signer, a wrong name
 *    or an expired certificate is refused.
 *
 * @param now milliseconds, from any point, never back.
 */
export function openTlsOnFirstUse(
  firstUse: FirstUse,
  now: () => number = () => performance.now(),
): OpenTransport {
  const { knownHosts, isTrusting = true, over } = firstUse;
  const base = { over, now };
  return (endpoint, listener) => {
    let known: KnownHost | undefined;
    try {
      known = knownHosts.find(endpoint);
    } catch (error) {
      queueMicrotask(() => listener.closed(error as Error));
      return NO_TRANSPORT;
    }
    const changed = (found: string) => changeFault(firstUse, known!, found);
    if (known !== undefined && known.certificate !== BY_AUTHORITY) {
      const { certificate } = known;
      const check = (socket: tls.TLSSocket) => {
        const fault = pinFault(socket, certificate);
        return fault?.code === DIFFERENT ? changed(fault.message) : fault;
      };
      return openWith(false, base, check)(endpoint, listener);
    }
    const open = openWith(true, base, () => {
      if (known === undefined) attempt(() => knownHosts.remember(endpoint, BY_AUTHORITY));
    });
    const openUnsigned = openWith(
      false,
      base,
      (socket) => firstUseFault(socket, endpoint, firstUse),
    );
    return reopening(open, (error) => {
      if (!UNKNOWN_AUTHORITY.has(codeOf(error))) return undefined;
      if (known === undefined && !isTrusting) return undefined;
      return known === undefined
        ? openUnsigned
        : openWith(false, base, (socket) => changed(socket.getPeerCertificate().fingerprint256));
    })(endpoint, listener);
  };
}

/** Stores the certificate of an unknown server; returns an error if it cannot be trusted. */
function firstUseFault(
  socket: tls.TLSSocket,
  endpoint: Endpoint,
  { knownHosts, onRemembered }: FirstUse,
): Error | undefined {
  const { fingerprint256 } = socket.getPeerCertificate();
  const fault = pinFault(socket, fingerprint256);
  if (fault !== undefined) return fault;
  try {
    knownHosts.remember(endpoint, fingerprint256);
  } catch (error) {
    return error as Error;
  }
  onRemembered(endpoint, fingerprint256);
  return undefined;
}

/** The error of a server whose certificate has changed. */
function changeFault(
  { knownHosts: { path } }: FirstUse,
  { certificate, line }: KnownHost,
  found: string,
): Error {
  const before = certificate === BY_AUTHORITY
    ? "It was signed by an authority that this machine trusts"
    : `It had the fingerprint ${certificate}`;
  const message = `${before} (line ${line} of ${path}), and now has ${found}`;
  return Object.assign(new Error(message), { code: "ERR_KNOWN_HOST_CHANGED" });
}

/** Connects by TLS. An overloaded machine may send its first bytes so late that a hubbub server has
 * already prompted for a name: then it connects once more. An earlier answer other than TLS means that
 * the server does not support it. */
function openWith(
  isVerified: boolean,
  { now, over }: Base,
  check: (socket: tls.TLSSocket) => Error | undefined | void = () => undefined,
): OpenTransport {
  const open: OpenTransport = (endpoint, listener) => {
    const { host } = endpoint;
    const port = endpoint.port;
    const stream = over && new TransportStream(over, endpoint);
    const connect = () =>
      tls.connect({
        rejectUnauthorized: isVerified,
        host,
        ...(stream === undefined
          ? { port: connectablePort(port) }
          : { socket: stream, servername: isIP(host) === 0 ? host : "" }),
      });
    return socketTransport(connect, "secureConnect", {
      ...listener,
      // The error below TLS has the cause.
      closed: (error) => listener.closed(stream?.failure ?? error),
    }, (socket) => check(socket) ?? undefined);
  };
  return (endpoint, listener) => {
    const start = now();
    return reopening(open, (error) => {
      const wasLate = now() - start >= PROMPT_MILLISECONDS;
      return wasLate && isNoTls(error) ? open : undefined;
    })(endpoint, listener);
  };
}

/**
 * Connects once more after a failure before the connection was open.
 *
 * @param next the transport to try after that error; `undefined` for none.
 */
function reopening(
  open: OpenTransport,
  next: (error: Error | undefined) => OpenTransport | undefined,
): OpenTransport {
  return (endpoint, listener) => {
    let mayTryAgain = true;
    let transport: Transport = open(endpoint, {
      opened() {
        mayTryAgain = false;
        listener.opened();
      },
      received: (bytes) => listener.received(bytes),
      drained: () => listener.drained?.(),
      closed(error) {
        const again = mayTryAgain ? next(error) : undefined;
        if (again === undefined) listener.closed(error);
        else transport = again(endpoint, listener);
      },
    });
    return {
      write: (bytes) => transport.write(bytes),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      end: () => transport.end(),
      destroy: () => {
        mayTryAgain = false;
        transport.destroy();
      },
    };
  };
}

/** Whether OpenSSL, or Deno in its place, reports an answer other than TLS. */
function isNoTls(error: Error | undefined): boolean {
  return String(codeOf(error)).startsWith("ERR_SSL_");
}

function codeOf(error: Error | undefined): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The next connection tries again.
  }
}

/** The reason why a certificate is not the trusted one; `undefined` if it is. */
function pinFault(
  socket: tls.TLSSocket,
  fingerprint: string,
): Error & { code: string } | undefined {
  const { raw, fingerprint256 } = socket.getPeerCertificate();
  if (bare(fingerprint256) !== bare(fingerprint)) {
    return Object.assign(new Error(fingerprint256), { code: DIFFERENT });
  }
  // A certificate is public; only its owner can sign with it. Deno 2.9.6 does not check the signature
  // for version 1, the default of OpenSSL (`filter_unsupported_cert_version`).
  return isVersion1(raw)
    ? Object.assign(new Error("it is of the outdated version 1"), { code: "CERT_REJECTED" })
    : undefined;
}

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toUpperCase();
}

/** Whether a certificate (DER) has no version, which means 1 (RFC 5280, section 4.1). */
function isVersion1(certificate: Uint8Array): boolean {
  const VERSION = 0xa0;
  const inner = contentStart(certificate, 0);
  return certificate[contentStart(certificate, inner)] !== VERSION;
}

/** The start of the content of a DER value: after its tag, and a length of one byte or more. */
function contentStart(der: Uint8Array, start: number): number {
  const length = der[start + 1] ?? 0;
  return start + 2 + (length < 0x80 ? 0 : length & 0x7f);
}
