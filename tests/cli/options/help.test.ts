import { assertEquals } from "@std/assert";
import { program } from "../../../cli/main.ts";
import type { CommandUnknownOpts } from "../../../cli/options/commander.ts";
import { definitionOf } from "../../../cli/options/command_line.ts";

/** Columns of the usual terminal, to which commander wraps the rest of a help text. */
const COLUMNS = 80;

Deno.test("help: the notes of all commands fit on a terminal", async () => {
  const tooWide: string[] = [];
  let count = 0;
  const check = (command: CommandUnknownOpts) => {
    const notes = definitionOf(command)?.notes;
    // Commands to be copied: a line break would change them.
    if (notes !== undefined && command.name() !== "completions") {
      count++;
      tooWide.push(...notes.split("\n").filter((line) => line.length > COLUMNS));
    }
    command.commands.forEach(check);
  };
  check(await program());
  assertEquals(tooWide, []);
  assertEquals(count > 5, true);
});
