import { assertEquals } from "@std/assert";
import { scriptsOf } from "../../../server/names/scripts.ts";
import { SCRIPTS } from "../../../server/names/script_table.ts";
import { scriptModule } from "../../../tools/scripts.ts";

Deno.test("scripts: the table matches the runtime: if not, run deno task scripts", () => {
  // A plain comparison: assertEquals would print a difference of 8 KB.
  assertEquals(scriptModule().includes(SCRIPTS), true);
});

Deno.test("scripts: a character has its scripts", () => {
  const rows: readonly [string, readonly string[]][] = [
    ["a", ["Latn"]],
    ["1", []],
    ["-", []],
    ["😀", []],
    ["я", ["Cyrl"]],
    ["小", ["Hani", "Hanb", "Jpan", "Kore"]],
    ["さ", ["Hira", "Jpan"]],
    ["\u{10ffff}", [...scriptsOf("\u{e01ef}")]],
  ];
  for (const [character, scripts] of rows) assertEquals([...scriptsOf(character)], scripts);
});
