/**
 * Connection errors: each has a code, and one line with the cause and the remedy.
 *
 * @module
 */

import { PROTOCOL_VERSION } from "../../protocol/frames.ts";
import { hostPort } from "../../protocol/text.ts";
import type { PlainPeer } from "./unknown_peer.ts";
import type { Endpoint } from "./transport.ts";

/** The progress of a connection when it failed. */
export type ConnectionPhase =
  /** Not connected yet. */
  | "connect"
  /** Connected, but without an introduction of the server: nothing was sent. */
  | "introduce"
  /** Introduced, but not joined. */
  | "join"
  /** In use. */
  | "chat";

const BEGINNINGS: Record<ConnectionPhase, string> = {
  connect: "Cannot connect to",
  introduce: "Cannot join",
  join: "Cannot join",
  chat: "Lost the connection to",
};

/** The stable code of a connection error. */
export type ConnectionErrorCode =
  | "bad_port"
  | "certificate_changed"
  | "certificate_differs"
  | "certificate_name"
  | "certificate_untrusted"
  | "closed"
  | "closed_while_joining"
  | "http_refused"
  | "known_hosts"
  | "left"
  | "link_local"
  | "no_answer"
  | "no_descriptors"
  | "no_local_port"
  | "not_allowed"
  | "not_hubbub"
  | "not_tls"
  | "not_understood"
  | "other"
  | "other_version"
  | "proxy"
  | "redirected"
  | "refused"
  | "reset"
  | "server_closed"
  | "silent"
  | "timed_out"
  | "uncertain"
  | "unknown_host"
  | "unreachable"
  | "websocket_closed";

/** The sentence of each error, by its code. A code never changes its meaning. */
const SENTENCES: Readonly<Record<ConnectionErrorCode, (detail: string) => string>> = {
  bad_port: () => "a port is a number from 1 to 65535.",
  certificate_changed: (found: string) =>
    `its certificate is not the expected one: it has the fingerprint ${found}.`,
  certificate_differs: (found: string) =>
    `its certificate has changed. ${found}. Another server may pretend to be it. If ` +
    "its owner confirms the new fingerprint, remove that line, or give it as --fingerprint.",
  certificate_name: () =>
    "its certificate is for another name. Use that name, or give its --fingerprint.",
  certificate_untrusted: (reason: string) =>
    `its certificate cannot be trusted (${reason}). Ask its owner for the --fingerprint.`,
  closed: () => "the server closed it without a reason.",
  closed_while_joining: () => "the server closed the connection before it answered.",
  http_refused: (answer: string) => `the web server answered ${answer}.`,
  known_hosts: (fault: string) =>
    `its certificate cannot be compared with the remembered one. ${fault}`,
  left: () => "this client left before the server answered.",
  link_local: () =>
    "link-local addresses (fe80::) cannot be used. Use another address of the server, or its name.",
  no_answer: (seconds: string) =>
    `connected, but nothing answered in ${seconds} s. Is it a hubbub server?`,
  no_descriptors: () => "too many open files. Raise the limit with `ulimit -n`.",
  no_local_port: () =>
    "no local port is free. Close other connections, or wait a minute and try again.",
  not_allowed: () => "this program may not use the network there (firewall or permissions).",
  not_hubbub: (answer: string) => `that is not a hubbub server: ${answer}.`,
  not_tls: () => "it does not speak TLS. Try without --tls, or with http:// in the address.",
  not_understood: () => "it sent data that is not in the protocol. Is it a hubbub server?",
  other: (reason: string) => `${reason}.`,
  other_version: (version: string) =>
    `it speaks version ${version} of hubbub's protocol, this client version ${PROTOCOL_VERSION}. ` +
    "Update the older of the two.",
  proxy: (fault: string) => `the proxy ${fault}`,
  redirected: (target: string) => `the web server redirects to ${target}. Give that address.`,
  refused: () => "connection refused. Is the server running?",
  reset: () => "the other side reset the connection.",
  server_closed: (text: string) => `the server sent: ${text}`,
  silent: (seconds: string) => `nothing came for ${seconds} s. Check the network.`,
  timed_out: () => "timed out. Check the address, and that no firewall is in the way.",
  uncertain: () =>
    "this was sent before the connection broke, and it is unknown whether it has arrived.",
  unknown_host: () => "unknown host. Check the spelling, or use its IP address.",
  unreachable: () => "the host cannot be reached from here. Check the network and the address.",
  websocket_closed: (reason: string) => `the WebSocket was closed with ${reason}.`,
};

/** The codes for system errors (`errno` on Linux, macOS and Windows). */
const BY_SYSTEM_CODE: Record<string, ConnectionErrorCode> = {
  CERT_HAS_EXPIRED: "certificate_untrusted",
  CERT_NOT_YET_VALID: "certificate_untrusted",
  CERT_REJECTED: "certificate_untrusted", // of `tls_transport.ts`
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_untrusted",
  EACCES: "not_allowed",
  EADDRINUSE: "no_local_port",
  EADDRNOTAVAIL: "no_local_port",
  EAI_AGAIN: "unknown_host",
  ECONNABORTED: "reset",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EHOSTDOWN: "unreachable",
  EHOSTUNREACH: "unreachable",
  // Deno reports that the local ports are used up as EINVAL (measured in 2.9.6).
  EINVAL: "no_local_port",
  EMFILE: "no_descriptors",
  ENETDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENFILE: "no_descriptors",
  ENOTFOUND: "unknown_host",
  EPERM: "not_allowed",
  EPIPE: "reset",
  ERR_FINGERPRINT: "certificate_changed", // of `tls_transport.ts`
  ERR_HTTP_REFUSED: "http_refused", // of `websocket.ts`
  ERR_INVALID_FRAME: "not_understood", // of `websocket.ts`
  ERR_KNOWN_HOST_CHANGED: "certificate_differs", // of `tls_transport.ts`
  ERR_KNOWN_HOSTS: "known_hosts", // of `known_hosts.ts`
  ERR_NO_WEBSOCKET: "not_hubbub", // of `websocket.ts`
  ERR_PROXY: "proxy", // of `http_tunnel.ts`
  ERR_REDIRECTED: "redirected", // of `websocket.ts`
  ERR_SOCKET_BAD_PORT: "bad_port",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate_name",
  ERR_WEBSOCKET_CLOSED: "websocket_closed", // of `websocket.ts`
  ETIMEDOUT: "timed_out",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate_untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate_untrusted",
};

/** A connection could not be opened, or ended unexpectedly. */
export class ConnectionError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "ConnectionError";
  /** The server if it is not hubbub and can be used with plain lines. */
  readonly plainPeer: PlainPeer | undefined;

  /**
   * Makes the message.
   *
   * @param detail part of the sentence of some codes.
   */
  constructor(
    readonly code: ConnectionErrorCode,
    readonly phase: ConnectionPhase,
    endpoint: Endpoint,
    { detail = "", cause, plainPeer }: {
      detail?: string | undefined;
      cause?: unknown;
      plainPeer?: PlainPeer | undefined;
    } = {},
  ) {
    super(`${BEGINNINGS[phase]} ${hostPort(endpoint)}: ${SENTENCES[code](detail)}`, { cause });
    this.plainPeer = plainPeer;
  }
}

/** fe80::/10. Deno's `node:net` cannot connect to these, with or without a zone (2.9.6). */
const LINK_LOCAL = /^fe[89ab][\da-f]:/i;

/** What Node 26 adds to the reason, also in a program that trusts the authorities of the system. */
const NODE_ADVICE = /; if the root CA is installed locally, .*$/;

/** Converts an error of `node:net`; the original is the `cause`. */
export function connectionErrorOf(
  cause: Error,
  phase: ConnectionPhase,
  endpoint: Endpoint,
): ConnectionError {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  const known = code === "EINVAL" && LINK_LOCAL.test(endpoint.host)
    ? "link_local"
    : knownCode(code);
  const detail = cause.message.split("\n", 1)[0]!.replace(NODE_ADVICE, "");
  return new ConnectionError(known ?? "other", phase, endpoint, { detail, cause });
}

function knownCode(code: string): ConnectionErrorCode | undefined {
  if (code === "NotCapable") return "not_allowed";
  // OpenSSL, and Deno likewise, reports an answer other than TLS with these codes.
  return code.startsWith("ERR_SSL_") ? "not_tls" : BY_SYSTEM_CODE[code];
}
