import { MAX_HOST_LENGTH } from "./allowed_hosts.ts";

/** Maximum length of an origin: a scheme and a host with a port. */
const MAX_ORIGIN_LENGTH = MAX_HOST_LENGTH + "https://".length;

/**
 * Decides whether a page may open a WebSocket, send or read: browsers allow any page on the web to try, and
 * the server must refuse it (RFC 6455, section 10.2).
 *
 * 1. A request without an origin is not of a browser, and could have any.
 * 2. Allowed origins are compared exactly.
 * 3. A page from the same host and port as the request is the server's own. The scheme may differ:
 *    behind a proxy that terminates TLS, the page has `https` and the request is plain.
 *
 * @param origin of the page, from the browser; programs have none.
 * @param host of the request, one of the {@link AllowedHosts}.
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
