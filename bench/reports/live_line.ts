import { type BenchmarkProgress, renderProgress } from "../load/progress.ts";

const BARS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a row of little bars, the highest of them as high as a character. Below 0 counts as 0;
 * where there is no number there is no bar.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  return values.map((value) => {
    if (value === null) return " ";
    const part = Math.max(value, 0) / highest;
    return BARS[Math.min(Math.floor(part * BARS.length), BARS.length - 1)];
  }).join("");
}

/** Seconds whose rate and latency are shown. */
const SECONDS = 20;

/** One line for a terminal about a run in progress, with the rate and the 99th percentile of the
 * latencies of the last {@link SECONDS} seconds as little bars. */
export class LiveLine {
  #rates: number[] = [];
  #latencies: (number | null)[] = [];

  /** The line now. No line end and no escape codes. */
  render(progress: BenchmarkProgress): string {
    const line = renderProgress(progress);
    // A second that has just begun has no figures.
    if (progress.stage !== "running" || progress.elapsedSeconds === 0) return line;
    this.#rates = [...this.#rates, progress.deliveriesPerSecond].slice(-SECONDS);
    this.#latencies = [...this.#latencies, progress.p99Microseconds ?? null].slice(-SECONDS);
    const rates = `${line} ${sparkline(this.#rates)}`;
    if (progress.p99Microseconds === undefined) return rates;
    const milliseconds = (progress.p99Microseconds / 1000).toFixed(2);
    return `${rates} | p99 ${milliseconds} ms ${sparkline(this.#latencies)}`;
  }
}
