import { MAX_HOST_LENGTH } from "./allowed_hosts.ts";

/** Longest origin: a scheme and a host with a port. */
const MAX_ORIGIN_LENGTH = MAX_HOST_LENGTH + "https://".length;

/**
 * Decides whether a page may open a WebSocket: browsers let any page on the web try, and leave it to
 * the server to refuse (RFC 6455, section 10.2).
 *
 * 1. Without an origin it is no browser, and could claim whatever it liked.
 * 2. Allowed origins are compared exactly.
 * 3. A page from the same host and port as the request is the server's own. The scheme may differ:
 *    behind a proxy that ends TLS, the page has `https` and the server is asked in plain.
 *
 * @param origin the page's, as the browser sends it; programs have none.
 * @param host that was asked for, and is one of the {@link AllowedHosts}.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined || allowedOrigins.includes(origin)) return true;
  if (origin.length > MAX_ORIGIN_LENGTH) return false;
  if (host === undefined || host.length > MAX_HOST_LENGTH) return false;
  const page = URL.parse(origin);
  if (page === null || page.host === "") return false;
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}
