import { isIP } from "node:net";

/** Longest `Host`, in characters: a name of 253 (RFC 1035), in octets written as `%XX`, and a port. */
export const MAX_HOST_LENGTH = 768;

/** Longest origin: a scheme and such a host. */
const MAX_ORIGIN_LENGTH = MAX_HOST_LENGTH + 32;

/** Where a request to open a WebSocket comes from. */
export interface UpgradeSource {
  /** The page's origin as the browser tells it; programs have none. */
  readonly origin: string | undefined;
  /** The request's `Host`. */
  readonly host: string | undefined;
  /** Whether the connection came in over the machine's own loopback interface. */
  readonly isLoopback: boolean;
}

/**
 * Decides whether a page may open a WebSocket: browsers let any page on the web try, and leave it to
 * the server to refuse (RFC 6455, section 10.2).
 *
 * 1. Without an origin it is no browser, and could claim whatever it liked.
 * 2. Allowed origins are compared exactly.
 * 3. A page from the same host and port as the request is the server's own. The scheme may differ:
 *    behind a proxy that ends TLS, the page has `https` and the server is asked in plain.
 * 4. Over loopback the host must be an address or `localhost`. Any other name is one that somebody
 *    may have pointed at 127.0.0.1 to make a page of theirs look like the server's own (DNS
 *    rebinding). A proxy on the same machine needs its origin among the allowed ones.
 */
export function isOriginAllowed(
  { origin, host, isLoopback }: UpgradeSource,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined || allowedOrigins.includes(origin)) return true;
  if (origin.length > MAX_ORIGIN_LENGTH || (host?.length ?? 0) > MAX_HOST_LENGTH) return false;
  const page = URL.parse(origin);
  if (page === null || host === undefined) return false;
  const server = URL.parse(`${page.protocol}//${host}`);
  if (server === null || server.href !== `${page.protocol}//${server.host}/`) return false;
  if (server.host === "" || server.host !== page.host) return false;
  return !isLoopback || isOwnName(server.hostname);
}

/** Whether a host name cannot be pointed at this machine by somebody else. */
function isOwnName(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") ||
    isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}
