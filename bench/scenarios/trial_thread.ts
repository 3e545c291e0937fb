import { newRunId } from "../mark.ts";
import type { BenchmarkObservers } from "../run.ts";
import type { TrialCommand, TrialReport } from "./trial_messages.ts";
import type { TrialName, Trials } from "./trials.ts";

/**
 * Runs a trial in a thread of its own.
 *
 * @throws {Error} if the load tester itself failed.
 */
export async function runTrial<Name extends TrialName>(
  name: Name,
  options: Trials[Name]["options"],
  { onProgress, signal }: BenchmarkObservers = {},
): Promise<Trials[Name]["result"]> {
  const worker = new Worker(new URL("./trial_worker.ts", import.meta.url), { type: "module" });
  const tell = (command: TrialCommand) => worker.postMessage(command);
  const stop = () => tell({ type: "stop" });
  try {
    return await new Promise<Trials[Name]["result"]>((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new Error(`Cannot finish ${name}: the load tester failed`, { cause }));
      worker.onmessage = ({ data: report }: MessageEvent<TrialReport>) => {
        if (report.type === "progress") onProgress?.(report.progress);
        else if (report.type === "finished") resolve(report.result as Trials[Name]["result"]);
        else fail(report.error);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        fail(event.error ?? event.message);
      };
      tell({ type: "start", name, options, runId: newRunId(Math.random) });
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
