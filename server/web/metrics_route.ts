import { createHash, timingSafeEqual } from "node:crypto";
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
    if (expected !== null && !isAuthorized(authorization, digestOf(expected))) return UNAUTHORIZED;
    return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: expose() };
  };
}

const UNAUTHORIZED = sentence(
  401,
  "The metrics need the token of --metrics-token, in the header Authorization: Bearer TOKEN",
  { "WWW-Authenticate": 'Bearer realm="metrics"' },
);

/** Compares digests in constant time, which depends on neither content nor length of the token. */
function isAuthorized(authorization: string | undefined, expected: Uint8Array): boolean {
  const [, given] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "") ?? [];
  return timingSafeEqual(digestOf(given ?? ""), expected) && given !== undefined;
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
