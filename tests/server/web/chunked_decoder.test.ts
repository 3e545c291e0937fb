/** Bodies in chunks, whole, byte by byte and cut in two. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { ChunkedDecoder } from "../../../server/web/chunked_decoder.ts";

const CASES: readonly (readonly [what: string, bytes: string, state: string, body?: string])[] = [
  ["two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "complete", "hello world"],
  ["no chunk", "0\r\n\r\n", "complete", ""],
  ["line ends in a chunk", "4\r\na\r\nb\r\n0\r\n\r\n", "complete", "a\r\nb"],
  ["an extension", "1 ;a=b\r\nx\r\n0;c\r\n\r\n", "complete", "x"],
  ["the next request", "1\r\nx\r\n0\r\n\r\nGET / ", "complete", "x"],
  ["trailers", "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", "complete", "x"],
  ["the maximum", "C\r\n123456789012\r\n0\r\n\r\n", "complete", "123456789012"],
  ["a chunk over the maximum", "D\r\n", "too large"],
  ["chunks over the maximum", "c\r\n123456789012\r\n1\r\n", "too large"],
  ["a huge size", "ffffffff\r\n", "too large"],
  ["a size of nine digits", "000000001\r\n", "invalid"],
  ["a negative size", "-1\r\n", "invalid"],
  ["no size", "\r\n", "invalid"],
  ["no digits", "0x1\r\n", "invalid"],
  ["a space behind the size", "1 \r\n", "invalid"],
  ["a size with a line feed alone", "1\nx\r\n0\r\n\r\n", "invalid"],
  ["data with a line feed alone", "1\r\nx\n0\r\n\r\n", "invalid"],
  ["a line feed alone at the end", "1\r\nx\r\n0\r\n\n", "invalid"],
  ["a carriage return in an extension", "1;a\rb\r\nx\r\n0\r\n\r\n", "invalid"],
  ["a zero byte in an extension", "1;\0\r\nx\r\n0\r\n\r\n", "invalid"],
  ["a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", "invalid"],
  ["a trailer that is none", "0\r\nGET / HTTP/1.1\r\n\r\n", "invalid"],
  ["a chunk longer than its size", "1\r\nxy\r\n", "invalid"],
  ["an endless line", "1;".padEnd(1025, "x"), "invalid"],
  ["endless trailers", "0\r\n" + "A: b\r\n".repeat(200), "invalid"],
  ["the end is missing", "1\r\nx\r\n0\r\n", "incomplete", "x"],
];

function decoded(parts: readonly Buffer[]): [state: string, body: string] {
  const body: Buffer[] = [];
  const decoder = new ChunkedDecoder(12, (part) => body.push(part));
  let state = "incomplete";
  let rest = "";
  for (const part of parts) {
    if (state === "complete") rest += part;
    else if ((state = decoder.push(part)) === "complete") rest = decoder.rest.toString();
  }
  if (state === "complete") assert("GET / ".startsWith(rest), rest);
  return [state, Buffer.concat(body).toString()];
}

for (const [what, text, state, body] of CASES) {
  Deno.test(`chunked body: ${what}`, () => {
    const bytes = Buffer.from(text);
    const ways = [[bytes], [...bytes].map((byte) => Buffer.from([byte]))];
    for (let at = 1; at < Math.min(bytes.length, 40); at++) {
      ways.push([bytes.subarray(0, at), bytes.subarray(at)]);
    }
    for (const parts of ways) {
      const result = decoded(parts);
      assertEquals(result[0], state);
      if (body !== undefined) assertEquals(result[1], body);
    }
  });
}
