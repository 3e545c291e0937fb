import { grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import { type LedgerTotals, sumOfTotals } from "../ledger/ledger_totals.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Connection } from "../load/connection.ts";
import { type ErrorCount, ErrorTally } from "../load/error_tally.ts";
import { measureJoined } from "../load/joining.ts";
import type { LoadPlan } from "../load/load_plan.ts";
import { LoadRun } from "../load/load_run.ts";
import type { Measurement, TrafficMeasurement } from "../load/measurement.ts";
import { Reconnector } from "../load/reconnector.ts";
import { ALONE, pause, type RunContext } from "../load/run_context.ts";
import { figuresOf } from "../results/comparison.ts";
import { deliveryFailures, joinFailures } from "../results/failures.ts";
import {
  deliveryMetrics,
  ERRORS,
  latencyMetrics,
  type Metrics,
  number,
  time,
} from "../results/metrics.ts";
import { summaryOf } from "../results/run_health.ts";
import { restartSentence } from "../results/sentences.ts";
import {
  joiningOf,
  memoryOptionsOf,
  pacedLoad,
  type PacedOptions,
  type PacedResult,
  pacedResult,
  type Scenario,
} from "./scenario.ts";
import { dealPaced } from "./worker_assignment.ts";

/** Options of `restart`. */
export interface RestartOptions extends PacedOptions {
  /** Time without a server. */
  readonly downSeconds: number;
  /** How long a connection waits after an attempt that failed. */
  readonly retrySeconds: number;
  /** How long messages are sent before, and again when all connections are back. */
  readonly durationSeconds: number;
}

/** Result of `restart`. `--json` prints it. */
export interface RestartResult extends PacedResult {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "restart";
  /** From the kill until a new server listened; `null` if none did. */
  readonly downSeconds: number | null;
  /** Connections that have joined the new server. */
  readonly back: number;
  /** Attempts to reconnect, of all connections. */
  readonly attempts: number;
  /** Attempts that failed, by phase and code. */
  readonly failedAttempts: readonly ErrorCount[];
  /** From the kill until all were back; `null` if some were not. */
  readonly allBackSeconds: number | null;
  /** From when the new server listened until a connection had joined it; `null` if none did. */
  readonly backMicroseconds: LatencySummary | null;
  /** Messages sent before the kill. */
  readonly messagesBefore: number;
  /** Deliveries of these. Those that the kill prevented count as `cutOff`. */
  readonly deliveriesBefore: LedgerTotals;
  /** Messages sent when all were back. */
  readonly messagesAfter: number;
  /** Deliveries of these. */
  readonly deliveriesAfter: LedgerTotals;
  /** A summary in a sentence; empty if the server was not killed. */
  readonly sentence: string;
}

/** Of `restart`: the latencies are from when the new server listens until a connection is back, and the
 * deliveries those of the messages afterwards. */
export const RESTART_METRICS: Metrics<RestartResult> = {
  ...latencyMetrics("", (result) => result.backMicroseconds),
  down: time((result) => microseconds(result.downSeconds)),
  allback: time((result) => microseconds(result.allBackSeconds)),
  ...deliveryMetrics((result) => result.deliveriesAfter),
  cutoff: number((result) => result.deliveriesBefore.cutOff),
  back: number((result) => result.back),
  attempts: number((result) => result.attempts),
  joined: number((result) => result.joined),
  ...ERRORS,
};

/**
 * Measures how connections return when their server is killed and started again.
 *
 * 1. They join and some send at an even rate. The server is killed in the middle of that.
 * 2. Each reconnects from the moment when its connection breaks, again and again, with an even pause.
 *    The new server is started meanwhile.
 * 3. When all are back they send once more, and nothing may be lost of that.
 */
export const restart: Scenario<RestartOptions, RestartResult> = {
  load: ["profile", "connections"],
  figures: figuresOf(RESTART_METRICS),
  assign: (options) => dealPaced(options),
  memories: (options, assignments) => {
    const memory = memoryOptionsOf(pacedLoad(options), assignments);
    return [memory, memory];
  },
  isPaced: () => true,
  measure,
  result: (options, measurement, known) => {
    const { connections } = options;
    const { own = {}, messages: messagesAfter, deliveries: deliveriesAfter } = measurement;
    const { back = 0, attempts = 0, messagesBefore = 0 } = own.counts ?? {};
    const { downSeconds = null, allBackSeconds = null } = own.latest ?? {};
    const latencies = { ...own.latencies, after: measurement.latencies };
    const result = {
      ...pacedResult(options, measurement, known, latencies),
      ...{ scenario: "restart" as const, back, attempts, messagesBefore },
      ...{ messagesAfter, deliveriesAfter },
      downSeconds: rounded(downSeconds),
      failedAttempts: own.errors?.attempts ?? [],
      allBackSeconds: rounded(back === connections ? allBackSeconds : null),
      backMicroseconds: summaryOf(own.latencies?.back),
      deliveriesBefore: own.deliveries?.before ?? sumOfTotals([]),
      failures: failuresOf(options, measurement),
    };
    return { ...result, sentence: restartSentence(result) };
  },
};

function failuresOf(options: RestartOptions, measurement: Measurement): string[] {
  const { target, connections, timeoutSeconds } = options;
  const { joined, errors, interrupted, own = {}, deliveries, messages } = measurement;
  const { before } = own.deliveries ?? {};
  if (before === undefined) {
    return interrupted ? [] : joinFailures(target, connections, joined, errors);
  }
  const { brokenBefore = 0, back = 0, brokenAfter = 0 } = own.counts ?? {};
  const isKilled = own.latest?.downSeconds !== undefined;
  const isBack = back === connections;
  const failures: string[] = [];
  if (brokenBefore > 0) failures.push("The server closed connections before it was killed.");
  else if (!isBack && !interrupted) {
    failures.push(
      `Only ${grouped(back)} of ${
        grouped(connections)
      } clients reconnected within ${timeoutSeconds} s.`,
    );
  }
  failures.push(...deliveryFailures(deliveries));
  if (isBack && deliveries.received === 0 && !interrupted) {
    failures.push("No message was delivered after the restart.");
  }
  if (messages > 0 && brokenAfter > 0) failures.push("The new server closed connections.");
  // Deliveries that the kill has cut off are no fault; earlier losses, duplicates and changes are.
  return [...failures, ...deliveryFailures(isKilled ? before : { ...before, lost: 0 })];
}

async function measure(options: RestartOptions, context: RunContext): Promise<Measurement> {
  const { connections, timeoutSeconds, durationSeconds, senders } = options;
  const { now, signal, call, worker = ALONE } = context;
  const joining = joiningOf(options);
  return await measureJoined(joining, context, async ({ members, errors }) => {
    const reconnector = new Reconnector({ ...options, profile: joining.profile }, context);
    const [memoryBefore, memoryAfter] = worker.memories ?? [];
    let broken = 0;
    const planOf = (members: readonly Connection[], memory: RunMemory | undefined): LoadPlan => ({
      ...{ groups: [{ members, senders }], audience: "others", memory },
      onBreak: (index) => {
        broken++;
        reconnector.onBreak(index, members[index]!.name);
      },
    });
    // The first load ends with its server: this function decides where threads meet meanwhile.
    const meet = () => Promise.resolve(true);
    const onProgress: RunContext["onProgress"] = (progress) => {
      const fraction = Math.min(progress.elapsedSeconds / durationSeconds, 1);
      context.onProgress({ ...progress, stage: "running", fraction });
    };
    const first = new LoadRun(
      ...[planOf(members, memoryBefore), errors] as const,
      pacedLoad({ ...options, durationSeconds: Infinity }),
      // The seconds of the result are those of the load afterwards.
      { ...context, onProgress, onInterval: undefined, worker: { ...worker, meet } },
    );
    const running = first.run();
    await pause(durationSeconds * 1000, signal);
    // Connections that break from here on are no errors.
    let list = errors.list();
    const brokenBefore = broken;
    const latest: { downSeconds?: number; allBackSeconds?: number } = {};
    const isAgreed = await worker.meet(brokenBefore === 0 && !signal.aborted);
    if (isAgreed) {
      reconnector.start();
      const killedAt = now();
      await call!("kill");
      first.stop();
      await pause(options.downSeconds * 1000, signal);
      if (await worker.meet(!signal.aborted)) {
        await call!("start");
        reconnector.serverListens();
        await reconnector.wait(timeoutSeconds * 1000);
        latest.downSeconds = (reconnector.listensAt! - killedAt) / 1000;
      }
      latest.allBackSeconds = (reconnector.lastAt - killedAt) / 1000;
    }
    first.stop();
    const before = await running;
    let after: TrafficMeasurement | undefined;
    if (await worker.meet(isAgreed && reconnector.back === connections)) {
      const tally = new ErrorTally();
      broken = 0;
      reconnector.stop();
      const plan = planOf(reconnector.members, memoryAfter);
      after = await new LoadRun(plan, tally, pacedLoad(options), context).run();
      list = [...list, ...reconnector.broken.list(), ...tally.list()];
    }
    await reconnector.close();
    const { back, attempts, failed } = reconnector;
    const counts = { messagesBefore: before.messages, brokenBefore, brokenAfter: broken };
    return {
      ...{ ...after, errors: list },
      own: {
        counts: { ...counts, back, attempts },
        ...{
          deliveries: { before: before.deliveries },
          errors: { attempts: failed.list() },
          latest,
        },
        latencies: { back: reconnector.latencies.snapshot(), before: before.latencies },
      },
    };
  }, true);
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}

function microseconds(seconds: number | null): number | undefined {
  return seconds === null ? undefined : seconds * 1_000_000;
}
