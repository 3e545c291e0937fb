import { processorTicks } from "../../bench/target/server_watch.ts";

/** Ticks that a core has had for something, and those of them that went to one process. */
interface CoreTicks {
  readonly busy: number;
  readonly passed: number;
  readonly own: number;
}

/** Columns of `/proc/stat` in which a core did nothing: idle and iowait (proc_stat(5)). */
const IDLE_COLUMNS = [3, 4];

/** Columns of `/proc/stat` that count; those of guests are in the others already. */
const COLUMNS = 8;

/** Measures how much of a core other processes take away from the one that is pinned to it. */
export class CoreShare {
  readonly #start = this.#read();

  /**
   * Starts to measure.
   *
   * @param core its number.
   * @param pid the process that should have it alone.
   */
  constructor(private readonly core: number, private readonly pid: number) {}

  /** The part of the core that others had since the start, 0 to 1; `null` where Linux reports none. */
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
