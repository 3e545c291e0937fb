import * as v from "valibot";
import type { BenchmarkResult } from "./result.ts";

/** Runs of one load, as `--json` prints them where there is more than one. */
export interface RunSet {
  /** In the order in which they ran. */
  readonly runs: readonly BenchmarkResult[];
}

/** Whatever has to be the same for two runs to be compared. */
const LOAD = [
  "scenario",
  "profile",
  "connections",
  "senders",
  "pipelining",
  "payloadBytes",
  "rate",
] as const satisfies readonly (keyof LoadFields)[];

/** The fields that say what the load was. */
export type LoadFields = Pick<
  BenchmarkResult,
  "scenario" | "profile" | "connections" | "senders" | "pipelining" | "payloadBytes" | "rate"
>;

/** What is needed of a run; all else may be of another version. */
const RUN = v.looseObject({
  scenario: v.string(),
  profile: v.string(),
  connections: v.number(),
  senders: v.number(),
  pipelining: v.number(),
  payloadBytes: v.number(),
  deliveries: v.looseObject({ perSecond: v.number() }),
  latencyMicroseconds: v.nullable(v.looseObject({ p50: v.number(), p99: v.number() })),
});

const FILE = v.union([
  v.looseObject({ runs: v.pipe(v.array(RUN), v.minLength(1)) }),
  v.pipe(RUN, v.transform((run) => ({ runs: [run] }))),
]);

/**
 * Reads runs that were kept: what `--json` has printed.
 *
 * @throws {RangeError} with a sentence that says what it is instead.
 */
export function parseBaseline(text: string): RunSet {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RangeError("it is not JSON; keep what bench --json prints");
  }
  const parsed = v.safeParse(FILE, json);
  if (!parsed.success) {
    throw new RangeError("it has no runs of the load tester; keep what bench --json prints");
  }
  // The fields that a comparison reads were checked; the others may be of another version.
  return parsed.output as unknown as RunSet;
}

/**
 * Makes sure that runs can be compared.
 *
 * @throws {RangeError} with a sentence that names what differs.
 */
export function checkSameLoad(
  before: BenchmarkResult,
  now: LoadFields,
): void {
  for (const field of LOAD) {
    const [old, wanted] = [before[field], now[field]].map((value) => JSON.stringify(value ?? null));
    if (old === wanted) continue;
    throw new RangeError(`its runs have ${field} ${old}, and this one has ${wanted}`);
  }
}
