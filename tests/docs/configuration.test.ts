/** `docs/CONFIGURATION.md` tells the truth: its table and its example are compared with the code. */

import { assert, assertEquals } from "@std/assert";
import { parseConfig } from "../../cli/options/config_file.ts";
import { NAMED_SERVER_OPTIONS, parseServers } from "../../cli/named_servers.ts";
import { SERVE_OPTIONS } from "../../cli/options/serve.ts";
import { withTables } from "../../tools/option_tables.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/CONFIGURATION.md", import.meta.url));

Deno.test("the tables of options are the code's: deno task option-tables writes them", () => {
  assertEquals([...DOCUMENT.matchAll(/<!-- options: /g)].length, 8);
  assertEquals(withTables(DOCUMENT), DOCUMENT);
});

Deno.test("the options that change without a restart are those of the code", () => {
  const section = DOCUMENT.slice(DOCUMENT.indexOf("## Changes without a restart"));
  const lists = [...section.matchAll(/^- These (?:options )?change [^:]*:([^]*?)\.\n/gm)];
  assertEquals(lists.length, 2);
  const named = lists.flatMap(([, list]) =>
    [...list!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
  );
  const live = Object.entries(SERVE_OPTIONS).filter(([, option]) => "isLive" in option)
    .map(([name]) => name);
  assertEquals(named.toSorted(), live.toSorted());
});

Deno.test("the example of a file can be used", () => {
  const [, example] = /```json\n(\{\n[^`]+)```/.exec(DOCUMENT) ?? [];
  assert(example !== undefined);
  assertEquals(parseConfig(SERVE_OPTIONS, "example", example).get("rooms"), "lobby,help");
});

Deno.test("the keys and the example of the client's file are the code's", () => {
  const section = DOCUMENT.slice(DOCUMENT.indexOf("## The client"));
  const table = section.split("\n\n").find((part) => part.startsWith("| key"))!;
  const keys = table.split("\n").filter((line) => line.startsWith("| `"))
    .flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, key]) => key!));
  assertEquals(keys.toSorted(), Object.keys(NAMED_SERVER_OPTIONS).toSorted());
  const [, example = ""] = /```json\n([^`]+)```/.exec(section) ?? [];
  assertEquals([...parseServers("example", example).keys()], ["office", "home"]);
});
