import { assertEquals } from "@std/assert";
import { excerptOf } from "../../../server/echo/excerpt.ts";

const encoder = new TextEncoder();

Deno.test("excerpt: short text is shown without its line end", () => {
  assertEquals(excerptOf(encoder.encode("hello\n")), "hello");
  assertEquals(excerptOf(encoder.encode("Grüße, 世界\r\n")), "Grüße, 世界");
});

Deno.test("excerpt: a line feed inside is a space, and escape codes reach no terminal", () => {
  assertEquals(excerptOf(encoder.encode("one\ntwo\n")), "one two");
  assertEquals(excerptOf(encoder.encode("\u001b[2Jgone\u0007")), "[2Jgone");
});

Deno.test("excerpt: what is long is shortened, and its size told", () => {
  assertEquals(excerptOf(encoder.encode("x".repeat(1000))), `${"x".repeat(59)}… (1000 bytes)`);
});

Deno.test("excerpt: bytes without text are shown by their size", () => {
  assertEquals(excerptOf(new Uint8Array(5)), "(5 bytes)");
});
