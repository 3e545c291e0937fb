import * as v from "valibot";
import type { Figure } from "./comparison.ts";

/** Runs of one load, as `--json` prints them where there is more than one. */
export interface RunSet<Result> {
  /** In the order in which they ran. */
  readonly runs: readonly Result[];
}

/** The fields of a result that must be the same for two runs to be compared, with their values. */
export type LoadFields = Readonly<Record<string, unknown>>;

/** The fields of options and results of `broadcast` and `echo` that describe the load. */
export const MESSAGE_LOAD = [
  "scenario",
  "profile",
  "connections",
  "senders",
  "pipelining",
  "payloadBytes",
  "rate",
] as const;

/** A run of any scenario; all but its name may be of another version. */
const RUN = v.looseObject({ scenario: v.string() });

const FILE = v.union([
  v.looseObject({ runs: v.pipe(v.array(RUN), v.minLength(1)) }),
  v.pipe(RUN, v.transform((run) => ({ runs: [run] }))),
]);

/**
 * Reads runs that were kept: what `--json` has printed.
 *
 * @param load what their fields must be.
 * @param figures what they are compared by: at least one must have been measured.
 * @throws {RangeError} with a sentence that names the difference.
 */
export function parseBaseline<Result>(
  text: string,
  load: LoadFields,
  figures: readonly Figure<Result>[],
): RunSet<Result> {
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
  for (const run of parsed.output.runs) checkSameLoad(run, load);
  // The fields of the runs are checked below.
  const { runs } = parsed.output as unknown as RunSet<Result>;
  const values = runs.map((run) => figures.map(({ of }) => valueOf(() => of(run))));
  if (values.flat().includes(null)) {
    throw new RangeError("it has no runs of the load tester; keep what bench --json prints");
  }
  if (values.every(([value]) => value === undefined || value === 0)) {
    throw new RangeError("no message was received in its runs");
  }
  return { runs };
}

/** A figure of a run that may have any fields; `null` where it has not those of a run. */
function valueOf(of: () => unknown): number | null | undefined {
  try {
    const value = of();
    return value === undefined || typeof value === "number" ? value : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * Makes sure that runs can be compared.
 *
 * @throws {RangeError} with a sentence that names what differs.
 */
export function checkSameLoad(before: LoadFields, now: LoadFields): void {
  for (const [field, value] of Object.entries(now)) {
    const [old, wanted] = [before[field], value].map((each) => JSON.stringify(each ?? null));
    if (old === wanted) continue;
    throw new RangeError(`its runs have ${field} ${old}, but this run has ${wanted}`);
  }
}
