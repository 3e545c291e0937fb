import { assertEquals } from "@std/assert";
import { toByteString } from "../../protocol/byte_string.ts";
import { Trace, visibleBytes } from "../../protocol/trace.ts";

Deno.test("trace: prints a line for each read and write, and counts each direction", () => {
  const lines: string[] = [];
  const time = new Date(2026, 0, 31, 12, 34, 56, 7).getTime();
  const trace = new Trace("127.0.0.1:5000", () => time, (line) => lines.push(line));
  trace.read("one\ntw");
  trace.wrote("one\n");
  trace.read("o\n");
  trace.ended();
  assertEquals(lines, [
    '12:34:56.007 127.0.0.1:5000 read 6 bytes = 1 message + 2 bytes of a second: "one\\ntw"',
    '12:34:56.007 127.0.0.1:5000 wrote 4 bytes = 1 message: "one\\n"',
    '12:34:56.007 127.0.0.1:5000 read 2 bytes = the last 2 bytes of a message: "o\\n"',
    "12:34:56.007 127.0.0.1:5000 read the end",
  ]);
});

const SEEN: [why: string, bytes: string, shown: string][] = [
  ["text unchanged", toByteString("Grüße, 世界 🌍"), '"Grüße, 世界 🌍"'],
  ["controls as escapes", '\x1b[2J\0\t"\\\r\n', '"\\x1b[2J\\x00\\t\\"\\\\\\r\\n"'],
  ["half a character as its bytes", "a\xc3", '"a\\xc3"'],
  ["what turns the text around", toByteString("a\u202eb"), '"a\\u{202e}b"'],
  ["long text shortened", "x".repeat(100), `"${"x".repeat(20)}"…`],
  ["a cut character left out", toByteString("é".repeat(41)), `"${"é".repeat(20)}"…`],
];

for (const [why, bytes, shown] of SEEN) {
  Deno.test(`visible bytes: ${why}`, () => assertEquals(visibleBytes(bytes, 20), shown));
}
