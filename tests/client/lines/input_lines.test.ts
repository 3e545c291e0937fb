import { assertEquals } from "@std/assert";
import { ChatError, inputLines } from "../../../client/mod.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Uint8Array, size: number): Promise<string[]> {
  const lines = await Array.fromAsync(inputLines(pieces(bytes, size)));
  return lines.map((line) => line instanceof ChatError ? `(${line.code})` : line);
}

const encoder = new TextEncoder();
const ODD = Uint8Array.of(...encoder.encode("äöü\r\n\n"), 0xff, 10, ...encoder.encode("\u2028\rx"));

for (const size of [1, 2, 3, 1000]) {
  Deno.test(`lines of an input in pieces of ${size}`, async () => {
    assertEquals(await linesOf(ODD, size), ["äöü", "", "(invalid_utf8)", "\u2028\rx"]);
  });
}

Deno.test("a too long line is reported once, and the next one is read", async () => {
  const bytes = encoder.encode("x".repeat(4096) + "\n" + "y".repeat(9000) + "\nz\n");
  assertEquals(await linesOf(bytes, 100), ["x".repeat(4096), "(line_too_long)", "z"]);
});

Deno.test("a line that cannot be sent is reported with its number", async () => {
  const bytes = Uint8Array.of(
    ...encoder.encode("a\n\n"),
    0xff,
    10,
    ...encoder.encode("z".repeat(5000)),
  );
  const faults = (await Array.fromAsync(inputLines(pieces(bytes, 7))))
    .filter((line) => line instanceof ChatError).map(({ text }) => text);
  assertEquals(faults, [
    "Not sent: line 3, since it is not valid UTF-8. Convert the input to UTF-8.",
    "Not sent: line 4, since it is over 4096 bytes. Split it.",
  ]);
});

Deno.test("an input without a line", async () => {
  assertEquals(await linesOf(new Uint8Array(), 1), []);
});
