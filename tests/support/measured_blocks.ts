/** The blocks of commands in the documents that measure: no other tests run beside them. */

import { assertEquals, assertMatch } from "@std/assert";
import { PEERS, startPeer } from "../../tools/peers.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import { type BlockTest, runsToItsEnd } from "./typed_blocks.ts";
import { TypedCommands } from "./typed_commands.ts";

/** A block that measures a server of its own. */
const measures: BlockTest = async (block) => {
  assertMatch(
    await runsToItsEnd(block),
    /No delivery was lost, corrupted, duplicated or reordered\./,
  );
};

/** A block with an assertion: on a slow machine that may not hold, and is a line of the report then. */
const asserts: BlockTest = async (block) => {
  await using typed = await TypedCommands.type(block);
  const code = await typed.exit();
  assertMatch(typed.printed, /No (delivery|reply) was lost, corrupted, duplicated or reordered\./);
  const failures = typed.printed.split("\n").filter((line) => line.startsWith("FAILED: "));
  assertEquals(failures.filter((line) => !line.includes("p99")), []);
  assertEquals(code, failures.length === 0 ? 0 : 1, typed.printed);
};

/** A block that measures another server, which must be installed. */
function measuresPeer(program: string, port: string): BlockTest {
  return async (block) => {
    await using peer = await startPeer(PEERS.find((each) => each.program === program)!);
    const printed = await runsToItsEnd(block, { replace: { [port]: String(peer.port) } });
    assertMatch(printed, /No delivery was lost, corrupted, duplicated or reordered\./);
  };
}

/** Two measurements, and a report of both as a table and as a page. */
const compares: BlockTest = (block) =>
  withEmptyFolder(async (folder) => {
    const printed = await runsToItsEnd(block, { then: `mv report.html '${folder}'` });
    assertMatch(printed, / before [^]* after [^]*Too few runs/);
    assertMatch(await Deno.readTextFile(`${folder}/report.html`), /^<!doctype html>/i);
  });

const NATS = "docs/PROFILES.md: hubbub bench broadcast 127.0.0.1:4222 --profile nats";
const NCAT = "docs/PROFILES.md: hubbub bench broadcast 127.0.0.1:7777 -c 64 --connect-rate 200/s";

/** The blocks, and what is done with each. */
export const MEASURED_BLOCKS: Readonly<Record<string, BlockTest>> = {
  "docs/BENCHMARKING.md: hubbub bench broadcast -c 128 -s 8 -p 64 -d 5": measures,
  "docs/BENCHMARKING.md: hubbub bench echo -c 10 -R 1000 -d 5 --assert 'p99<50ms'": asserts,
  "docs/BENCHMARKING.md: hubbub bench broadcast -R 1000 -d 3 --json > before.json": compares,
  [NATS]: measuresPeer("nats-server", "4222"),
  [NCAT]: measuresPeer("ncat", "7777"),
};

/** The programs that blocks need besides hubbub. */
export const NEEDED_PROGRAMS: Readonly<Record<string, string>> = {
  [NATS]: "nats-server",
  [NCAT]: "ncat",
};
