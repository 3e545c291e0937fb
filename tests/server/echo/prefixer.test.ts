import { assertEquals } from "@std/assert";
import { Prefixer } from "../../../server/echo/prefixer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The output of a prefixer for a stream that is cut at the given places. */
function prefixed(stream: string, cuts: readonly number[]): string {
  const prefixer = new Prefixer(encoder.encode("> "));
  const bytes = encoder.encode(stream);
  const ends = [...cuts, bytes.length];
  const starts = [0, ...cuts];
  return ends.map((end, index) => decoder.decode(prefixer.push(bytes.slice(starts[index], end))))
    .join("");
}

const CASES: readonly (readonly [what: string, stream: string, expected: string])[] = [
  ["one line", "hello\n", "> hello\n"],
  ["a line without its end", "hello", "> hello"],
  ["two lines", "one\ntwo\n", "> one\n> two\n"],
  ["empty lines", "\n\nx\n", "> \n> \n> x\n"],
  ["nothing", "", ""],
];

for (const [what, stream, expected] of CASES) {
  Deno.test(`prefixer: ${what}, whole, byte by byte, and cut anywhere`, () => {
    assertEquals(prefixed(stream, []), expected);
    assertEquals(prefixed(stream, [...stream].map((_, index) => index)), expected);
    for (let cut = 0; cut <= stream.length; cut++) {
      assertEquals(prefixed(stream, [cut]), expected);
    }
  });
}

Deno.test("prefixer: without a prefix the bytes are unchanged", () => {
  const bytes = Uint8Array.of(0, 10, 255);
  assertEquals(new Prefixer(new Uint8Array()).push(bytes) === bytes, true);
});
