import type { GeneratorMeasurement } from "../load/generator_health.ts";
import {
  type HistogramSnapshot,
  LatencyHistogram,
  type LatencySummary,
} from "../ledger/latency_histogram.ts";
import type { ServerLimits } from "../monitoring/server_limits.ts";
import type { ServerState } from "../monitoring/server_watch.ts";
import type { ClientEvidence, LimitVerdict, ServerEvidence } from "./verdict.ts";

/** Lateness and CPU time of the load tester's own process. */
export interface GeneratorSummary {
  /** Delay of its timers, in microseconds, as shares of the time; `null` if none was due. */
  readonly eventLoopLagMicroseconds: LatencySummary | null;
  /** The share of the time that its busiest thread was on a processor, 0 to 1. */
  readonly cpu: number;
  /** The share that the process used of the processors that it may use, 0 to 1. */
  readonly processCpu: number;
}

/** The state of the load tester and of the server, which is part of the output of `--json`. */
export interface RunHealth {
  /** The load tester's own process while it sent. */
  readonly generator: GeneratorSummary;
  /** The server's process over the time of the run; `null` if it was not watched. */
  readonly server: readonly ServerState[] | null;
  /** The server's message limit for one client; `null` if it has none or did not report it. */
  readonly serverLimits: ServerLimits | null;
  /** The factor that limited the speed of the run. */
  readonly verdict: LimitVerdict;
  /** Time spent waiting for deliveries after the end of sending; 0 if none were missing. */
  readonly waitSeconds: number;
}

/** The figures of a server that come from watching its process and from its limits. */
export type KnownServer = Pick<RunHealth, "server" | "serverLimits">;

/** For a server that was not watched and has reported no limits. */
export const UNKNOWN_SERVER: KnownServer = { server: null, serverLimits: null };

/** Shortest time for a meaningful share of the processor: the system counts CPU time in steps. */
const LEAST_CPU_SECONDS = 0.1;

/** Summarises the measurement of the load tester's own process. */
export function generatorSummary(
  { lag, cpuSeconds, processCpuSeconds, processors, seconds }: GeneratorMeasurement,
): GeneratorSummary {
  const share = (cpu: number) => seconds < LEAST_CPU_SECONDS ? 0 : Math.min(cpu / seconds, 1);
  return {
    eventLoopLagMicroseconds: summaryOf(lag),
    cpu: rounded(share(cpuSeconds)),
    processCpu: rounded(share(processCpuSeconds / processors)),
  };
}

/**
 * The evidence of the load tester's process for a verdict.
 *
 * @param slip delay of the messages after the time they were due; `null` in a closed loop.
 */
export function clientEvidence(
  { eventLoopLagMicroseconds: lag, cpu, processCpu }: GeneratorSummary,
  slip: Pick<LatencySummary, "p99"> | null,
): ClientEvidence {
  return {
    slipP99: slip?.p99 ?? null,
    lagP99: lag?.p99 ?? null,
    lagMax: lag?.max ?? null,
    ...{ cpu, processCpu },
  };
}

/** The evidence of a server's process for a verdict: the means over the time of the run. */
export function serverEvidence(states: readonly ServerState[] | null): ServerEvidence | null {
  const cpu = meanOverTime(states ?? [], ({ cpuPercent }) => cpuPercent);
  if (cpu === null) return null;
  const thread = meanOverTime(states ?? [], ({ busiestThreadPercent }) => busiestThreadPercent);
  return { cpu: cpu / 100, thread: thread === null ? null : thread / 100 };
}

/** The summary of a histogram; `null` without a histogram or without samples. */
export function summaryOf(snapshot: HistogramSnapshot | undefined): LatencySummary | null {
  return snapshot === undefined ? null : LatencyHistogram.of(snapshot).summary();
}

/** Weights every state by the time since the previous one. */
function meanOverTime(
  states: readonly ServerState[],
  of: (state: ServerState) => number | null,
): number | null {
  let sum = 0;
  let seconds = 0;
  states.forEach((state, index) => {
    const value = of(state);
    if (value === null) return;
    const passed = state.second - (states[index - 1]?.second ?? 0);
    sum += value * passed;
    seconds += passed;
  });
  return seconds > 0 ? sum / seconds : null;
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000;
}
