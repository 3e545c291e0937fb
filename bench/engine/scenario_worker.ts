/**
 * The thread in which a scenario runs: it exchanges messages with {@link WorkerThread}.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { alarmOf } from "../load/alarm.ts";
import type { Measurement } from "../load/measurement.ts";
import { DRAIN_LIMITS, type RunContext } from "../load/run_context.ts";
import { SCENARIOS, type Scenarios } from "../scenarios/mod.ts";
import type { WorkerCommand, WorkerReport, WorkerTask } from "./worker_messages.ts";

const post = (report: WorkerReport) => parentPort!.postMessage(report);
const stop = new AbortController();
let decision = Promise.withResolvers<boolean>();
let served = Promise.withResolvers<void>();

parentPort!.on("message", (command: WorkerCommand) => {
  if (command.type === "stop") stop.abort();
  else if (command.type === "go") decision.resolve(command.isUnanimous);
  else if (command.type === "served") served.resolve();
  else void run(command);
});

async function run(
  { task, timeOrigin, alarm: handle }: Extract<WorkerCommand, { readonly type: "start" }>,
): Promise<void> {
  const alarm = handle === undefined ? undefined : alarmOf(handle);
  // Threads have clocks that begin when they do. Measured, they then agree within 4 microseconds.
  const ahead = performance.timeOrigin - timeOrigin;
  try {
    const measurement = await measure(task, {
      now: () => performance.now() + ahead,
      runId: task.runId,
      worker: {
        ...task.place,
        meet(agrees = true) {
          decision = Promise.withResolvers();
          post({ type: "waiting", agrees });
          return decision.promise;
        },
      },
      signal: stop.signal,
      onProgress: (progress) => post({ type: "progress", progress }),
      onInterval: task.isAlone ? undefined : (latencies) => post({ type: "interval", latencies }),
      ...(alarm === undefined ? undefined : { alarm }),
      drain: DRAIN_LIMITS,
      call(service) {
        served = Promise.withResolvers();
        post({ type: "call", service });
        return served.promise;
      },
    });
    alarm?.close();
    post({ type: "finished", measurement });
  } catch (error) {
    alarm?.close();
    post({ type: "failed", error });
  }
}

function measure<Name extends keyof Scenarios>(
  { scenario, options }: WorkerTask & { readonly scenario: Name },
  context: RunContext,
): Promise<Measurement> {
  // The options of a task are those of its scenario.
  return SCENARIOS[scenario].measure(options as Scenarios[Name]["options"], context);
}
