/**
 * The page about measuring: its commands can be read, and its metrics are those that there are.
 */

import { assert, assertEquals } from "@std/assert";
import { parseAssertions } from "../../bench/assertions.ts";
import { TRAFFIC_METRICS } from "../../bench/metrics.ts";
import { benchCommand } from "../../cli/bench.ts";

const page = await Deno.readTextFile(new URL("../../docs/BENCHMARKING.md", import.meta.url));

Deno.test("BENCHMARKING.md: every command is one, with options that exist", () => {
  const commands = [...page.matchAll(/`hubbub bench ([^`]+)`/g)].map(([, words]) => words!);
  const asked = commands.filter((words) => words.includes("HOST:PORT"));
  assertEquals(asked.length, 10);
  const flags = new Set(benchCommand().options.flatMap(({ short, long }) => [short, long]));
  for (const words of asked) {
    assert(/^(?:broadcast|echo) /.test(words), words);
    for (const [flag] of words.matchAll(/(?<= )--?[a-zA-Z][a-z-]*/g)) {
      assert(flags.has(flag), `${flag} in ${words}`);
    }
    for (const [, text] of words.matchAll(/--(?:assert|find-limit) '([^']+)'/g)) {
      parseAssertions(text!);
    }
  }
});

Deno.test("BENCHMARKING.md: the metrics are all that there are", () => {
  const section = page.slice(page.indexOf("| metrics"), page.indexOf("`--find-limit` takes"));
  const named = [...section.matchAll(/`([a-z][\w.]*)`/g)].map(([, name]) => name!)
    .filter((name) => !["us", "ms", "s"].includes(name));
  assertEquals(named.toSorted(), Object.keys(TRAFFIC_METRICS).toSorted());
});
