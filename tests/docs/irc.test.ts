import { assert, assertEquals } from "@std/assert";
import { IRC_COMMANDS } from "../../server/irc/irc_session.ts";
import { capabilitiesOf } from "../../server/irc/capabilities.ts";
import { features } from "../../server/irc/replies.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/IRC.md", import.meta.url));

/** The words in capitals and backticks of the first column of the table under a heading. */
function firstColumn(heading: string, word: RegExp): string[] {
  const [, section = ""] = PAGE.split(`\n## ${heading}\n`);
  const rows = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...row.split("|")[1]!.matchAll(word)].map(([, name]) => name!));
}

Deno.test("IRC.md: the commands are those of the code", () => {
  assertEquals(
    firstColumn("Commands", /`([A-Z]+)`/g).toSorted(),
    Object.keys(IRC_COMMANDS).toSorted(),
  );
});

Deno.test("IRC.md: the capabilities are those of the code", () => {
  assertEquals(firstColumn("Capabilities", /`([\w/-]+)`/g), [...capabilitiesOf(true).keys()]);
});

Deno.test("IRC.md: the features that the page names are in RPL_ISUPPORT", () => {
  const words = features(50, true);
  const named = [...PAGE.matchAll(/`([A-Z]+=[^`]+)`/g)].map(([, word]) => word!);
  assert(named.length > 0);
  for (const word of named) assert(words.includes(word), word);
});
