import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  byteLength,
  detached,
  fromBytes,
  fromByteString,
  toBytes,
  toByteString,
} from "../../protocol/byte_string.ts";
import { anyBytes, anyText, wellFormedText } from "./texts.ts";
import { base64Bytes, isBase64 } from "../../protocol/mod.ts";

Deno.test("byte string: any well-formed text survives encoding and decoding", () => {
  fc.assert(fc.property(wellFormedText, (text) => {
    assertEquals(fromByteString(toByteString(text)), text);
  }));
});

Deno.test("byte string: every code point survives encoding and decoding", () => {
  for (let start = 0; start <= 0x10ffff; start += 0x1000) {
    if (start >= 0xd800 && start < 0xe000) continue;
    const codes = Array.from({ length: 0x1000 }, (_, index) => start + index)
      .filter((code) => code < 0xd800 || code > 0xdfff);
    const text = String.fromCodePoint(...codes);
    assertEquals(fromByteString(toByteString(text)), text, `from U+${start.toString(16)}`);
  }
});

Deno.test("byte string: each character is a byte of the UTF-8", () => {
  fc.assert(fc.property(anyText, (text) => {
    assertEquals([...toBytes(toByteString(text))], [...new TextEncoder().encode(text)]);
    assertEquals(byteLength(text), new TextEncoder().encode(text).length);
  }));
});

Deno.test("byte string: lone surrogates become U+FFFD", () => {
  for (const text of ["\ud83d", "\ude00", "a\ud83db", "\ude00\ud83d"]) {
    assertEquals(fromByteString(toByteString(text)), text.toWellFormed(), JSON.stringify(text));
  }
});

const INVALID: readonly (readonly [why: string, bytes: string])[] = [
  ["a byte that UTF-8 never has", "\xff"],
  ["a continuation without a start", "a\x80"],
  ["a start without its continuation, at the end", "a\xc3"],
  ["a start without its continuation, inside", "\xe2\x82a"],
  ["an overlong slash, which passed by many filters", "\xc0\xaf"],
  ["a surrogate", "\xed\xa0\x80"],
  ["beyond U+10FFFF", "\xf4\x90\x80\x80"],
  ["Latin-1", "caf\xe9"],
];

for (const [why, bytes] of INVALID) {
  Deno.test(`byte string: ${why} is not UTF-8`, () =>
    assertEquals(fromByteString(bytes), undefined));
}

Deno.test("byte string: a byte order mark is kept", () => {
  assertEquals(fromByteString("\xef\xbb\xbfa"), "\ufeffa");
});

Deno.test("byte string: arrays of any length survive conversion", () => {
  fc.assert(fc.property(anyBytes, (bytes) => assertEquals(fromBytes(toBytes(bytes)), bytes)));
  for (const length of [2047, 2048, 2049, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
    assertEquals(toBytes(fromBytes(bytes)), bytes);
  }
});

Deno.test("byte string: invalid UTF-8 is undefined, and never throws", () => {
  fc.assert(fc.property(anyBytes, (bytes) => {
    const text = fromByteString(bytes);
    assert(text === undefined || toByteString(text) === bytes);
  }));
});

Deno.test("byte string: a detached string is equal", () => {
  fc.assert(fc.property(anyText, (text) => assertEquals(detached(text), text)));
});

/** The expected result, by the grammar. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

Deno.test("base64: the number of bytes is that of the encoded ones", () => {
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
  Deno.test(`base64: ${JSON.stringify(text)} is invalid`, () =>
    assertEquals(isBase64(text), false));
}

Deno.test("base64: any text is valid as by the grammar", () => {
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
