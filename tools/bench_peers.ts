/**
 * `deno task bench:peers`: the same broadcast against hubbub and the other servers on this machine, in
 * turns and several times, and their rates as ratios. It installs nothing, and lists missing servers.
 * With `picture=FILE` it also draws them.
 *
 * @module
 */

import { availableParallelism, cpus, loadavg } from "node:os";
import {
  type BenchmarkOptions,
  type BenchmarkResult,
  fullOptions,
  type LineTemplates,
  median,
  MESSAGE_FIGURES,
  middleRun,
  type ProfileName,
  runBenchmark,
} from "../bench/mod.ts";
import { useFairEventLoop } from "../cli/fair_event_loop.ts";
import { startOwnServer } from "../cli/own_server.ts";
import { watchOf } from "../cli/proc_files.ts";
import { counted } from "../protocol/mod.ts";
import config from "../deno.json" with { type: "json" };
import { pathOf, type Peer, PEERS, type RunningPeer, startPeer, versionOf } from "./peers.ts";
import { peersPicture } from "./pictures/peers.ts";

/** The load of every server, unless the command line gives another one. */
const DEFAULTS = { connections: 64, senders: 8, pipelining: 16, seconds: 3, repeats: 3 };

interface Contestant extends MeasuredServer {
  readonly profile: ProfileName;
  readonly lines?: LineTemplates | undefined;
  readonly connectRate?: number | undefined;
  readonly start: () => Promise<RunningPeer>;
}

/** The load, and the file of a picture. */
type Scenario = typeof DEFAULTS & { readonly picture?: string };

/** Reads `connections=128` and its like. */
function readArguments(words: readonly string[]): Scenario | undefined {
  const scenario: typeof DEFAULTS & { picture?: string } = { ...DEFAULTS };
  for (const word of words) {
    const [, picture] = /^picture=(.+\.svg)$/.exec(word) ?? [];
    if (picture !== undefined) {
      scenario.picture = picture;
      continue;
    }
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

/** Returns the exit code: 1 if a server lost something, or a run failed. */
async function compare(scenario: Scenario): Promise<number> {
  const { connections, repeats, picture } = scenario;
  useFairEventLoop();
  const busy = busyText();
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
  const notes = skipped.map(({ peer, reason }) => `Not measured: ${peer.program}: ${reason}.`);
  if (busy !== undefined) notes.push(busy);
  for (let round = 0; round < repeats; round++) {
    // The first one has a cooler machine: they take turns in that, too.
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      try {
        await measure(contestant, scenario, pinning);
      } catch (error) {
        contestant.runs.push(undefined);
        notes.push(
          `Not measured: ${contestant.name}, round ${round + 1}: ${(error as Error).message}.`,
        );
      }
    }
  }
  printComparison(contestants, scenario, pinning, notes);
  if (picture !== undefined) {
    await Deno.writeTextFile(picture, pictureOf(contestants, scenario, pinning, busy));
  }
  const runs = contestants.flatMap(finished);
  return runs.length > 0 && runs.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

function printComparison(
  contestants: readonly Contestant[],
  { connections, senders, pipelining, seconds, repeats }: typeof DEFAULTS,
  pinning: CorePinning,
  notes: readonly string[],
): void {
  console.log(`\n${peersTable(contestants)}`);
  console.log(
    `${circumstances()}. ` +
      `${connections} connections, ${senders} senders, ${pipelining} messages in flight per sender, ` +
      `64-byte payloads, ${seconds} s, ${counted(repeats, "round")}${
        repeats === 1 ? "" : " in turns"
      }. ${pinning.text}`,
  );
  console.log(
    "Rates and ratios are medians of the rounds. A ratio compares servers only where both rows are " +
      "limited by the server: one that is limited by the client or the window may do more.",
  );
  for (const note of notes) console.log(note);
}

/** The date, the machine and the runtime. */
function circumstances(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${Deno.build.os} ${Deno.osRelease()}, ` +
    `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Deno ${Deno.version.deno}`;
}

/** The measured servers as bars, the fastest first, with the command that draws them again. */
function pictureOf(
  contestants: readonly Contestant[],
  { connections, senders, pipelining, seconds, repeats }: Scenario,
  pinning: CorePinning,
  busy: string | undefined,
): string {
  const measured = contestants.filter((server) => finished(server).length > 0);
  const bars = measured.map((server) => {
    const runs = finished(server);
    const version = versionOf(server.name);
    return {
      name: version === undefined ? server.name : `${server.name} ${version}`,
      rate: median(runs.map(({ deliveries }) => deliveries.perSecond)),
      ratio: ratioOf(server.runs, measured[0]!.runs),
      isLimit: runs.every(({ verdict }) => verdict.limitedBy === "server"),
    };
  });
  const words = Object.entries({ connections, senders, pipelining, seconds, repeats })
    .map(([name, value]) => `${name}=${value}`).join(" ");
  return peersPicture(bars.toSorted((one, other) => other.rate - one.rate), [
    `${connections} clients in a room, ${senders} senders, ${pipelining} messages in flight per ` +
    `sender; every delivery is checked.`,
    pinning.text,
    `Medians of ${counted(repeats, "round")} of ${seconds} s, and ratios to ${measured[0]?.name}.`,
    `hubbub ${config.version}. ${circumstances()}.`,
    `deno task bench:peers ${words}`,
    ...busy === undefined ? [] : [busy],
  ]);
}

/** Share of the processors that other programs may use before the rates say little. */
const QUIET_LOAD = 0.25;

/** A sentence about a machine that has other work; `undefined` on a quiet one, and on Windows. */
function busyText(): string | undefined {
  const [load = 0] = loadavg();
  if (load <= QUIET_LOAD * availableParallelism()) return undefined;
  return `The machine had other work (load average ${load.toFixed(1)}): these rates are too low.`;
}

/** hubbub, once for each of its encodings. */
function hubbubs(connections: number): Contestant[] {
  return (["json", "text", "websocket", "irc"] as const).map((profile) => ({
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

/** A server and its runs, in the order of the rounds. */
export interface MeasuredServer {
  readonly name: string;
  /** `undefined` for a round that failed. */
  readonly runs: (BenchmarkResult | undefined)[];
}

function finished({ runs }: MeasuredServer): BenchmarkResult[] {
  return runs.flatMap((run) => run ?? []);
}

const HEAD = ["server", "deliveries/s", "range", "ratio", "p50", "p99", "lost", "limited by"];

/**
 * A table in Markdown: a row for each measured server. Ratios are to the first one: medians of the
 * ratios of single rounds, so that a disturbance of a whole round does not count.
 */
export function peersTable(servers: readonly MeasuredServer[]): string {
  const measured = servers.filter((server) => finished(server).length > 0);
  const cells = measured.map((server) => rowOf(server, measured[0]!));
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)]
    .join("\n") + "\n";
}

function rowOf(server: MeasuredServer, base: MeasuredServer): string[] {
  const runs = finished(server);
  const rates = runs.map(({ deliveries }) => deliveries.perSecond);
  const grouped = (value: number) => Math.round(value).toLocaleString("en-US");
  const { latencyMicroseconds: latency } = middleRun(runs, MESSAGE_FIGURES);
  const time = (value: number | undefined) =>
    value === undefined ? "-" : `${(value / 1000).toFixed(2)} ms`;
  return [
    server.name,
    grouped(median(rates)),
    `${grouped(Math.min(...rates))} to ${grouped(Math.max(...rates))}`,
    ratioOf(server.runs, base.runs),
    time(latency?.p50),
    time(latency?.p99),
    grouped(runs.reduce((sum, { deliveries }) => sum + deliveries.lost, 0)),
    limitsOf(runs),
  ];
}

function ratioOf(runs: MeasuredServer["runs"], base: MeasuredServer["runs"]): string {
  const ratios = runs.flatMap((run, round) => {
    const first = base[round]?.deliveries.perSecond ?? 0;
    return run === undefined || first === 0 ? [] : [run.deliveries.perSecond / first];
  });
  return ratios.length === 0 ? "-" : median(ratios).toFixed(2);
}

/** What limited the runs, with the number of runs if that differs. */
function limitsOf(runs: readonly BenchmarkResult[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of runs) {
    const limit = verdict.limitedBy ?? "unknown";
    counts.set(limit, (counts.get(limit) ?? 0) + 1);
  }
  if (counts.size === 1) return [...counts.keys()][0]!;
  return [...counts].toSorted(([, a], [, b]) => b - a)
    .map(([limit, count]) => `${limit} ${count}x`).join(", ");
}

/** The core of the server under load. */
const SERVER_CORE = "0";

/**
 * Gives the server under load a core of its own, and this program all others. Linux with `taskset` and
 * at least two cores.
 */
export class CorePinning {
  readonly #taskset = availableParallelism() < 2 ? undefined : pathOf("taskset");

  /** A sentence for the report. */
  get text(): string {
    return this.#taskset === undefined
      ? "Nothing was pinned to cores: taskset is missing, or the machine has one core."
      : "The server had a core of its own, and the load tester the others (taskset).";
  }

  /** Moves this program and the threads that it starts later. */
  async pinSelf(): Promise<void> {
    await this.#pin(Deno.pid, `1-${availableParallelism() - 1}`);
  }

  /** Moves a server with all its threads. */
  async pinServer(pid: number): Promise<void> {
    await this.#pin(pid, SERVER_CORE);
  }

  async #pin(pid: number, cores: string): Promise<void> {
    if (this.#taskset === undefined) return;
    const { success, stderr } = await new Deno.Command(this.#taskset, {
      args: ["--all-tasks", "--cpu-list", "--pid", cores, `${pid}`],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success) return;
    throw new Error(`Cannot pin process ${pid}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

if (import.meta.main) {
  const scenario = readArguments(Deno.args);
  if (scenario?.picture !== undefined) {
    // Before the minutes of the run. An older picture stays unchanged until then.
    const options = { append: true, create: true };
    await Deno.open(scenario.picture, options).then((file) => file.close(), (error) => {
      console.error(`Cannot write the picture to ${scenario.picture}: ${error.message}.`);
      Deno.exit(2);
    });
  }
  if (scenario === undefined) {
    const defaults = Object.entries(DEFAULTS).map(([name, value]) => `[${name}=${value}]`).join(
      " ",
    );
    console.error(`Usage: deno task bench:peers ${defaults} [picture=FILE.svg]`);
    Deno.exit(2);
  }
  Deno.exit(await compare(scenario));
}
