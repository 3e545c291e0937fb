/**
 * The report of a run, independent of its format.
 *
 * @module
 */

import type { ErrorCount } from "../load/error_tally.ts";
import { duration, grouped } from "../format.ts";
import type { LatencySummary } from "../ledger/latency_histogram.ts";
import { type Target, targetText } from "../load/options.ts";

/** The contents of a report, in any format. */
export interface Report {
  /** Scenario and server. */
  readonly title: string;
  /** The figures that matter most. Only HTML shows them. */
  readonly tiles: readonly Tile[];
  /** Only HTML shows them. Each answers the question that is its title. */
  readonly charts: readonly Chart[];
  /** The figures that every format shows. */
  readonly tables: readonly ReportTable[];
  /** Tables for formats with more space. */
  readonly details: readonly ReportTable[];
  /** Conclusions, a sentence each. */
  readonly lines: readonly string[];
  /** Reasons why it failed, one sentence each. Empty if it passed. */
  readonly failures: readonly string[];
  /** It was ended early. */
  readonly interrupted: boolean;
  /** The factor that limited it; absent if unknown. */
  readonly limitedBy?: string | undefined;
  /** Of several runs, each has its own. Default: false. */
  readonly hasNoVerdict?: boolean;
}

/** A figure of a report with its name. */
export interface Tile {
  /** What it is, in a few words. */
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** A few words below it. */
  readonly note?: string;
  /** It is a fault. */
  readonly isFault?: boolean;
}

/** A table in a report, of text cells. */
export interface ReportTable {
  /** Title of each column. */
  readonly head: readonly string[];
  /** The first cell of each row is its name. */
  readonly rows: string[][];
  /** A sentence below it. */
  readonly note?: string;
  /** Titles of columns that are left out, in this order, if there is not enough space. */
  readonly expendable?: readonly string[];
  /** A page has it before its charts. Default: behind them. */
  readonly isSummary?: boolean;
}

/** A chart of lines over one horizontal axis. */
export interface Chart {
  /** The question that it answers: caption, also for screen readers. */
  readonly title: string;
  /** Title of the horizontal axis, with its unit. */
  readonly horizontal: string;
  /** Title of the vertical axis, with its unit. */
  readonly vertical: string;
  /** Labels of the horizontal axis, ascending; those without room are left out. */
  readonly marks: readonly (readonly [position: number, text: string])[];
  /** One line each. */
  readonly series: readonly ChartSeries[];
  /** Single points with a text beside them. */
  readonly marked?: readonly MarkedPoint[];
  /** Formats a value of the vertical axis. */
  readonly format: (value: number) => string;
  /** Formats a position of the horizontal axis. */
  readonly at: (position: number) => string;
}

/** The values of a line. */
export interface ChartSeries {
  /** Label in the legend. */
  readonly name: string;
  /** By position, ascending; `null` leaves a gap. */
  readonly points: readonly ChartPoint[];
  /** Number of its colour. Default: its place among the lines. */
  readonly color?: number;
  /** Number of its dashes. Default: its place among the lines. */
  readonly dash?: number;
}

/** A point of a line. */
export type ChartPoint = readonly [position: number, value: number | null];

/** A point of a chart with a text. */
export interface MarkedPoint {
  /** On the horizontal axis. */
  readonly position: number;
  /** On the vertical axis. */
  readonly value: number;
  /** Written beside it. */
  readonly text: string;
}

/** Errors by phase and code; no table without errors. */
export function errorTables(errors: readonly ErrorCount[]): ReportTable[] {
  if (errors.length === 0) return [];
  const rows = errors.map(({ phase, code, count, firstSecond, text }) => [
    ...[phase, code, grouped(count), `second ${firstSecond}`, text],
  ]);
  return [{ head: ["Errors", "Code", "Count", "First seen", "Meaning"], rows }];
}

/** How a run ended: part of every report. */
export interface Outcome {
  readonly errors: readonly ErrorCount[];
  readonly failures: readonly string[];
  readonly interrupted: boolean;
}

/** A report of findings and of how the run ended. Tables without rows are left out. */
export function reportOf(
  found: Pick<Report, "title" | "tables" | "lines"> & Partial<Pick<Report, "tiles" | "charts">>,
  { errors, failures, interrupted }: Outcome,
): Report {
  return {
    title: found.title,
    tiles: found.tiles ?? [],
    charts: found.charts ?? [],
    tables: [...found.tables.filter(({ rows }) => rows.length > 0), ...errorTables(errors)],
    details: [],
    lines: [...found.lines, ...interrupted ? ["Interrupted."] : []],
    failures,
    interrupted,
  };
}

/** The scenario and its server. */
export function titleOf(scenario: string, target: Target): string {
  return `${scenario} @ ${targetText(target)}`;
}

/** Microseconds in milliseconds, to three digits, for an axis. */
export function axisMilliseconds(microseconds: number): string {
  return `${Number((microseconds / 1000).toPrecision(3))} ms`;
}

/** The median and the 99th percentile of a latency; no tiles without it. */
export function latencyTiles(latency: LatencySummary | null, name = "Latency"): Tile[] {
  if (latency === null) return [];
  return [
    { name: `${name}, p50`, value: duration(latency.p50) },
    { name: `${name}, p99`, value: duration(latency.p99) },
  ];
}

/** A number of faults, such as lost deliveries. */
export function faultTile(name: string, count: number): Tile {
  return { name, value: grouped(count), isFault: count > 0 };
}

/** The cells of a latency: three percentiles about the middle, the 99th, mean, deviation, maximum. */
export function summaryCells(latency: LatencySummary): string[] {
  const { p2_5, p50, p97_5, p99, mean, stdev, max } = latency;
  return [p2_5, p50, p97_5, p99, mean, stdev, max].map(duration);
}
