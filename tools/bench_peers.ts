/**
 * `deno task bench:peers`: the same broadcast against hubbub and the other servers on this machine, in
 * turns and several times, and their rates as ratios. It installs nothing; what is missing is named.
 *
 * @module
 */

import { cpus } from "node:os";
import {
  type BenchmarkOptions,
  fullOptions,
  type LineTemplates,
  type ProfileName,
  runBenchmark,
} from "../bench/mod.ts";
import { counted } from "../protocol/mod.ts";
import { startOwnServer } from "../cli/own_server.ts";
import { watchOf } from "../cli/proc_files.ts";
import { useFairEventLoop } from "../cli/threads.ts";
import { CorePinning } from "./core_pinning.ts";
import { type MeasuredServer, peersTable } from "./peers_table.ts";
import { pathOf, type Peer, PEERS, type RunningPeer, startPeer } from "./peers.ts";

/** What everybody is measured with, unless the command line says otherwise. */
const DEFAULTS = { connections: 64, senders: 8, pipelining: 16, seconds: 3, repeats: 3 };

/** A server of the comparison. */
interface Contestant extends MeasuredServer {
  readonly profile: ProfileName;
  readonly lines?: LineTemplates | undefined;
  readonly connectRate?: number | undefined;
  readonly start: () => Promise<RunningPeer>;
}

const scenario = readArguments(Deno.args);
if (scenario === undefined) {
  const defaults = Object.entries(DEFAULTS).map(([name, value]) => `[${name}=${value}]`).join(" ");
  console.error(`Usage: deno task bench:peers ${defaults}`);
  Deno.exit(2);
}
Deno.exit(await compare(scenario));

/** Reads `connections=128` and its like. */
function readArguments(words: readonly string[]): typeof DEFAULTS | undefined {
  const scenario = { ...DEFAULTS };
  for (const word of words) {
    const [, name, number] =
      /^(connections|senders|pipelining|seconds|repeats)=([1-9]\d{0,5})$/.exec(word) ??
        [];
    if (name === undefined) return undefined;
    scenario[name as keyof typeof DEFAULTS] = Number(number);
  }
  return canBeRun(scenario) ? scenario : undefined;
}

function canBeRun({ connections, senders, pipelining, seconds }: typeof DEFAULTS): boolean {
  try {
    const target = { host: "127.0.0.1", port: 1 };
    fullOptions({ target, connections, senders, pipelining, durationSeconds: seconds });
    return true;
  } catch (error) {
    console.error(`${(error as Error).message}.`);
    return false;
  }
}

/** Returns the exit code: 1 where a server lost something, or a run failed. */
async function compare(scenario: typeof DEFAULTS): Promise<number> {
  const { connections, senders, pipelining, seconds, repeats } = scenario;
  useFairEventLoop();
  const pinning = new CorePinning();
  await pinning.pinSelf();
  const skipped = PEERS.flatMap((peer) => {
    const reason = reasonToSkip(peer, connections);
    return reason === undefined ? [] : [{ peer, reason }];
  });
  const contestants = [
    ...hubbubs(connections),
    ...PEERS.filter((peer) => skipped.every((each) => each.peer !== peer)).map(contestantOf),
  ];
  const notes = skipped.map(({ peer, reason }) => `${peer.program}: ${reason}.`);
  for (let round = 0; round < repeats; round++) {
    // Whoever goes first has a cooler machine: they take turns in that, too.
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      try {
        await measure(contestant, scenario, pinning);
      } catch (error) {
        notes.push(`${contestant.name}, round ${round + 1}: ${(error as Error).message}.`);
      }
    }
  }
  console.log(`\n${peersTable(contestants)}`);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${Deno.build.os} ${Deno.osRelease()}, ` +
      `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Deno ${Deno.version.deno}. ` +
      `${connections} connections, ${senders} of them send, ${pipelining} messages in flight each, ` +
      `64-byte payloads, ${seconds} s, ${counted(repeats, "round")} in turns. ${pinning.text}`,
  );
  console.log(
    "Rates and ratios are medians of the rounds. A ratio compares servers only where both rows are " +
      "limited by the server: one that is limited by the client or the window may do more.",
  );
  for (const note of notes) console.log(`Not measured: ${note}`);
  const runs = contestants.flatMap(({ runs }) => runs);
  return runs.length > 0 && runs.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

/** hubbub, once for each of its encodings. */
function hubbubs(connections: number): Contestant[] {
  return (["json", "text", "websocket"] as const).map((profile) => ({
    ...{ name: `hubbub, ${profile}`, profile, runs: [] },
    start: async () => {
      const server = await startOwnServer(connections, new AbortController().signal);
      return { ...server, [Symbol.asyncDispose]: () => server.stop() };
    },
  }));
}

function contestantOf(peer: Peer): Contestant {
  const { program: name, profile, lines, connectRate } = peer;
  return { ...{ name, profile, lines, connectRate, runs: [] }, start: () => startPeer(peer) };
}

/** Runs a server once, in a process of its own. */
async function measure(
  { name, profile, lines, connectRate, start, runs }: Contestant,
  { connections, senders, pipelining, seconds }: typeof DEFAULTS,
  pinning: CorePinning,
): Promise<void> {
  await using server = await start();
  await pinning.pinServer(server.pid);
  const options: BenchmarkOptions = {
    ...{ target: { host: "127.0.0.1", port: server.port }, profile },
    ...{ connections, senders, pipelining, durationSeconds: seconds },
    ...lines === undefined ? undefined : { lines },
    ...connectRate === undefined ? undefined : { connectRate },
  };
  const result = await runBenchmark(options, { watch: watchOf(server.pid, server.port) });
  runs.push(result);
  console.error(`${name} ... ${result.failures.join(" ") || "nothing lost"}`);
}

function reasonToSkip({ program, most = Infinity }: Peer, connections: number): string | undefined {
  if (pathOf(program) === undefined) return "it is not installed";
  if (connections > most) return `it holds ${most} connections at most`;
  return undefined;
}
