/** Requests over HTTP with anything in them, from a seed. */

import type { Random } from "../simulation/random.ts";
import { httpRequest } from "./http_answers.ts";

/** The token of a webhook that some requests use. */
export const FUZZ_TOKEN = "0123456789abcdef";

/** Rooms whose messages some requests read. */
export const FUZZ_ROOMS = Array.from({ length: 8 }, (_, number) => `room${number}`);

/** A request, and what its answer depends on. */
export interface FuzzRequest {
  readonly bytes: string;
  readonly method: string;
  /** The room that the answer must name, if its status is 200. */
  readonly room?: string;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE"];

const PATHS = [
  "/",
  "/healthz",
  "/metrics",
  "/ws",
  "/openapi.json",
  "/nothing",
  "/constructor",
  "//",
  "/%2e%2e/",
  "/rooms/room0",
  "/rooms/room0/messages",
  "/rooms/none/messages",
  "/rooms/",
  "/rooms//messages",
  "/rooms/room0/files/a",
  "/rooms/room0/files/",
  "/rooms/none/files/a%00b",
  "/rooms/a%20b",
  `/hooks/${FUZZ_TOKEN}`,
  "/hooks/x",
  "/hooks/",
  `/files/${"a".repeat(64)}/x`,
  "/files/../x",
  "http://localhost/healthz",
  "http://localhost",
  "http://%zz/",
  "http://[::1/",
  "/rooms/room0/events",
];

const PIECES = [
  "%",
  "%0",
  "%00",
  "%ff",
  "%C3%BC",
  "%F0%9F%98%80",
  "%2F",
  "%2e%2e%2f",
  "%0d%0a",
  "..",
  "//",
  "\\",
  "?",
  "?limit=",
  "?limit=-1",
  "?since=1&before=0",
  "?limit=1&limit=9e9",
  "?%=%&&=",
  "#x",
  ";a=b",
  "\xe4",
  "\xff\xfe",
  "<script>",
  "'\"`",
  "{}",
  "[]",
  "^|",
  "~",
  "__proto__",
  "a".repeat(300),
];

const NAMES = [
  "Range",
  "If-Range",
  "If-None-Match",
  "If-Match",
  "If-Modified-Since",
  "Accept",
  "Accept-Encoding",
  "Authorization",
  "Cookie",
  "Content-Type",
  "Content-Encoding",
  "Expect",
  "Origin",
  "Referer",
  "TE",
  "Upgrade",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Version",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "Forwarded",
  "Repr-Digest",
  "Content-Digest",
  "Last-Event-ID",
  "Server-Password",
  "Session-Token",
  "Webhook-Id",
  "Keep-Alive",
  "Proxy-Connection",
  "Trailer",
  "Via",
  "__proto__",
  "constructor",
  "X",
];

const VALUES = [
  "",
  "*",
  "0",
  "-1",
  "1e9",
  "NaN",
  "bytes=0-",
  "bytes=-1",
  "bytes=5-2",
  "bytes=0-1,3-4",
  "bytes=9999-",
  "bytes=99999999999999999999-",
  'W/"x"',
  '"',
  '""',
  "gzip;q=0",
  "gzip, br",
  "identity;q=0, *;q=0",
  "Basic Og==",
  "Basic YTpi",
  "Basic !",
  "Bearer x",
  "Bearer",
  "100-continue",
  "text/plain",
  "a/b;c=d",
  "application/json",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
  "text/event-stream",
  "application/x-ndjson",
  "http://evil.example",
  "null",
  "websocket",
  "h2c",
  "for=1.2.3.4;proto=https",
  'for="[::1',
  "1.2.3.4, x, , ::",
  "sha-256=:x:",
  "trailers",
  "a, b,, c",
  "\xe4\xf6\xfc",
  "\t",
  " x ",
  ",,,,",
  "x".repeat(2000),
  "=?utf-8?b?eA==?=",
  "%00",
  "$(x)",
  "{{x}}",
];

const BODIES = [
  "",
  "x",
  "text of a message",
  "\xff\xfe",
  "{",
  "{}",
  "[]",
  "null",
  '{"text":"x"}',
  '{"text":7}',
  '{"text":"x","action":true}',
  "payload=%7B%22text%22%3A%22x%22%7D",
  "payload=%",
  "a\nb\r\nc\r",
  "GET / HTTP/1.1\r\n\r\n",
  "0\r\n\r\n",
  "x".repeat(5000),
  "\0",
  '{"text":"' + "[".repeat(500) + '"}',
];

function inChunks(random: Random, body: string): string {
  let bytes = "";
  for (let at = 0; at < body.length;) {
    const size = random.whole(1, Math.min(body.length - at, 900));
    bytes += `${size.toString(16)}${random.pick(["", ";a=b", " ;x"])}\r\n${
      body.slice(at, at + size)
    }\r\n`;
    at += size;
  }
  return `${bytes}0\r\n${random.pick(["", "A: b\r\n"])}\r\n`;
}

/** A request with a right end: whatever is refused in it, the next one begins behind it. */
export function framedRequest(random: Random): FuzzRequest {
  if (random.chance(0.3)) {
    const room = random.pick(FUZZ_ROOMS);
    return { ...{ method: "GET", room }, bytes: httpRequest(`GET /rooms/${room}/messages`) };
  }
  const method = random.pick(METHODS);
  let path = random.pick(PATHS);
  while (random.chance(0.3)) {
    const at = random.whole(1, path.length);
    path = path.slice(0, at) + random.pick(PIECES) + path.slice(at);
  }
  const headers = [];
  while (random.chance(0.6)) headers.push(`${random.pick(NAMES)}: ${random.pick(VALUES)}`);
  if (random.chance(0.1)) headers.push(`Connection: ${random.pick(["close", "upgrade", "x", ""])}`);
  const body = random.pick(BODIES);
  if (random.chance(0.3)) return { method, bytes: httpRequest(`${method} ${path}`, headers) };
  const isChunked = random.chance(0.5);
  const length = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const framed = isChunked ? inChunks(random, body) : body;
  return { method, bytes: httpRequest(`${method} ${path}`, [...headers, length], framed) };
}

/** Bytes with changes anywhere behind the start that shows HTTP. */
export function damaged(random: Random, bytes: string): string {
  let result = bytes;
  const start = bytes.indexOf("/") + 1;
  for (let count = random.whole(1, 6); count > 0; count--) {
    const at = random.whole(start, Math.max(result.length, start));
    const [before, behind] = [result.slice(0, at), result.slice(at)];
    const piece = random.pick([
      "\r",
      "\n",
      "\r\n",
      "\r\n\r\n",
      " ",
      "\t",
      ":",
      "\0",
      "\x7f",
      "\xff",
      "0",
      "f",
    ]);
    const line = random.pick([
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "Host: x",
      " x",
      "X : y",
    ]);
    result = random.pick([
      before + piece + behind,
      before + behind.slice(random.whole(1, 8)),
      before + String.fromCharCode(random.whole(0, 255)) + behind.slice(1),
      before + behind.slice(0, 40) + behind,
      result.replace("\r\n", `\r\n${line}\r\n`),
    ]);
  }
  return result;
}

/** Bytes in one to four pieces. */
export function piecesOf(random: Random, bytes: string): string[] {
  const cuts = Array.from({ length: random.whole(0, 3) }, () => random.whole(0, bytes.length));
  const all = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return all.slice(1).map((end, index) => bytes.slice(all[index], end));
}
