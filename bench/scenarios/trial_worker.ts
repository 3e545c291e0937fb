/**
 * The thread in which a trial runs: a shell of messages around it.
 *
 * @module
 */

import { DRAIN_LIMITS } from "./scenario.ts";
import type { TrialCommand, TrialReport } from "./trial_messages.ts";
import type { TrialTraffic } from "./trial_traffic.ts";
import { runTrialHere } from "./trials.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<TrialCommand>) => void;
  postMessage(report: TrialReport): void;
}

const scope = globalThis as unknown as WorkerScope;
const stop = new AbortController();
/** Of the service that was called and is not done yet. */
let served: PromiseWithResolvers<void> | undefined;

scope.onmessage = async ({ data: command }) => {
  if (command.type === "stop") {
    stop.abort();
    return;
  }
  if (command.type === "served") {
    served?.resolve();
    return;
  }
  let traffic: TrialTraffic | undefined;
  try {
    const result = await runTrialHere(command.name, command.options, {
      now: () => performance.now(),
      runId: command.runId,
      signal: stop.signal,
      onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
      onTraffic: (told) => traffic = told,
      drain: DRAIN_LIMITS,
      call: (service) => {
        served = Promise.withResolvers();
        scope.postMessage({ type: "call", service });
        return served.promise;
      },
    });
    scope.postMessage({ type: "finished", result, traffic });
  } catch (error) {
    scope.postMessage({ type: "failed", error });
  }
};
