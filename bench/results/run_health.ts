import type { GeneratorMeasurement } from "../load/generator_health.ts";
import {
  type HistogramSnapshot,
  LatencyHistogram,
  type LatencySummary,
} from "../ledger/latency_histogram.ts";
import type { ServerLimits } from "../target/server_limits.ts";
import type { ServerState } from "../target/server_watch.ts";
import type { ClientEvidence, LimitVerdict, ServerEvidence } from "./verdict.ts";

/** How the load tester's own process did. */
export interface GeneratorSummary {
  /** How late its timers came, in microseconds, as shares of the time; `null` where none was due. */
  readonly eventLoopLagMicroseconds: LatencySummary | null;
  /** The share of the time that its busiest thread was on a processor, 0 to 1. */
  readonly cpu: number;
  /** The share that the process used of the processors that it may use, 0 to 1. */
  readonly processCpu: number;
}

/** How the load tester and the server did. As JSON it is part of what `--json` prints. */
export interface RunHealth {
  /** How the load tester itself did while it sent. */
  readonly generator: GeneratorSummary;
  /** The server's process over the time of the run; `null` where it was not watched. */
  readonly server: readonly ServerState[] | null;
  /** What the server accepts of one client; `null` where that is not limited, or not known. */
  readonly serverLimits: ServerLimits | null;
  /** What kept the run from being faster. */
  readonly verdict: LimitVerdict;
  /** How long deliveries were waited for when sending had ended; 0 where none were. */
  readonly waitSeconds: number;
}

/** The figures of a server that come from watching its process and from its limits. */
export type KnownServer = Pick<RunHealth, "server" | "serverLimits">;

/** For a server that was not watched and has reported no limits. */
export const UNKNOWN_SERVER: KnownServer = { server: null, serverLimits: null };

/** Shortest time for a meaningful share of the processor: the system counts CPU time in steps. */
const LEAST_CPU_SECONDS = 0.1;

/** How the load tester did, from what was measured. */
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
 * What a verdict takes of it.
 *
 * @param slip how late messages were sent, where there was a time at which they were due.
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

/** What a verdict takes of a server's process: the means over the time of the run. */
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

/** Every state tells of the time since the one before. */
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
