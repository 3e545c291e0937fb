/**
 * `deno task bench:peers` as a real process.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { pathOf, PEERS } from "../../tools/peers.ts";
import { PROJECT } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";

const test = isThorough("bench:peers") ? Deno.test : Deno.test.ignore;

async function runTask(...parameters: string[]) {
  const words = config.tasks["bench:peers"].command.split(" ").slice(1);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words, ...parameters],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

test("bench:peers: one table with all that is installed; what is missing is named", async () => {
  const { code, stdout, stderr } = await runTask(
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
    /^\d{4}-\d\d-\d\d, \w+ .*, \d+ × .*, Deno \d.*4 connections, 2 of them send/m,
  );
});

test("bench:peers: what it does not know, exit 2", async () => {
  const { code, stderr } = await runTask("clients=4");
  assertEquals(code, 2);
  assertMatch(stderr, /^Usage: /);
  const few = await runTask("connections=1");
  assertEquals(few.code, 2);
  assertMatch(few.stderr, /^Cannot use 1 as connections: /);
});
