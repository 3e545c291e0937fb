import { acceptQueueDepth } from "./proc_net.ts";
import type { BenchmarkProgress } from "./progress.ts";
import type { ReadProc } from "./proc_files.ts";
import { SHORTEST_SECONDS } from "./sampler.ts";

/** The state of a server's process at one time. `null` is what the system did not tell. */
export interface ServerState {
  /** Since the run began. */
  readonly second: number;
  /** Memory that is really in use. */
  readonly residentBytes: number | null;
  /** Of one core, since the state before: 200 is two cores. */
  readonly cpuPercent: number | null;
  /** Open files and sockets. */
  readonly descriptors: number | null;
  /** Connections that wait to be accepted at the port. */
  readonly acceptQueue: number | null;
}

/** What a watch needs from whoever starts it. */
export interface ServerWatchEnvironment {
  /** Reads a file below `/proc`. */
  readonly readProc: ReadProc;
  /** The names in a folder below `/proc`; `undefined` where there is none or it may not be read. */
  readonly listProc: (path: string) => Promise<readonly string[] | undefined>;
  /** Milliseconds, never back. */
  readonly now: () => number;
}

/** Ticks of a processor's time a second in `/proc`: 100 on every Linux since 2.6. */
const TICKS_PER_SECOND = 100;

/** Watches a server's process on this machine, through Linux's `/proc`. */
export class ServerWatch {
  readonly #states: ServerState[] = [];
  #lastTicks: number | null = null;
  #lastTime = 0;
  /** The last look that {@link follow} began. */
  #looking: Promise<void> = Promise.resolve();
  /** Of the run, when it was looked last. */
  #lastSecond = 0;
  /** Sending has ended. */
  #isOver = false;

  /**
   * Prepares a watch; {@link look} looks.
   *
   * @param process its number.
   * @param port where it listens.
   */
  constructor(
    private readonly process: number,
    private readonly port: number,
    private readonly environment: ServerWatchEnvironment,
  ) {}

  /** All that was seen. */
  get states(): readonly ServerState[] {
    return this.#states;
  }

  /** All that was seen, once the last look is over. */
  async finished(): Promise<readonly ServerState[]> {
    await this.#looking;
    return this.#states;
  }

  /** Looks when a second of a run is over, and when sending has ended: as often as the run is sampled. */
  follow({ stage, elapsedSeconds }: Pick<BenchmarkProgress, "stage" | "elapsedSeconds">): void {
    const isSending = stage === "running" && elapsedSeconds > 0;
    if (this.#isOver || (!isSending && stage !== "draining")) return;
    this.#isOver = !isSending;
    const isShort = elapsedSeconds - this.#lastSecond < SHORTEST_SECONDS && this.#lastSecond > 0;
    if (isSending || !isShort) this.#looking = this.look(elapsedSeconds);
  }

  /**
   * Looks once.
   *
   * @param second of the run.
   */
  async look(second: number): Promise<void> {
    this.#lastSecond = second;
    const { readProc, listProc, now } = this.environment;
    const [status, stat, descriptors, ...sockets] = await Promise.all([
      readProc(`/proc/${this.process}/status`),
      readProc(`/proc/${this.process}/stat`),
      listProc(`/proc/${this.process}/fd`),
      readProc("/proc/net/tcp"),
      readProc("/proc/net/tcp6"),
    ]);
    const time = now();
    const ticks = stat === undefined ? null : processorTicks(stat);
    const passed = (time - this.#lastTime) / 1000;
    const cpuPercent = ticks === null || this.#lastTicks === null || passed <= 0
      ? null
      : Math.round((ticks - this.#lastTicks) / TICKS_PER_SECOND / passed * 100);
    this.#lastTicks = ticks;
    this.#lastTime = time;
    const depths = sockets.flatMap((text) => acceptQueueDepth(text ?? "", this.port) ?? []);
    this.#states.push({
      second: Math.round(second * 1000) / 1000,
      residentBytes: status === undefined ? null : residentBytes(status),
      cpuPercent,
      descriptors: descriptors?.length ?? null,
      acceptQueue: depths.length === 0 ? null : depths.reduce((sum, depth) => sum + depth, 0),
    });
  }
}

/** Resident memory, from the text of `/proc/PID/status`. */
export function residentBytes(status: string): number | null {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Processor time of a process in ticks, from the text of `/proc/PID/stat`. */
export function processorTicks(stat: string): number | null {
  // The name in the second field is in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return Number.isInteger(user + system) ? user + system : null;
}
