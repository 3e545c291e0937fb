import { processorTicks, residentBytes } from "../../bench/monitoring/server_watch.ts";
import config from "../../deno.json" with { type: "json" };
import { REPOSITORY, taskWords } from "../repository.ts";

/** Maximum time until the server listens, and until it has stopped, in milliseconds. */
const START_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 15_000;

/** Time after which a request to `/metrics` counts as unanswered, in milliseconds. */
const METRICS_MILLISECONDS = 2000;

/** Length of the end of the log that is printed when the server has died, in characters. */
const KEPT_LOG = 4000;

/** The command line of `deno task start`, which is the server as users start it. */
const START_TASK = taskWords(config.tasks.start.command).slice(1);

/** Measurements of the server at one time; `null` for missing ones. */
export interface ServerReading {
  readonly residentBytes: number | null;
  readonly descriptors: number | null;
  readonly metrics: MetricValues | null;
}

/** The server, as a process of its own. */
export class SoakedServer {
  /** Its exit code; `undefined` while it runs. */
  exitCode: number | undefined;
  logLines = 0;
  #logEnd = "";
  readonly #exit: Promise<void>;

  port = 0;

  private constructor(private readonly child: Deno.ChildProcess) {
    this.#exit = child.status.then(({ code }) => void (this.exitCode = code));
    void this.#readLog();
  }

  get pid(): number {
    return this.child.pid;
  }

  get logEnd(): string {
    return this.#logEnd;
  }

  /**
   * Starts `hubbub serve` and waits until it listens.
   *
   * @param prefix words that place it.
   */
  static async start(
    prefix: readonly string[],
    parameters: readonly string[],
  ): Promise<SoakedServer> {
    const [program, ...words] = [...prefix, Deno.execPath(), ...START_TASK, ...parameters];
    const child = new Deno.Command(program!, {
      args: words,
      cwd: REPOSITORY,
      env: { NO_COLOR: "1" },
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
      detached: true, // Ctrl+C is for the run, which stops the server in order
    }).spawn();
    const server = new SoakedServer(child);
    await server.#listening();
    return server;
  }

  /** Measures the process, and requests its metrics. */
  async read(): Promise<ServerReading> {
    const [status, descriptors, metrics] = await Promise.all([
      Deno.readTextFile(`/proc/${this.pid}/status`).catch(() => ""),
      countEntries(`/proc/${this.pid}/fd`),
      this.#metrics(),
    ]);
    const resident = residentBytes(status) ?? metrics?.get("process_resident_memory_bytes") ?? null;
    return { residentBytes: resident, descriptors, metrics };
  }

  /** Stops it, and returns its exit code; 0 on Windows, where it can only be killed. */
  async stop(): Promise<number> {
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), STOP_MILLISECONDS);
    await this.#exit;
    clearTimeout(timer);
    return Deno.build.os === "windows" ? 0 : this.exitCode!;
  }

  async #listening(): Promise<void> {
    const timer = setTimeout(() => this.#kill("SIGKILL"), START_MILLISECONDS);
    const reader = this.child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let printed = "";
    while (this.port === 0) {
      const { value, done } = await reader.read();
      if (done) {
        await this.#exit;
        throw new Error(`Cannot start the server: ${this.#logEnd || printed}`);
      }
      printed += value;
      this.port = Number(/^Listening on \S+:(\d+)$/m.exec(printed)?.[1] ?? 0);
    }
    clearTimeout(timer);
    void drain(reader);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  async #metrics(): Promise<MetricValues | null> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.port}/metrics`, {
        signal: AbortSignal.timeout(METRICS_MILLISECONDS),
      });
      const text = await answer.text();
      return answer.ok ? readExposition(text) : null;
    } catch {
      return null;
    }
  }

  async #readLog(): Promise<void> {
    for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) {
      this.logLines += text.split("\n").length - 1;
      this.#logEnd = (this.#logEnd + text).slice(-KEPT_LOG);
    }
  }
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

async function countEntries(folder: string): Promise<number | null> {
  try {
    let count = 0;
    for await (const _ of Deno.readDir(folder)) count++;
    return count;
  } catch {
    return null;
  }
}

/** The values of `/metrics` at one time, by name with labels in their written form. */
export type MetricValues = ReadonlyMap<string, number>;

/** Reads the parts of Prometheus' text format that hubbub writes: no timestamps. */
export function readExposition(text: string): MetricValues {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const space = line.lastIndexOf(" ");
    if (line === "" || line.startsWith("#") || space < 0) continue;
    values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}

/** The values of a metric by one of its labels. */
export function byLabel(values: MetricValues, metric: string, label: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of values) {
    if (!name.startsWith(`${metric}{`)) continue;
    const [, text] = new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(name) ?? [];
    if (text !== undefined) found.set(text, (found.get(text) ?? 0) + value);
  }
  return found;
}

/**
 * A percentile of a histogram between two readings: the upper bound of the bucket that it is in.
 *
 * @param percent 0 to 100.
 * @returns `null` without observations; `Infinity` above the last bound.
 */
export function histogramPercentile(
  before: MetricValues,
  after: MetricValues,
  metric: string,
  percent: number,
): number | null {
  const bucketsOf = (values: MetricValues) => byLabel(values, `${metric}_bucket`, "le");
  const earlier = bucketsOf(before);
  const buckets = [...bucketsOf(after)].map(([bound, count]) => ({
    bound: bound === "+Inf" ? Infinity : Number(bound),
    count: count - (earlier.get(bound) ?? 0),
  })).sort((a, b) => a.bound - b.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  return buckets.find(({ count }) => count >= total * percent / 100)!.bound;
}

/** Ticks of a core, and those of one process. */
interface CoreTicks {
  readonly busy: number;
  readonly passed: number;
  readonly own: number;
}

/** Columns of `/proc/stat` with idle time: idle and iowait (proc_stat(5)). */
const IDLE_COLUMNS = [3, 4];

/** Number of columns of `/proc/stat` that count; guest time is part of them. */
const COLUMNS = 8;

/** Measures the share of others, stolen time included, in a core that one process is pinned to. */
export class CoreShare {
  readonly #start = this.#read();

  /**
   * Starts to measure.
   *
   * @param core its number.
   * @param pid the process that is pinned to it.
   */
  constructor(private readonly core: number, private readonly pid: number) {}

  /** The share of others since the start, 0 to 1; `null` on other systems than Linux. */
  async foreign(): Promise<number | null> {
    const [start, end] = [await this.#start, await this.#read()];
    if (start === null || end === null || end.passed <= start.passed) return null;
    const foreign = (end.busy - start.busy) - (end.own - start.own);
    return Math.max(0, foreign / (end.passed - start.passed));
  }

  async #read(): Promise<CoreTicks | null> {
    try {
      const [all, own] = await Promise.all([
        Deno.readTextFile("/proc/stat"),
        Deno.readTextFile(`/proc/${this.pid}/stat`),
      ]);
      return { ...coreTicks(all, this.core), own: processorTicks(own) ?? 0 };
    } catch {
      return null;
    }
  }
}

/** Ticks of one core, from the text of `/proc/stat`. */
export function coreTicks(text: string, core: number): { busy: number; passed: number } {
  const [, columns] = new RegExp(`^cpu${core} (.*)$`, "m").exec(text) ?? [];
  const ticks = (columns ?? "").split(" ").map(Number).slice(0, COLUMNS);
  const passed = ticks.reduce((sum, count) => sum + count, 0);
  return { passed, busy: IDLE_COLUMNS.reduce((rest, column) => rest - ticks[column]!, passed) };
}
