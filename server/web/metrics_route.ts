import { isSameSecret } from "../secrets.ts";
import type { Route } from "./routes.ts";
import { sentence } from "./web_answer.ts";

/**
 * The route of `/metrics`.
 *
 * @param expose returns the text of the metrics.
 * @param token returns the required bearer token (RFC 6750); `null` for none.
 */
export function metricsRoute(expose: () => string, token: () => string | null): Route {
  return ({ authorization }) => {
    const expected = token();
    if (expected !== null && !isAuthorized(authorization, expected)) return UNAUTHORIZED;
    return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: expose() };
  };
}

const UNAUTHORIZED = sentence(
  401,
  "The metrics need the token of --metrics-token, in the header Authorization: Bearer TOKEN",
  { "WWW-Authenticate": 'Bearer realm="metrics"' },
);

function isAuthorized(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "") ?? [];
  return given !== undefined && isSameSecret(given, token);
}
