import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBuffer } from "../../server/byte_buffer.ts";
import { anyBytes } from "../protocol/texts.ts";

Deno.test("byte buffer: any byte string becomes its bytes of Latin-1", () => {
  fc.assert(fc.property(anyBytes, (bytes) => {
    assertEquals([...toBuffer(bytes)], [...Buffer.from(bytes, "latin1")]);
  }));
});

Deno.test("byte buffer: every byte alone, and all of them, at every length modulo three", () => {
  const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  for (const byte of all) assertEquals([...toBuffer(byte)], [byte.charCodeAt(0)]);
  for (const bytes of [all, all.slice(1), all.slice(2), all.repeat(300), ""]) {
    assertEquals(toBuffer(bytes).toString("latin1"), bytes);
  }
});
