import { newRunId } from "../ledger/payload_codec.ts";
import type { BenchmarkObservers } from "../engine/run.ts";
import { readServerLimits } from "../target/server_limits.ts";
import type { RunHealth } from "../results/run_health.ts";
import { trialHealth } from "./trial_health.ts";
import type { TrialCommand, TrialReport } from "./trial_messages.ts";
import type { TrialService } from "./trial.ts";
import type { TrialName, Trials } from "./trials.ts";

type Finished = Extract<TrialReport, { readonly type: "finished" }>;

/** What a trial may ask for while it runs. */
export type TrialServices = Readonly<Record<TrialService, () => Promise<void>>>;

/**
 * Runs a trial in a thread of its own.
 *
 * @param services for `restart`, which needs them: killing the server, and starting one in its place.
 * @throws {Error} if the load tester itself failed, or a service did.
 */
export async function runTrial<Name extends TrialName>(
  name: Name,
  options: Trials[Name]["options"],
  { onProgress, signal, watch, serverLimits }: BenchmarkObservers = {},
  services?: TrialServices,
): Promise<Trials[Name]["result"] & RunHealth> {
  const worker = new Worker(new URL("./trial_worker.ts", import.meta.url), { type: "module" });
  const tell = (command: TrialCommand) => worker.postMessage(command);
  const stop = () => tell({ type: "stop" });
  const limits = serverLimits === undefined && "target" in options
    ? await readServerLimits(options.target, options.profile)
    : serverLimits ?? null;
  await watch?.look(0);
  try {
    const { result, traffic } = await new Promise<Finished>((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new Error(`Cannot finish ${name}: the load tester failed`, { cause }));
      worker.onmessage = ({ data: report }: MessageEvent<TrialReport>) => {
        if (report.type === "progress") {
          watch?.follow(report.progress);
          onProgress?.(report.progress);
        } else if (report.type === "call") {
          // Only a trial that is given services asks for them.
          services![report.service]().then(() => tell({ type: "served" }), reject);
        } else if (report.type === "finished") resolve(report);
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
    // The last part of a second, or all there is of a short trial.
    watch?.follow({ stage: "draining", elapsedSeconds: traffic?.seconds ?? 0 });
    const server = await watch?.finished() ?? null;
    const health = trialHealth(traffic, { server, serverLimits: limits });
    return { ...result as Trials[Name]["result"], ...health };
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
