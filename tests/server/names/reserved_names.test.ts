import { assertEquals } from "@std/assert";
import { isReserved, RESERVED_NAMES } from "../../../server/names/reserved_names.ts";

const RESERVED = [
  ...RESERVED_NAMES,
  "SYSTEM",
  "Server",
  "You",
  "Hubbub",
  "\u0405YSTEM", // a Cyrillic Ѕ
  "\uff33\uff39\uff33\uff34\uff25\uff2d",
  "err0r",
  "ERR0R",
  "~SYSTEM~",
  "SYSTEM]",
  "_you_",
  "Server.",
  "SYSTEM😀",
  "hubbub\u02bc", // a modifier letter that looks like an apostrophe
  "\u02bcServer\u02bc",
];
for (const name of RESERVED) {
  Deno.test(`reserved names: ${name} is one`, () => assertEquals(isReserved(name), true));
}

for (
  const name of ["Alice", "Al", "Youri", "Server1", "Systema", "...", "😀", "Hub", "Allan", "a11"]
) {
  Deno.test(`reserved names: ${name} is none`, () => assertEquals(isReserved(name), false));
}
