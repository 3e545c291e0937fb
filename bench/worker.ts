/**
 * The thread in which a scenario runs: a shell of messages around it.
 *
 * @module
 */

import { alarmOf } from "./alarm.ts";
import { DRAIN_LIMITS } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/mod.ts";
import type { WorkerCommand, WorkerReport } from "./worker_messages.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<WorkerCommand>) => void;
  postMessage(report: WorkerReport): void;
}

const scope = globalThis as unknown as WorkerScope;
const stop = new AbortController();
const go = Promise.withResolvers<void>();

scope.onmessage = async ({ data: command }) => {
  if (command.type === "stop") {
    stop.abort();
    go.resolve();
    return;
  }
  if (command.type === "go") {
    go.resolve();
    return;
  }
  const { share: { options, firstConnection, delaySeconds }, runId } = command;
  const alarm = command.alarm === undefined ? undefined : alarmOf(command.alarm);
  try {
    const measurement = await SCENARIOS[options.scenario](options, {
      now: () => performance.now(),
      runId,
      firstConnection,
      delaySeconds,
      begin() {
        scope.postMessage({ type: "ready" });
        return go.promise;
      },
      signal: stop.signal,
      onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
      ...(alarm === undefined ? undefined : { alarm }),
      drain: DRAIN_LIMITS,
    });
    alarm?.close();
    scope.postMessage({ type: "finished", measurement });
  } catch (error) {
    alarm?.close();
    scope.postMessage({ type: "failed", error });
  }
};
