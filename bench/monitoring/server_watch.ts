import { acceptQueueDepth } from "./proc_net.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { ReadProc } from "./proc_files.ts";
import { SHORTEST_SECONDS } from "../load/sampler.ts";

/** The state of a server's process at one time. A field is `null` if the system does not report it. */
export interface ServerState {
  /** Since the run began. */
  readonly second: number;
  /** Resident memory. */
  readonly residentBytes: number | null;
  /** Of one core, since the state before: 200 is two cores. */
  readonly cpuPercent: number | null;
  /** The same of the thread that used most: 100 is a thread that was busy all the time. */
  readonly busiestThreadPercent: number | null;
  /** Open files and sockets. */
  readonly descriptors: number | null;
  /** Connections that wait to be accepted at the port. */
  readonly acceptQueue: number | null;
}

/** The access of a watch to the system. */
export interface ServerWatchEnvironment {
  /** Reads a file below `/proc`. */
  readonly readProc: ReadProc;
  /** Reads several such files as one text, without those that do not exist. */
  readonly readAllProc: (paths: readonly string[]) => Promise<string>;
  /** The names in a folder below `/proc`; `undefined` if it does not exist or may not be read. */
  readonly listProc: (path: string) => Promise<readonly string[] | undefined>;
  /** Milliseconds, never back. */
  readonly now: () => number;
}

/** Ticks per second of processor time in `/proc`: 100 on every Linux since 2.6. */
const TICKS_PER_SECOND = 100;

/** Watches a server's process on this machine, through Linux's `/proc`. */
export class ServerWatch {
  readonly #states: ServerState[] = [];
  #last: Times = { time: 0, process: null, threads: new Map() };
  /** The last look that {@link follow} began. */
  #looking: Promise<void> = Promise.resolve();
  /** Second of the run at the last look. */
  #lastSecond = 0;
  /** Sending has ended. */
  #isOver = false;

  /**
   * Prepares a watch; {@link look} reads the state.
   *
   * @param process its number.
   * @param port the port that it listens on.
   */
  constructor(
    private readonly process: number,
    private readonly port: number,
    private readonly environment: ServerWatchEnvironment,
  ) {}

  /** The states so far. */
  get states(): readonly ServerState[] {
    return this.#states;
  }

  /** All states, once the last look is over. */
  async finished(): Promise<readonly ServerState[]> {
    await this.#looking;
    return this.#states;
  }

  /** Looks when a second of a run is over, and when sending has ended: as often as the run is
   * sampled. */
  follow({ stage, elapsedSeconds }: Pick<BenchmarkProgress, "stage" | "elapsedSeconds">): void {
    if (stage === "running" && elapsedSeconds === 0 && this.#lastSecond === 0) {
      // The processor time of joining must not count for the first second.
      this.#looking = this.#start();
      return;
    }
    const isSending = stage === "running" && elapsedSeconds > 0;
    if (this.#isOver || (!isSending && stage !== "draining")) return;
    this.#isOver = !isSending;
    const isShort = elapsedSeconds - this.#lastSecond < SHORTEST_SECONDS && this.#lastSecond > 0;
    if (isSending || !isShort) this.#looking = this.look(elapsedSeconds);
  }

  /** Reads the state of the process at a second of the run. */
  async look(second: number): Promise<void> {
    this.#lastSecond = second;
    const { readProc, listProc } = this.environment;
    const last = this.#last;
    const [status, times, descriptors, ...sockets] = await Promise.all([
      readProc(`/proc/${this.process}/status`),
      this.#times(),
      listProc(`/proc/${this.process}/fd`),
      readProc("/proc/net/tcp"),
      readProc("/proc/net/tcp6"),
    ]);
    this.#last = times;
    const depths = sockets.flatMap((text) => acceptQueueDepth(text ?? "", this.port) ?? []);
    this.#states.push({
      second: Math.round(second * 1000) / 1000,
      residentBytes: status === undefined ? null : residentBytes(status),
      ...usedBetween(last, times),
      descriptors: descriptors?.length ?? null,
      acceptQueue: depths.length === 0 ? null : depths.reduce((sum, depth) => sum + depth, 0),
    });
  }

  async #start(): Promise<void> {
    this.#last = await this.#times();
  }

  /** Processor time of the process and of each of its threads so far. */
  async #times(): Promise<Times> {
    const { readProc, listProc, readAllProc, now } = this.environment;
    const folder = `/proc/${this.process}/task`;
    const threads = await listProc(folder) ?? [];
    const [stat, stats] = await Promise.all([
      readProc(`/proc/${this.process}/stat`),
      readAllProc(threads.map((thread) => `${folder}/${thread}/stat`)),
    ]);
    return {
      time: now(),
      process: stat === undefined ? null : processorTicks(stat),
      threads: new Map(
        stats.split("\n").flatMap((line) => {
          const ticks = processorTicks(line);
          return ticks === null ? [] : [[Number.parseInt(line), ticks]] as const;
        }),
      ),
    };
  }
}

/** Ticks on a processor until a time in milliseconds. */
interface Times {
  readonly time: number;
  readonly process: number | null;
  /** By the number of the thread. */
  readonly threads: ReadonlyMap<number, number>;
}

function usedBetween(
  last: Times,
  { time, process, threads }: Times,
): Pick<ServerState, "cpuPercent" | "busiestThreadPercent"> {
  const seconds = (time - last.time) / 1000;
  if (process === null || last.process === null || seconds <= 0) {
    return { cpuPercent: null, busiestThreadPercent: null };
  }
  const percent = (ticks: number) => Math.round(ticks / TICKS_PER_SECOND / seconds * 100);
  const used = [...threads].map(([thread, ticks]) => ticks - (last.threads.get(thread) ?? 0));
  return {
    cpuPercent: percent(process - last.process),
    busiestThreadPercent: used.length === 0 ? null : percent(Math.max(...used)),
  };
}

/** Resident memory, from the text of `/proc/PID/status`. */
export function residentBytes(status: string): number | null {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Processor time of a process or a thread in ticks, from the text of `/proc/PID/stat`. */
export function processorTicks(stat: string): number | null {
  // The name in the second field is in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return Number.isInteger(user + system) ? user + system : null;
}
