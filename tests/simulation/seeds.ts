import { type RunResult, simulate } from "./simulate.ts";

/** The seeds of a thread: `first`, `first + step` and so on, below `end`. */
export interface SeedRange {
  readonly first: number;
  readonly step: number;
  readonly end: number;
}

/**
 * Runs seeds on several threads.
 *
 * @param onResult receives the result of each; true ends the runs.
 */
export async function runSeeds(
  from: number,
  count: number,
  threads: number,
  onResult: (result: RunResult) => boolean | void,
): Promise<void> {
  const workers: Worker[] = [];
  const finish: (() => void)[] = [];
  const runs = Array.from({ length: Math.min(threads, count) }, (_, index) => {
    const worker = new Worker(import.meta.resolve("./seeds_worker.ts"), { type: "module" });
    workers.push(worker);
    return new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<RunResult | "done">) => {
        if (data === "done") resolve();
        else if (onResult(data) === true) { for (const each of finish) each(); }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      finish.push(resolve);
      const range: SeedRange = { first: from + index, step: threads, end: from + count };
      worker.postMessage(range);
    });
  });
  try {
    await Promise.all(runs);
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

/** Runs the seeds of one thread. */
export async function runRange(
  { first, step, end }: SeedRange,
  onResult: (result: RunResult) => void,
): Promise<void> {
  for (let seed = first; seed < end; seed += step) onResult(await simulate(seed));
}
