/**
 * The pages about the load tester: their commands can be read, and their metrics are those that exist.
 */

import { assert, assertEquals } from "@std/assert";
import { parseAssertions } from "../../bench/results/assertions.ts";
import { TRAFFIC_METRICS } from "../../bench/results/metrics.ts";
import {
  BACKLOG_METRICS,
  CHURN_METRICS,
  CODEC_METRICS,
  CONNECT_METRICS,
  RESTART_METRICS,
  ROOMS_METRICS,
  ROUNDS_METRICS,
  STALL_METRICS,
} from "../../bench/mod.ts";
import { defineBench } from "../../cli/bench_command.ts";
import { Command } from "../../cli/options/commander.ts";
import { QUESTIONS } from "../../cli/options/bench_shared.ts";

const read = (name: string) => Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
const commands = await read("BENCHMARKING.md");
const figures = await read("MEASURING.md");

const bench = defineBench(new Command("bench"));

/** The options of a scenario, by their flags. */
function flagsOf(scenario: string): Set<string | undefined> {
  const command = bench.commands.find((each) => each.name() === scenario) ?? bench;
  return new Set(command.options.flatMap(({ short, long }) => [short, long]));
}

Deno.test("BENCHMARKING.md: every command is one, with options that exist", () => {
  const table = commands.slice(
    commands.indexOf("## What to type"),
    commands.indexOf("\nWithout `HOST:PORT`"),
  );
  const lines = [...table.matchAll(/`hubbub bench ([^`]+)`/g)].map(([, words]) => words!);
  const asked = new Set(lines.map((words) => words.split(" ")[0]!));
  assertEquals([...asked].toSorted(), Object.keys(QUESTIONS).toSorted());
  for (const words of lines) {
    const flags = flagsOf(words.split(" ")[0]!);
    for (const [flag] of words.matchAll(/(?<= )--?[a-zA-Z][a-z-]*/g)) {
      assert(flags.has(flag), `${flag} in ${words}`);
    }
    for (const [, text] of words.matchAll(/--(?:assert|find-limit) '([^']+)'/g)) {
      parseAssertions(text!);
    }
  }
});

Deno.test("BENCHMARKING.md: every scenario is described, under its question", () => {
  const section = commands.slice(commands.indexOf("## The scenarios"));
  const described = [...section.matchAll(/^### (\w+): (.+)$/gm)]
    .map(([, name, question]) => [name, question!.toLowerCase()]);
  assertEquals(
    described,
    Object.entries(QUESTIONS).map(([name, question]) => [name, question.toLowerCase()]),
  );
});

Deno.test("MEASURING.md: the metrics of the other scenarios are all that there are", () => {
  const tables = {
    ...{ connect: CONNECT_METRICS, backlog: BACKLOG_METRICS, rounds: ROUNDS_METRICS },
    ...{ churn: CHURN_METRICS, rooms: ROOMS_METRICS, stall: STALL_METRICS },
    restart: RESTART_METRICS,
    codec: CODEC_METRICS,
  };
  const rows = [...figures.matchAll(/^\| (\w+) +\| [^|]* \| (`p50`|`max`)([^|]*)\|$/gm)];
  assertEquals(
    rows.map(([, scenario, first, rest]) => [
      scenario,
      [...`${first}${rest}`.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ]),
    Object.entries(tables).map(([scenario, metrics]) => [scenario, Object.keys(metrics)]),
  );
});

Deno.test("MEASURING.md: the metrics are all that there are", () => {
  const section = figures.slice(
    figures.indexOf("| metrics"),
    figures.indexOf("These are the metrics"),
  );
  const named = [...section.matchAll(/`([a-z][\w.]*)`/g)].map(([, name]) => name!)
    .filter((name) => !["us", "ms", "s"].includes(name));
  assertEquals(named.toSorted(), Object.keys(TRAFFIC_METRICS).toSorted());
});
