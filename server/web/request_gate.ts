import type { IncomingMessage } from "node:http";
import type { RefusalReason } from "../observability/metrics.ts";
import type { Peer } from "../network/peer.ts";
import { type Forwarded, ForwardedError, readForwarded } from "../network/proxy/forwarded.ts";
import type { TrustedProxies } from "../network/trusted_proxies.ts";
import type { AllowedHosts } from "./allowed_hosts.ts";
import { HEALTH_PATH, MAX_TARGET_LENGTH, pathOf } from "./routes.ts";
import { sentence, type WebAnswer } from "./web_answer.ts";

/** Maximum size of all headers of a request in bytes; Node's own default. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Maximum number of headers of a request. Browsers and proxies send about twenty. */
export const MAX_HEADERS = 100;
/** Bytes around each header: a colon, a space, and a line end. */
const HEADER_OVERHEAD = 4;

/** The checked parts of a request. */
export type GateRequest = Pick<IncomingMessage, "rawHeaders" | "httpVersion" | "url">;

export interface PassedRequest {
  /** The client; not the proxy that has forwarded its request. */
  readonly peer: Peer;
  /** The requested host; absent in HTTP/1.0. */
  readonly host: string | undefined;
  /** The path at a proxy below which the server is; empty without one. */
  readonly prefix: string;
}

export interface RefusedRequest {
  readonly reason: RefusalReason;
  readonly answer: WebAnswer;
}

/** Checks the requirements of all requests, and finds the client behind a proxy. */
export class RequestGate {
  /** @param tlsOnly whether clients that do not encrypt are refused. */
  constructor(
    private readonly hosts: AllowedHosts,
    private readonly proxies: TrustedProxies,
    private readonly tlsOnly: boolean,
  ) {}

  /** @param peer the other end of the socket. */
  check(request: GateRequest, peer: Peer): PassedRequest | RefusedRequest {
    const { rawHeaders, httpVersion, url = "" } = request;
    if (rawHeaders.length > 2 * MAX_HEADERS || bytesOf(rawHeaders) > MAX_HEADER_BYTES) {
      return refusal(431, HEADERS_TOO_LARGE);
    }
    if (url.length > MAX_TARGET_LENGTH) {
      return refusal(414, `The address of the request is over ${MAX_TARGET_LENGTH} characters.`);
    }
    const [host, ...moreHosts] = headerValues(rawHeaders, "host");
    if (moreHosts.length > 0) {
      return refusal(400, "The request has several Host headers. Send one.");
    }
    if (headerValues(rawHeaders, "authorization").length > 1) {
      return refusal(400, "The request has several Authorization headers. Send one.");
    }
    if (host === undefined && httpVersion !== "1.0") {
      return refusal(400, "The request has no Host header (RFC 9112, section 3.2).");
    }
    let forwarded: Forwarded;
    try {
      forwarded = this.#readForwarded(rawHeaders, peer);
    } catch (error) {
      if (!(error instanceof ForwardedError)) throw error;
      return refusal(400, `Cannot use the headers of the proxy: ${error.message}.`);
    }
    const asked = [host, hostOf(url), forwarded.host];
    if (!asked.every((each) => each === undefined || this.hosts.has(each))) return FOREIGN_HOST;
    const client = clientOf(peer, forwarded);
    // A proxy checks the health of the server behind it in plain HTTP.
    const isHealthCheck = peer.isTrustedProxy && pathOf(url) === HEALTH_PATH;
    if (this.tlsOnly && !client.isSecure && !isHealthCheck) {
      return refusal(400, TLS_ONLY, "tls_required");
    }
    return { peer: client, host: forwarded.host ?? host, prefix: forwarded.prefix ?? "" };
  }

  #readForwarded(rawHeaders: readonly string[], peer: Peer): Forwarded {
    if (!peer.isTrustedProxy) return {};
    const header = (name: string) => headerValues(rawHeaders, name).join(",") || undefined;
    return readForwarded(header, this.proxies);
  }
}

export const HEADERS_TOO_LARGE =
  `The request has over ${MAX_HEADERS} headers, or over ${MAX_HEADER_BYTES} bytes of headers.`;

/** The error for plain requests if TLS is required. */
export const TLS_ONLY = "This server requires TLS: the address begins with https.";

const FOREIGN_HOST = refusal(
  421,
  "This name is not allowed in the address. Use an IP address, localhost or the name of the " +
    "server's machine. The administrator can allow other names with --allow-host NAME",
  "host",
);

function refusal(status: number, text: string, reason: RefusalReason = "http"): RefusedRequest {
  return { reason, answer: sentence(status, text) };
}

function clientOf(peer: Peer, { address, port = 0, isSecure = peer.isSecure }: Forwarded): Peer {
  if (address === undefined) return { ...peer, isSecure };
  return { address, port, isSecure, isTrustedProxy: false };
}

/** The host of a target that is a whole URL, which has priority over the header (RFC 9112, 3.2.2). */
function hostOf(target: string): string | undefined {
  return /^\w+:\/\//.test(target) ? URL.parse(target)?.host ?? "" : undefined;
}

/** The values of all headers with a name in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}

function bytesOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + HEADER_OVERHEAD / 2, 0);
}
