/** `docs/CONFIGURATION.md` tells the truth: its table and its example are compared with the code. */

import { assert, assertEquals } from "@std/assert";
import { parseConfig } from "../../cli/options/config_file.ts";
import { NAMED_SERVER_OPTIONS, parseServers } from "../../cli/named_servers.ts";
import { SERVE_OPTIONS } from "../../cli/options/serve.ts";
import type { OptionDefinition } from "../../cli/options/settings.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/CONFIGURATION.md", import.meta.url));

/** A row of the table as the code has it. */
function rowOf(name: string, definition: OptionDefinition<unknown>): string[] {
  const { takes, usage, help, default: initial, without } = definition;
  const valued = `--${name} ${usage}`;
  const alone = initial === "yes" ? `--${name}\`, \`--no-${name}` : `--${name}`;
  const shown = initial === undefined || initial === "" ? without! : "`" + initial + "`";
  return ["`" + (takes === "flag" ? alone : valued) + "`", shown, help];
}

Deno.test("the table of options is the code's", () => {
  const table = DOCUMENT.split("\n\n").find((part) => part.startsWith("| option"));
  assert(table !== undefined);
  const documented = table.split("\n").slice(2).map((row) =>
    row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
  assertEquals(
    documented,
    Object.entries(SERVE_OPTIONS).map(([name, definition]) => rowOf(name, definition)),
  );
});

Deno.test("the example of a file can be used", () => {
  const [, example] = /```json\n(\{\n[^`]+)```/.exec(DOCUMENT) ?? [];
  assert(example !== undefined);
  assertEquals(parseConfig(SERVE_OPTIONS, "example", example).get("rooms"), "lobby,help");
});

Deno.test("the keys and the example of the client's file are the code's", () => {
  const section = DOCUMENT.slice(DOCUMENT.indexOf("## The client"));
  const keys = section.split("\n").filter((line) => line.startsWith("| `"))
    .flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, key]) => key!));
  assertEquals(keys.toSorted(), Object.keys(NAMED_SERVER_OPTIONS).toSorted());
  const [, example = ""] = /```json\n([^`]+)```/.exec(section) ?? [];
  assertEquals([...parseServers("example", example).keys()], ["office", "home"]);
});
