import { assertEquals } from "@std/assert";
import { excerptOf } from "../../../server/echo/excerpt.ts";

const encoder = new TextEncoder();

Deno.test("excerpt: short text is shown without its line end", () => {
  assertEquals(excerptOf(encoder.encode("hello\n")), "hello");
  assertEquals(excerptOf(encoder.encode("Grüße, 世界\r\n")), "Grüße, 世界");
});

Deno.test("excerpt: line feeds become spaces, and escape codes are removed", () => {
  assertEquals(excerptOf(encoder.encode("one\ntwo\n")), "one two");
  assertEquals(excerptOf(encoder.encode("\u001b[2Jgone\u0007")), "[2Jgone");
});

Deno.test("excerpt: long text is shortened, with its size", () => {
  assertEquals(excerptOf(encoder.encode("x".repeat(1000))), `${"x".repeat(59)}… (1000 bytes)`);
});

Deno.test("excerpt: bytes without text are shown by their size", () => {
  assertEquals(excerptOf(new Uint8Array(5)), "(5 bytes)");
  assertEquals(excerptOf(encoder.encode("\n")), "(1 byte)");
});
