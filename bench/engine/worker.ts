/**
 * The thread in which a scenario runs: a shell of messages around it.
 *
 * @module
 */

import { alarmOf } from "../load/alarm.ts";
import { DRAIN_LIMITS } from "../scenarios/scenario.ts";
import { SCENARIOS } from "../scenarios/mod.ts";
import type { WorkerCommand, WorkerReport } from "./worker_messages.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<WorkerCommand>) => void;
  postMessage(report: WorkerReport): void;
}

const scope = globalThis as unknown as WorkerScope;
const stop = new AbortController();
let go = Promise.withResolvers<void>();

scope.onmessage = async ({ data: command }) => {
  if (command.type === "stop") {
    stop.abort();
    return;
  }
  if (command.type === "go") {
    go.resolve();
    return;
  }
  const { thread, assignment: { options, ...place }, memory, runId } = command;
  const alarm = command.alarm === undefined ? undefined : alarmOf(command.alarm);
  // Threads have clocks that begin when they do. Measured, they then agree within 4 microseconds.
  const ahead = performance.timeOrigin - command.timeOrigin;
  try {
    const measurement = await SCENARIOS[options.scenario](options, {
      now: () => performance.now() + ahead,
      runId,
      team: {
        thread,
        ...place,
        ...(memory === undefined ? undefined : { memory }),
        meet() {
          go = Promise.withResolvers();
          scope.postMessage({ type: "waiting" });
          return go.promise;
        },
      },
      signal: stop.signal,
      onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
      onInterval: command.isAlone
        ? undefined
        : (latencies) => scope.postMessage({ type: "interval", latencies }),
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
