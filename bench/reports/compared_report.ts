/**
 * The report that puts several kept runs beside each other.
 *
 * @module
 */

import { counted } from "../format.ts";
import { type Target, targetText } from "../load/options.ts";
import { compareRuns, type Figure } from "../results/comparison.ts";
import type { AnyResult, LimitOutput, OutputContext, RunsOutput } from "./output.ts";
import { SCENARIOS } from "../scenarios/mod.ts";
import { comparisonTable } from "./comparison_text.ts";
import { limitReport } from "./limit_report.ts";
import type { Chart, Report, ReportTable } from "./report.ts";
import { scenarioReport } from "./scenario_report.ts";
import { middleRun } from "./series_report.ts";
import { LINE_COLORS } from "./svg_chart.ts";

/** Maximum number of runs in one report: as many have a colour of their own. */
export const MAX_COMPARED: number = LINE_COLORS;

/** What `--json` has printed: one run, several of them, or a search. */
export type KeptOutput = OutputContext & (AnyResult | RunsOutput | LimitOutput);

/** Runs that were kept in a file. */
export interface KeptRuns {
  /** The name of the file, or another one that is short. */
  readonly label: string;
  /** The output of one command. */
  readonly output: KeptOutput;
}

/** Runs of one load on one server. */
interface Entry {
  readonly label: string;
  /** The scenario, or that of a search. */
  readonly kind: string;
  /** The report of the run that is shown. */
  readonly report: Report;
  /** All runs; empty for a search. */
  readonly runs: readonly AnyResult[];
  /** A sentence about the run that is shown, if there are several. */
  readonly choice: string | undefined;
  /** The circumstances, each with its name. */
  readonly circumstances: Readonly<Record<string, unknown>>;
}

/**
 * A report of runs of one scenario: their figures in one table, what differs between their loads and
 * machines, and their charts with the lines of all.
 *
 * @throws {RangeError} with a sentence if they are of different scenarios or too many.
 */
export function comparedReport(kept: readonly KeptRuns[]): Report {
  const entries = kept.flatMap(entriesOf);
  const [first] = entries;
  const other = entries.find(({ kind }) => kind !== first!.kind);
  if (other !== undefined) {
    throw new RangeError(
      `${first!.label} has runs of ${first!.kind}, and ${other.label} has runs of ${other.kind}: ` +
        "give runs of one scenario",
    );
  }
  if (entries.length > MAX_COMPARED) {
    throw new RangeError(
      `they have ${entries.length} sets of runs, and the maximum is ${MAX_COMPARED}: give fewer files`,
    );
  }
  const differences = differencesOf(entries);
  return {
    title: `${first!.kind}: ${counted(entries.length, "run")} compared`,
    tiles: entries.flatMap(({ label, report }) =>
      report.tiles.slice(0, 1).map(({ name, ...tile }) => ({ ...tile, name: label, note: name }))
    ),
    charts: overlaid(entries),
    tables: [
      figuresTable(entries),
      ...[...differences, ...comparisonTables(entries)].map((table) => ({
        ...table,
        isSummary: true,
      })),
    ],
    details: [originTable(kept)],
    lines: entries.flatMap(({ label, report, choice }) => [
      ...choice === undefined ? [] : [choice],
      ...report.failures.map((failure) => `${label} failed: ${failure}`),
    ]),
    failures: [],
    interrupted: false,
    hasNoVerdict: true,
  };
}

/** The runs of a file, and those on the other server of `--versus`. */
function entriesOf({ label, output }: KeptRuns): Entry[] {
  if ("curve" in output) {
    const kind = `${output.scenario} --find-limit`;
    const circumstances = { ...circumstancesOf(output), ...loadOf(output, LIMIT_LOAD) };
    const report = limitReport(output, "");
    return [{ label, kind, report, runs: [], choice: undefined, circumstances }];
  }
  if (!("runs" in output)) return [entryOf(label, output, [output])];
  const { runs, others = [] } = output;
  if (others.length === 0) return [entryOf(label, output, runs)];
  return [runs, others].map((side) => {
    const { target } = side[0]! as { readonly target?: Target };
    return entryOf(target === undefined ? label : `${label} ${targetText(target)}`, output, side);
  });
}

function entryOf(label: string, context: OutputContext, runs: readonly AnyResult[]): Entry {
  const { scenario } = runs[0]!;
  // The figures of a scenario are those of its own results.
  const { figures, load } = SCENARIOS[scenario] as unknown as {
    figures: readonly Figure<AnyResult>[];
    load: readonly string[];
  };
  const middle = middleRun(runs, figures);
  const report = scenarioReport(middle);
  const failures = runs.flatMap((run) => run.failures);
  return {
    ...{ label, kind: scenario, runs },
    report: {
      ...report,
      failures,
      interrupted: runs.some(({ interrupted }) => interrupted),
      limitedBy: middle.verdict.limitedBy ?? undefined,
    },
    choice: runs.length === 1
      ? undefined
      : `${label}: run ${runs.indexOf(middle) + 1} of ${runs.length} is shown, the middle one.`,
    circumstances: { ...circumstancesOf(context), ...loadOf(middle, [...load, ...MORE_LOAD]) },
  };
}

/** Fields of results that describe a load, besides those that must be the same for a baseline. */
const MORE_LOAD = ["rooms", "warmUpSeconds", "payloadKind", "workers"];
const LIMIT_LOAD = [
  ...["profile", "connections", "senders", "payloadBytes", "secondsEach", "workers", "assertions"],
];

function loadOf(result: object, fields: readonly string[]): Record<string, unknown> {
  const values = result as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    fields.filter((field) => values[field] !== undefined).map((field) => [field, values[field]]),
  );
}

/** What the figures depend on besides the load. */
function circumstancesOf({ version, machine }: OutputContext) {
  const { os, osRelease, arch, cpu, cores, runtime } = machine;
  return {
    version,
    machine: `${os} ${osRelease}, ${arch}, ${cores} × ${cpu}`,
    runtime,
  };
}

/** Fields whose difference is no other load. */
const NO_LOAD = ["version", "machine", "runtime"];

/** A row for each circumstance that is not the same in all; no table without any. */
function differencesOf(entries: readonly Entry[]): ReportTable[] {
  const names = new Set(entries.flatMap(({ circumstances }) => Object.keys(circumstances)));
  const rows = [...names].map((name) => [
    name,
    ...entries.map(({ circumstances }) => shown(circumstances[name])),
  ]).filter(([, ...values]) => new Set(values).size > 1);
  if (rows.length === 0) return [];
  return [{ head: ["Difference", ...entries.map(({ label }) => label)], rows }];
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A row for each set of runs, with the figures that matter most. */
function figuresTable(entries: readonly Entry[]): ReportTable {
  const names = [...new Set(entries.flatMap(({ report }) => report.tiles.map(({ name }) => name)))];
  return {
    head: ["Run", ...names, "Verdict", "Limited by"],
    rows: entries.map(({ label, report }) => [
      label,
      ...names.map((name) => report.tiles.find((tile) => tile.name === name)?.value ?? "-"),
      report.failures.length > 0 ? "FAILED" : report.interrupted ? "interrupted" : "passed",
      report.limitedBy ?? "-",
    ]),
    expendable: ["Limited by"],
    isSummary: true,
  };
}

/** Each set of runs against the first one, where the load was the same. */
function comparisonTables([first, ...others]: readonly Entry[]): ReportTable[] {
  if (first === undefined || first.runs.length === 0) return [];
  const figures = SCENARIOS[first.runs[0]!.scenario].figures as unknown as Figure<AnyResult>[];
  return others.filter((other) => hasSameLoad(first, other)).flatMap((other) => {
    const compared = compareRuns(first.runs, other.runs, figures);
    return compared.length === 0 ? [] : [comparisonTable(compared, [first.label, other.label])];
  });
}

function hasSameLoad(one: Entry, other: Entry): boolean {
  const [{ rows = [] } = {}] = differencesOf([one, other]);
  return rows.every(([name]) => NO_LOAD.includes(name!));
}

/** Where the runs come from. */
function originTable(kept: readonly KeptRuns[]): ReportTable {
  return {
    head: ["Run", "Time", "hubbub", "Machine", "Command"],
    rows: kept.map(({ label, output }) => [
      ...[label, output.time, output.version],
      ...[circumstancesOf(output).machine, output.command],
    ]),
  };
}

/** The charts of all, those with the same title as one: a colour for each set of runs. */
function overlaid(entries: readonly Entry[]): Chart[] {
  const titles = new Set(entries.flatMap(({ report }) => report.charts.map(({ title }) => title)));
  return [...titles].map((title) => {
    const all = entries.flatMap(({ label, report }, color) => {
      const chart = report.charts.find((chart) => chart.title === title);
      return chart === undefined ? [] : [{ label, chart, color }];
    });
    const longest = all.toSorted((one, other) => endOf(other.chart) - endOf(one.chart))[0]!.chart;
    return {
      ...longest,
      marked: [],
      series: all.flatMap(({ label, chart, color }) =>
        chart.series.map((line, dash) => ({
          ...{ ...line, color },
          // Lines differ without colours, too.
          dash: chart.series.length === 1 ? color : dash,
          name: chart.series.length === 1 ? label : `${label}, ${line.name}`,
        }))
      ),
    };
  });
}

/** The last position of a chart. */
function endOf({ series }: Chart): number {
  return series.reduce((end, { points }) => Math.max(end, points.at(-1)?.[0] ?? 0), 0);
}
