import { Bench } from "tinybench";
import { type LedgerTotals, sumOfTotals } from "../ledger/ledger_totals.ts";
import { ErrorTally } from "../load/error_tally.ts";
import { join, type Joined, sumOfJoins } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import { type Measurement, noTraffic, type TrafficMeasurement } from "../load/measurement.ts";
import { DEFAULTS } from "../load/options.ts";
import { ALONE, type RunContext } from "../load/run_context.ts";
import type { Sending, SendingOptions } from "../load/sending.ts";
import { type Timing, timingOf } from "../load/timing.ts";
import { PROFILES } from "../profiles/mod.ts";
import { figuresOf } from "../results/comparison.ts";
import { deliveryFailures, joinFailures } from "../results/failures.ts";
import { loadHealth } from "../results/load_health.ts";
import { deliveryMetrics, ERRORS, type Metrics, number, time } from "../results/metrics.ts";
import type { RunHealth } from "../results/run_health.ts";
import {
  memoryOptionsOf,
  type Scenario,
  type ServerScenarioOptions,
  type ServerScenarioResult,
} from "./scenario.ts";
import { deal, part } from "./worker_assignment.ts";

/** Options of `rounds`. */
export interface RoundsOptions extends ServerScenarioOptions {
  /** Numbers of receivers besides the sender; one task each. */
  readonly sizes: readonly number[];
  /** How long each task is measured. */
  readonly secondsPerSize: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
}

/** The measurement with one number of receivers. */
export interface SizeResult {
  /** Number of receivers besides the sender. */
  readonly receivers: number;
  /** Microseconds per round, measured by tinybench; `null` without a complete round. */
  readonly roundMicroseconds: Timing | null;
  /** Deliveries at the receivers. */
  readonly deliveries: LedgerTotals;
}

/** Result of `rounds`. `--json` prints it. */
export interface RoundsResult extends ServerScenarioResult, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "rounds";
  /** One entry per measured size. */
  readonly sizes: readonly SizeResult[];
}

/** Of `rounds`: a round is the time until the last receiver has a message, of the largest size. */
export const ROUNDS_METRICS: Metrics<RoundsResult> = {
  p50: time((result) => largest(result)?.p50),
  p99: time((result) => largest(result)?.p99),
  mean: time((result) => largest(result)?.mean),
  ...deliveryMetrics(({ sizes }) => sumOfTotals(sizes.map(({ deliveries }) => deliveries))),
  joined: number((result) => result.joined),
  ...ERRORS,
};

function largest({ sizes }: RoundsResult) {
  return sizes.toSorted((one, other) => one.receivers - other.receivers).at(-1)?.roundMicroseconds;
}

/**
 * Measures the time until the last receiver has a message, by the number of receivers.
 *
 * An iteration of tinybench is one whole round; the next begins when it has ended, so there is never
 * more than one message under way. The sender is in the first thread.
 */
export const rounds: Scenario<RoundsOptions, RoundsResult> = {
  load: ["profile"],
  figures: figuresOf(ROUNDS_METRICS),
  assign(options) {
    const { workers = 1, sizes } = options;
    const connections = Math.min(...sizes) + 1;
    if (workers > connections) {
      throw new RangeError(
        `Cannot use ${workers} workers for rounds of ${connections} connections: each needs one`,
      );
    }
    return deal({ workers, connections: Math.max(...sizes) + 1, senders: 1 }, () => options);
  },
  memories: (options, assignments) =>
    options.sizes.map((size) =>
      memoryOptionsOf(
        loadOf(options, size + 1),
        assignments.map((_, thread) => thread === 0 ? 1 : 0),
      )
    ),
  measure,
  result: (options, measurement, known) => {
    const { target, profile } = options;
    const { joined, errors, interrupted, own = {} } = measurement;
    const { connections = 0 } = own.counts ?? {};
    const sizes = options.sizes.flatMap((receivers) => {
      const deliveries = own.deliveries?.[receivers];
      const roundMicroseconds = own.timings?.[receivers] ?? null;
      return deliveries === undefined ? [] : [{ receivers, roundMicroseconds, deliveries }];
    });
    const faults = sizes.flatMap(({ receivers, deliveries }) => [
      ...deliveryFailures(deliveries).map((fault) => `Of ${receivers}: ${fault}`),
      ...own.failures?.filter((failure) => failure.startsWith(`Of ${receivers}: `)) ?? [],
    ]);
    return {
      ...{ scenario: "rounds", profile, target, connections, joined, sizes, errors },
      ...loadHealth({ rate: null, senders: 1, isOneAtATime: true }, measurement, known),
      failures: interrupted
        ? []
        : [...joinFailures(target, connections, joined, errors), ...faults],
      interrupted,
    };
  },
};

function loadOf({ profile, timeoutSeconds, payloadBytes }: RoundsOptions, connections: number) {
  return {
    ...{ ...DEFAULTS, profile, timeoutSeconds, payloadBytes, connections },
    durationSeconds: Infinity,
  };
}

async function measure(options: RoundsOptions, context: RunContext): Promise<Measurement> {
  const { sizes, target, profile, timeoutSeconds, workers = 1 } = options;
  const { signal, now, worker = ALONE } = context;
  const errors = new ErrorTally();
  const start = now();
  const found: Joined[] = [];
  const deliveries: Record<string, LedgerTotals> = {};
  const timings: Record<string, Timing | null> = {};
  const failures: string[] = [];
  let traffic: TrafficMeasurement = noTraffic();
  let connections = 0;
  for (const [index, receivers] of sizes.entries()) {
    if (!await worker.meet(!signal.aborted)) break;
    const own = part(receivers + 1, workers, worker.thread);
    // All sizes are one run, which has joined when its first one has.
    const inRun: RunContext = {
      ...context,
      onProgress: (progress) =>
        context.onProgress({
          ...progress,
          ...index > 0 || progress.stage !== "joining" ? { stage: "running" } : undefined,
          fraction: index / sizes.length,
          elapsedSeconds: progress.elapsedSeconds === 0 && index === 0 ? 0 : (now() - start) / 1000,
        }),
    };
    const joined = await join({
      ...{ target, profile: PROFILES[profile], timeoutSeconds, errors, connections: own },
      ...{ label: `${receivers}-`, ofConnections: receivers + 1 },
    }, inRun);
    found.push(joined);
    connections += own;
    const { members, pool } = joined;
    if (!await worker.meet(members.length === own)) {
      await pool.close();
      // A server that refuses a few connections refuses more.
      break;
    }
    let loop: RoundLoop | undefined;
    const run = new LoadRun(
      {
        groups: [{ members, senders: worker.thread === 0 ? 1 : 0 }],
        ...{ audience: "others", memory: worker.memories?.[index] },
        loop: (sending) => loop = new RoundLoop(sending, options, signal),
        onBreak: (_, { text }) => {
          if (loop === undefined) failures.push(`Of ${receivers}: a connection broke: ${text}.`);
          else loop.fail(text);
        },
      },
      ...[errors, loadOf(options, own), inRun] as const,
    );
    await run.run();
    await loop?.finished;
    traffic = run.measured();
    deliveries[receivers] = traffic.deliveries;
    if (loop !== undefined) {
      timings[receivers] = loop.timing;
      if (loop.failure !== undefined) failures.push(`Of ${receivers}: ${loop.failure}.`);
    }
    await pool.close();
  }
  return {
    ...{ ...sumOfJoins(found.map(({ joining }) => joining)), ...traffic },
    ...{ leftInFlight: 0, silentSeconds: 0, errors: errors.list(), interrupted: signal.aborted },
    own: { counts: { connections }, deliveries, timings, failures },
  };
}

/** Sends one message at a time: the next when the last receiver has the one before. */
class RoundLoop implements Sending {
  readonly unsent = 0;
  readonly left = 0;
  /** The measurement of tinybench, once `finished`. */
  timing: Timing | null = null;
  /** The reason of an early end, once `finished`. */
  failure: string | undefined;
  #finished: Promise<void> = Promise.resolve();
  #round: PromiseWithResolvers<void> | undefined;
  #broken: string | undefined;

  constructor(
    private readonly sending: SendingOptions,
    private readonly options: RoundsOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Settled when tinybench has finished. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  start(): void {
    this.#finished = this.#run();
  }

  wake(): void {
    if (this.sending.traffic.isIdle) this.#round?.resolve();
  }

  stop(): void {
    this.#round?.resolve();
  }

  /** A connection broke: no further round can be complete. */
  fail(text: string): void {
    this.#broken = `a connection broke: ${text}`;
    this.#round?.reject(new Error(this.#broken));
  }

  async #run(): Promise<void> {
    const { secondsPerSize } = this.options;
    const bench = new Bench({
      ...{ signal: this.signal, time: secondsPerSize * 1000, iterations: 10, warmupIterations: 5 },
      warmupTime: Math.min(secondsPerSize * 100, 250),
    });
    bench.add("round", () => this.#once(), { async: true });
    const [task] = await bench.run();
    this.timing = timingOf(task!, 1000);
    if (task!.result.state === "errored") this.failure = task!.result.error.message;
    this.sending.onEnd();
  }

  /** Sends one message and waits until the last receiver has it. */
  async #once(): Promise<void> {
    if (this.#broken !== undefined) throw new Error(this.#broken);
    if (this.signal.aborted) return;
    const { timeoutSeconds } = this.options;
    const round = Promise.withResolvers<void>();
    this.#round = round;
    const timer = setTimeout(() => {
      round.reject(new Error(`a message had not reached all clients after ${timeoutSeconds} s`));
    }, timeoutSeconds * 1000);
    const { first, count } = this.sending.traffic.take(0, 1);
    if (count > 0) this.sending.write(0, first, count);
    try {
      await round.promise;
    } finally {
      clearTimeout(timer);
      this.#round = undefined;
    }
  }
}
