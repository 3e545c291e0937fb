import { assertEquals } from "@std/assert";
import { nameColorIndex } from "../../../client/core/name_colors.ts";

Deno.test("a name has the same colour in all its spellings, within the number of colours", () => {
  assertEquals(nameColorIndex("ALICE", 8), nameColorIndex("alice", 8));
  for (const name of ["a", "Дарья", "😀", "x".repeat(32)]) {
    const color = nameColorIndex(name, 8);
    assertEquals([Number.isInteger(color), color >= 0, color < 8], [true, true, true]);
  }
});
