import { assertEquals } from "@std/assert";
import { sizeText } from "../../protocol/mod.ts";

for (
  const [bytes, text] of [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1 KB"],
    [1999, "1.9 KB"],
    [9999, "9.9 KB"],
    [10_999, "10 KB"],
    [2_345_678, "2.3 MB"],
    [25_000_000, "25 MB"],
    [1e12, "1 TB"],
    [Number.MAX_SAFE_INTEGER, "9007 TB"],
  ] as const
) Deno.test(`sizes: ${bytes} is ${text}`, () => assertEquals(sizeText(bytes), text));
