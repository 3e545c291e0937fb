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
  /** Only HTML shows them. */
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
}

/** A chart of lines over one horizontal axis. */
export interface Chart {
  /** Caption, also for screen readers. */
  readonly title: string;
  /** Title of the horizontal axis, with its unit. */
  readonly horizontal: string;
  /** Title of the vertical axis, with its unit. */
  readonly vertical: string;
  /** Horizontal position of each value, ascending. */
  readonly positions: readonly number[];
  /** Labels of the horizontal axis. */
  readonly marks: readonly (readonly [position: number, text: string])[];
  /** One line each. */
  readonly series: readonly ChartSeries[];
  /** Formats a value of the vertical axis. */
  readonly format: (value: number) => string;
}

/** The values of a line. */
export interface ChartSeries {
  /** Label in the legend. */
  readonly name: string;
  /** One per position; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
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
  found: Pick<Report, "title" | "tables" | "lines"> & Partial<Pick<Report, "charts">>,
  { errors, failures, interrupted }: Outcome,
): Report {
  return {
    title: found.title,
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

/** The cells of a latency: three percentiles about the middle, the 99th, mean, deviation, maximum. */
export function summaryCells(latency: LatencySummary): string[] {
  const { p2_5, p50, p97_5, p99, mean, stdev, max } = latency;
  return [p2_5, p50, p97_5, p99, mean, stdev, max].map(duration);
}
