import { STATUS_CODES } from "node:http";
import type { ProtocolError } from "../../protocol/mod.ts";
import { json, type WebAnswer } from "./web_answer.ts";

/** Status of each error; others have 400. */
const STATUS: Partial<Record<ProtocolError["code"], number>> = {
  banned: 403,
  file_length_needed: 411,
  file_too_large: 413,
  file_too_slow: 408,
  files_busy: 503,
  internal_error: 500,
  invalid_token: 401,
  length_needed: 411,
  method_not_allowed: 405,
  muted: 403,
  name_looks_like: 409,
  name_reserved: 409,
  name_taken: 409,
  nameless: 403,
  no_session: 401,
  no_stored_files: 404,
  no_such_room: 404,
  not_in_room: 403,
  origin_refused: 403,
  password_needed: 401,
  room_full: 503,
  server_full: 503,
  server_password_wrong: 401,
  storage_failed: 503,
  text_too_long: 413,
  too_busy: 503,
  too_many_attempts: 429,
  too_many_new_rooms: 429,
  too_many_requests: 429,
  too_many_uploads: 429,
  wrong_password: 401,
};

/** Sentences over HTTP, in place of those that are for users of lines and commands. */
const DETAILS: Partial<Record<ProtocolError["code"], string>> = {
  invalid_json: 'The body is not JSON. Send an object, such as {"text": "backup done"}.',
  invalid_utf8: "The body is not valid UTF-8 and was not sent. Encode it in UTF-8.",
  no_such_room:
    "There is no room of this name at the moment. A message to it creates it. A room without messages " +
    "ends when no client is in it.",
};

/** The status of an error of the chat. */
export function statusOf(code: ProtocolError["code"]): number {
  return STATUS[code] ?? 400;
}

/**
 * The answer to a request that the chat has refused (RFC 9457).
 *
 * @param headers besides those of the error.
 */
export function problemAnswer(
  { code, text, seconds }: ProtocolError,
  headers: Readonly<Record<string, string>> = {},
): WebAnswer {
  const status = statusOf(code);
  const value = { title: STATUS_CODES[status], status, code, detail: DETAILS[code] ?? text };
  const answer = json(status, value, {
    ...headers,
    ...(status === 401 ? { "WWW-Authenticate": challengeOf(code) } : {}),
    ...(seconds === undefined ? {} : { "Retry-After": String(seconds) }),
  });
  return { ...answer, type: "application/problem+json" };
}

/** The scheme by which a client can authenticate (RFC 7617, RFC 6750). */
function challengeOf(code: ProtocolError["code"]): string {
  // Of the page: with any other scheme a browser would ask its user for a name and a password.
  if (code === "no_session") return "Bearer";
  if (code === "invalid_token") return 'Bearer realm="hubbub", error="invalid_token"';
  return 'Basic realm="hubbub", charset="UTF-8"';
}
