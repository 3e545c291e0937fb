/**
 * `deno task bench:peers`: the same broadcast against hubbub and the other servers on this machine,
 * one after the other, and their rates as ratios. It installs nothing; what is missing is named.
 *
 * @module
 */

import { cpus } from "node:os";
import {
  type BenchmarkOptions,
  type BenchmarkResult,
  fullOptions,
  type LineTemplates,
  type ProfileName,
  runBenchmark,
} from "../bench/mod.ts";
import { startOwnServer } from "../cli/own_server.ts";
import { useFairEventLoop } from "../cli/threads.ts";
import { pathOf, type Peer, PEERS, startPeer } from "./peers.ts";

/** What everybody is measured with, unless the command line says otherwise. */
const DEFAULTS = { connections: 64, senders: 8, pipelining: 16, seconds: 5 };

/** One server of the comparison. */
interface Row {
  readonly name: string;
  readonly result: BenchmarkResult;
}

const scenario = readArguments(Deno.args);
if (scenario === undefined) {
  console.error(
    "Usage: deno task bench:peers [connections=64] [senders=8] [pipelining=16] [seconds=5]",
  );
  Deno.exit(2);
}
Deno.exit(await compare(scenario));

/** Reads `connections=128` and its like. */
function readArguments(words: readonly string[]): typeof DEFAULTS | undefined {
  const scenario = { ...DEFAULTS };
  for (const word of words) {
    const [, name, number] =
      /^(connections|senders|pipelining|seconds)=([1-9]\d{0,5})$/.exec(word) ??
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

/** Returns the exit code: 1 where a server lost something. */
async function compare(scenario: typeof DEFAULTS): Promise<number> {
  const { connections, senders, pipelining, seconds } = scenario;
  useFairEventLoop();
  const run = (port: number, profile: ProfileName, lines?: LineTemplates) => {
    const options: BenchmarkOptions = {
      ...{ target: { host: "127.0.0.1", port }, profile, connections, senders, pipelining },
      durationSeconds: seconds,
      ...(lines === undefined ? {} : { lines }),
    };
    return runBenchmark(options);
  };
  const rows: Row[] = [];
  for (const profile of ["json", "text", "websocket"] as const) {
    const server = await startOwnServer(connections, new AbortController().signal);
    try {
      rows.push(told({ name: `hubbub, ${profile}`, result: await run(server.port, profile) }));
    } finally {
      await server.stop();
    }
  }
  const notes: string[] = [];
  for (const peer of PEERS) {
    const reason = reasonToSkip(peer, connections);
    if (reason !== undefined) {
      notes.push(`${peer.program}: ${reason}.`);
      continue;
    }
    try {
      await using server = await startPeer(peer);
      const result = await run(server.port, peer.profile, peer.lines);
      rows.push(told({ name: peer.program, result }));
    } catch (error) {
      notes.push(`${peer.program}: ${(error as Error).message}.`);
    }
  }
  console.log(`\n${tableOf(rows)}`);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${Deno.build.os} ${Deno.osRelease()}, ` +
      `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Deno ${Deno.version.deno}. ` +
      `${connections} connections, ${senders} of them send, ${pipelining} messages in flight each, ` +
      `64-byte payloads, ${seconds} s.`,
  );
  console.log(
    "The load tester runs on the same machine: where it is the slower one, ratios come near to 1.",
  );
  for (const note of notes) console.log(`Not measured: ${note}`);
  return rows.every(({ result }) => result.failures.length === 0) ? 0 : 1;
}

function reasonToSkip({ program, most = Infinity }: Peer, connections: number): string | undefined {
  if (pathOf(program) === undefined) return "it is not installed";
  if (connections > most) return `it holds ${most} connections at most`;
  return undefined;
}

function told(row: Row): Row {
  console.error(`${row.name} ... ${row.result.failures.join(" ") || "nothing lost"}`);
  return row;
}

/** A table in Markdown. */
function tableOf(rows: readonly Row[]): string {
  const base = rows[0]?.result.deliveries.perSecond ?? 0;
  const cells = rows.map(({ name, result: { deliveries, latencyMicroseconds: latency } }) => [
    name,
    deliveries.perSecond.toLocaleString("en-US"),
    base === 0 ? "-" : (deliveries.perSecond / base).toFixed(2),
    latency === null ? "-" : `${(latency.p50 / 1000).toFixed(2)} ms`,
    latency === null ? "-" : `${(latency.p99 / 1000).toFixed(2)} ms`,
    String(deliveries.lost),
  ]);
  const head = ["server", "deliveries/s", "ratio", "p50", "p99", "lost"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)]
    .join("\n") + "\n";
}
