import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { base64Bytes, isBase64 } from "../../protocol/mod.ts";

/** What it has to be, slowly. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

Deno.test("base64: it stands for as many bytes as it was made of", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    const text = bytes.toBase64();
    assertEquals(base64Bytes(text), bytes.length);
    assertEquals(isBase64(text), true);
  }));
});

const WRONG = [
  "A",
  "AA",
  "AAA",
  "====",
  "A===",
  "AA=A",
  "=AAA",
  " AAA",
  "AA A",
  "AAA\n",
  "AA =",
  "AA==" +
  "AAAA",
  "AA-_",
  'AAA"',
  "AAA\\",
  "AAA\0",
  "AAAé",
  "\tAAAAAA=",
  "AAAA\r\n==",
];

for (const text of WRONG) {
  Deno.test(`base64: ${JSON.stringify(text)} is none`, () => assertEquals(isBase64(text), false));
}

Deno.test("base64: any text is told apart as by the grammar", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 16 }),
    fc.string({
      unit: fc.constantFrom("A", "z", "9", "+", "/", "=", " ", "\n", "-"),
      maxLength: 16,
    }),
  );
  fc.assert(
    fc.property(text, (text) => assertEquals(isBase64(text), BASE64.test(text))),
    { numRuns: 2000 },
  );
});
