import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BenchmarkResult } from "../../bench/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { PASSED } from "../bench/sample_result.ts";
import { isThorough } from "../support/thorough.ts";
import { peersTable } from "../../tools/bench_peers.ts";
import { pathOf, PEERS } from "../../tools/peers.ts";
import { runDeno } from "../../tools/repository.ts";

/**
 * `deno task bench:peers` as a real process.
 */

const test = isThorough("bench:peers") ? Deno.test : Deno.test.ignore;

const runTask = (...parameters: string[]) =>
  runDeno([...config.tasks["bench:peers"].command.split(" ").slice(1), ...parameters]);

test("bench:peers: one table with all installed servers; missing ones are named", async () => {
  const picture = await Deno.makeTempFile({ suffix: ".svg" });
  const { code, stdout, stderr } = await runTask(
    `picture=${picture}`,
    "connections=4",
    "senders=2",
    "seconds=1",
    "repeats=1",
  );
  assertEquals(code, 0, stdout + stderr);
  for (const profile of ["json", "text", "websocket"]) {
    assert(stdout.includes(`| hubbub, ${profile}`), stdout);
  }
  for (const { program } of PEERS) {
    const isInstalled = pathOf(program) !== undefined;
    assertEquals(stdout.includes(`| ${program} `), isInstalled, program);
    assertEquals(stdout.includes(`Not measured: ${program}: it is not installed`), !isInstalled);
  }
  assertMatch(stdout, /^\| server .* \| range .* \| ratio .* \| limited by +\|$/m);
  assertMatch(stdout, /^\| hubbub, json .* (server|client|window|rate|throttle) +\|$/m);
  assertMatch(
    stdout,
    /^\d{4}-\d\d-\d\d, \w+ .*, \d+ × .*, Deno \d.*4 connections, 2 senders/m,
  );
  const svg = await Deno.readTextFile(picture);
  await Deno.remove(picture);
  for (const text of ["hubbub, json", "deno task bench:peers connections=4 senders=2 "]) {
    assert(svg.includes(`>${text}`), svg);
  }
});

test("bench:peers: unknown arguments are wrong usage, exit 2", async () => {
  const { code, stderr } = await runTask("clients=4");
  assertEquals(code, 2);
  assertMatch(stderr, /^Usage: /);
  const folder = await runTask("picture=/nonexistent/peers.svg");
  assertEquals(folder.code, 2);
  assertMatch(folder.stderr, /^Cannot write the picture to \/nonexistent\/peers\.svg: /);
  assertEquals((await runTask("picture=peers.png")).code, 2);
  const few = await runTask("connections=1");
  assertEquals(few.code, 2);
  assertMatch(few.stderr, /^Cannot use 1 as connections: /);
});

function run(
  perSecond: number,
  limitedBy: BenchmarkResult["verdict"]["limitedBy"],
  lost = 0,
): BenchmarkResult {
  return {
    ...PASSED,
    deliveries: { ...PASSED.deliveries, perSecond, lost },
    verdict: { limitedBy, reason: "" },
  };
}

Deno.test("peers table: medians, ranges, ratios of rounds, and what limited each row", () => {
  const table = peersTable([
    { name: "first", runs: [run(1000, "server"), run(500, "server"), run(2000, "server")] },
    { name: "other", runs: [run(500, "client"), run(250, "server", 3), run(3000, "client")] },
    { name: "failed once", runs: [undefined, run(500, "server"), run(2000, "server")] },
    { name: "failed", runs: [undefined, undefined, undefined] },
    { name: "missing", runs: [] },
  ]);
  const cells = table.trimEnd().split("\n")
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(cells[0], [
    ...["server", "deliveries/s", "range", "ratio", "p50", "p99", "lost", "limited by"],
  ]);
  assertEquals(cells.slice(2).map(([name, rate, range, ratio]) => [name, rate, range, ratio]), [
    ["first", "1,000", "500 to 2,000", "1.00"],
    // Half of the first one, also in the rounds that were slow for both.
    ["other", "500", "250 to 3,000", "0.50"],
    ["failed once", "1,250", "500 to 2,000", "1.00"],
  ]);
  assertEquals(cells.slice(2).map((row) => row.slice(-2)), [
    ["0", "server"],
    ["3", "client 2x, server 1x"],
    ["0", "server"],
  ]);
});
