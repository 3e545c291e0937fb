/**
 * The thread in which a trial runs: a shell of messages around it.
 *
 * @module
 */

import { DRAIN_LIMITS } from "../scenario.ts";
import type { TrialCommand, TrialReport } from "./trial_messages.ts";
import { runTrialHere } from "./trials.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<TrialCommand>) => void;
  postMessage(report: TrialReport): void;
}

const scope = globalThis as unknown as WorkerScope;
const stop = new AbortController();

scope.onmessage = async ({ data: command }) => {
  if (command.type === "stop") {
    stop.abort();
    return;
  }
  try {
    const result = await runTrialHere(command.name, command.options, {
      now: () => performance.now(),
      runId: command.runId,
      signal: stop.signal,
      onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
      drain: DRAIN_LIMITS,
    });
    scope.postMessage({ type: "finished", result });
  } catch (error) {
    scope.postMessage({ type: "failed", error });
  }
};
