import { newRunId } from "../ledger/payload_codec.ts";
import type { ProfileName } from "../profiles/mod.ts";
import type { BenchmarkObservers } from "../engine/run.ts";
import type { StormMeasurement, StormOptions } from "./storm.ts";
import type { StormCommand, StormReport } from "./storm_messages.ts";

/**
 * Runs a storm in a thread of its own.
 *
 * @throws {Error} if the load tester itself failed.
 */
export async function runStorm(
  options: StormOptions,
  profile: ProfileName | "greeting",
  { onProgress, signal, watch }: BenchmarkObservers,
): Promise<StormMeasurement> {
  const worker = new Worker(new URL("./storm_worker.ts", import.meta.url), { type: "module" });
  const tell = (command: StormCommand) => worker.postMessage(command);
  const stop = () => tell({ type: "stop" });
  const { connections } = options;
  await watch?.look(0);
  try {
    const measured = await new Promise<StormMeasurement>((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new Error("Cannot finish the storm: the load tester failed", { cause }));
      worker.onmessage = ({ data: report }: MessageEvent<StormReport>) => {
        if (report.type === "finished") resolve(report.measurement);
        else if (report.type === "failed") fail(report.error);
        else {
          const { reached, elapsed } = report;
          watch?.follow({ stage: "running", elapsedSeconds: elapsed / 1000 });
          onProgress?.({
            ...{
              stage: "joining",
              fraction: reached / connections,
              elapsedSeconds: elapsed / 1000,
            },
            ...{ joined: reached, connections, messages: 0, deliveries: 0, deliveriesPerSecond: 0 },
          });
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        fail(event.error ?? event.message);
      };
      tell({ type: "start", options, profile, runId: newRunId(Math.random) });
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
    });
    watch?.follow({ stage: "draining", elapsedSeconds: measured.durationSeconds });
    return measured;
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
