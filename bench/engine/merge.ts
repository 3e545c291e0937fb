import type { ErrorCount } from "../load/error_tally.ts";
import {
  type HistogramSnapshot,
  type IntervalLatencies,
  LatencyHistogram,
} from "../ledger/latency_histogram.ts";
import { sumOfTotals } from "../ledger/ledger_totals.ts";
import type { IntervalSample, Measurement, OwnMeasurement } from "../load/measurement.ts";
import { type BenchmarkProgress, STAGES, sumOfFaults } from "../load/progress.ts";
import type { SampledCounts } from "../load/sampler.ts";

const SUMMED = [
  ...["connected", "greeted", "joined", "sendingThreads", "desertedThreads", "orphaned"] as const,
  ...["messages", "bytes", "unsent", "inFlightHalfway", "leftInFlight"] as const,
] as const;
const LONGEST = ["durationSeconds", "sendingSeconds", "waitSeconds", "joinSeconds"] as const;
const ADDED = [
  ...["connectTimes", "joinTimes", "serviceTimes"] as const,
  ...["latencies", "firstLatencies", "lastLatencies"] as const,
] as const;

const PROGRESS = [
  ...["joined", "connections", "messages", "deliveries", "deliveriesPerSecond"] as const,
] as const;

/** An object with a value for each name. */
function fields<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}

/**
 * Adds the measurements of several threads. Counts and histograms are exact sums. The processor time
 * is that of the busiest thread, since one busy thread is enough to be late.
 *
 * @param latencies of single seconds, of all threads together: see {@link SharedIntervals}.
 */
export function mergeMeasurements(
  parts: readonly Measurement[],
  latencies: readonly IntervalSample["latencies"][],
): Measurement {
  const [only] = parts;
  if (parts.length === 1) return only!;
  const sums = fields(SUMMED, (name) => parts.reduce((sum, part) => sum + part[name], 0));
  const slips = parts.flatMap(({ slip }) => slip ?? []);
  const orders = parts.flatMap(({ order }) => order ?? []);
  const busiest = parts.map(({ generator }) => generator)
    .toSorted((a, b) => a.cpuSeconds - b.cpuSeconds).at(-1)!;
  return {
    ...sums,
    ...fields(LONGEST, (name) => Math.max(...parts.map((part) => part[name]))),
    ...fields(ADDED, (name) => added(parts.map((part) => part[name]))),
    deliveries: sumOfTotals(parts.map(({ deliveries }) => deliveries)),
    order: orders.length === 0 ? undefined : fields(
      ["violations", "unchecked"],
      (name) => orders.reduce((sum, order) => sum + order[name], 0),
    ),
    slip: slips.length === 0 ? undefined : added(slips),
    // If the others continued to send, the rate was not kept.
    unsent: sums.unsent + (sums.desertedThreads < sums.sendingThreads ? sums.orphaned : 0),
    silentSeconds: Math.min(...parts.map(({ silentSeconds }) => silentSeconds)),
    generator: {
      ...busiest,
      processCpuSeconds: Math.max(...parts.map(({ generator }) => generator.processCpuSeconds)),
      lag: added(parts.map(({ generator }) => generator.lag)),
    },
    samples: samplesOf(parts.map(({ samples }) => samples), latencies),
    errors: errorsOf(parts.flatMap(({ errors }) => errors)),
    interrupted: parts.some(({ interrupted }) => interrupted),
    own: ownOf(parts.flatMap(({ own }) => own ?? [])),
  };
}

/** Adds the further measurements of one scenario. */
function ownOf(parts: readonly OwnMeasurement[]): OwnMeasurement {
  return {
    counts: joined(parts.map(({ counts }) => counts), (all) => all.reduce((a, b) => a + b, 0)),
    latencies: joined(parts.map(({ latencies }) => latencies), added),
    deliveries: joined(parts.map(({ deliveries }) => deliveries), sumOfTotals),
    errors: joined(parts.map(({ errors }) => errors), (all) => errorsOf(all.flat())),
    times: joined(parts.map(({ times }) => times), (all) => all.flat()),
    latest: joined(parts.map(({ latest }) => latest), (all) => Math.max(...all)),
    timings: joined(
      parts.map(({ timings }) => timings),
      (all) => all.find((timing) => timing !== null) ?? null,
    ),
    failures: parts.flatMap(({ failures }) => failures ?? []),
  };
}

/** Joins the values of each name. */
function joined<Value>(
  records: readonly (Readonly<Record<string, Value>> | undefined)[],
  join: (values: readonly Value[]) => Value,
): Record<string, Value> {
  const names = new Set(records.flatMap((record) => Object.keys(record ?? {})));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      join(
        records.flatMap((record) => record !== undefined && name in record ? [record[name]!] : []),
      ),
    ]),
  );
}

/**
 * Adds the progress of several threads.
 *
 * @param last the latencies of the last second that all have reported.
 */
export function mergeProgress(
  parts: readonly BenchmarkProgress[],
  last: IntervalLatencies | null | undefined,
): BenchmarkProgress {
  if (parts.length === 1) return parts[0]!;
  // The slowest thread determines the stage.
  const { stage, fraction, elapsedSeconds } = parts.toSorted((a, b) =>
    STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || a.fraction - b.fraction
  )[0]!;
  return {
    ...{ stage, fraction, elapsedSeconds },
    ...fields(PROGRESS, (name) => parts.reduce((sum, part) => sum + part[name], 0)),
    p99Microseconds: last?.p99,
    faults: sumOfFaults(parts.map(({ faults }) => faults)),
  };
}

function added(snapshots: readonly HistogramSnapshot[]): HistogramSnapshot {
  return LatencyHistogram.of(...snapshots).snapshot();
}

/** Second by second, for as long as all threads have sampled. */
function samplesOf(
  parts: readonly (readonly IntervalSample[])[],
  latencies: readonly IntervalSample["latencies"][],
): IntervalSample[] {
  const seconds = Math.min(...parts.map(({ length }) => length));
  return parts[0]!.slice(0, seconds).map(({ end }, second) => {
    const sum = (name: keyof SampledCounts) =>
      parts.reduce((total, samples) => total + samples[second]![name], 0);
    const counts = fields(["deliveries", "bytes", "messages", "missing", "errors"], sum);
    return { end, ...counts, latencies: latencies[second] ?? null };
  });
}

function errorsOf(errors: readonly ErrorCount[]): ErrorCount[] {
  const merged = new Map<string, ErrorCount>();
  for (const error of errors) {
    const key = `${error.phase} ${error.code}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined ? error : {
        ...known,
        count: known.count + error.count,
        firstSecond: Math.min(known.firstSecond, error.firstSecond),
      },
    );
  }
  return [...merged.values()];
}
