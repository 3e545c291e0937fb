/**
 * What a run comes to, whatever it is shown as.
 *
 * @module
 */

import type { ErrorCount } from "../load/error_tally.ts";
import { grouped } from "../format.ts";
import { type Target, targetText } from "../load/options.ts";

/** What a report says. */
export interface Report {
  /** What ran, in a few words. */
  readonly title: string;
  /** Shown where charts can be. */
  readonly charts: readonly Chart[];
  /** Its figures. */
  readonly tables: readonly ReportTable[];
  /** Tables for who has room for more. */
  readonly details: readonly ReportTable[];
  /** What it comes to, a sentence each. */
  readonly lines: readonly string[];
  /** Why it failed, a sentence each. Empty when it passed. */
  readonly failures: readonly string[];
  /** It was ended before its time. */
  readonly interrupted: boolean;
}

/** A table of a report. */
export interface ReportTable {
  /** What stands over each column. */
  readonly head: readonly string[];
  /** The first cell of each row is its name. */
  readonly rows: string[][];
  /** A sentence about it. */
  readonly note?: string;
  /** Heads of columns that are left out, in this order, where there is not enough room. */
  readonly expendable?: readonly string[];
}

/** A chart of lines over one horizontal axis. */
export interface Chart {
  /** What it shows, for those who see it and for those who have it read to them. */
  readonly title: string;
  /** Where the values stand, ascending. */
  readonly positions: readonly number[];
  /** The horizontal axis' marks: where, and what is written there. */
  readonly marks: readonly (readonly [position: number, text: string])[];
  /** Its lines. */
  readonly series: readonly ChartSeries[];
  /** How a value is written on the vertical axis. */
  readonly format: (value: number) => string;
}

/** A line of a chart. */
export interface ChartSeries {
  /** What stands in the legend. */
  readonly name: string;
  /** One for each value of the horizontal axis; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
}

/** What went wrong, by phase and code; no table where nothing did. */
export function errorTables(errors: readonly ErrorCount[]): ReportTable[] {
  if (errors.length === 0) return [];
  const rows = errors.map(({ phase, code, count, firstSecond, text }) => [
    ...[phase, code, grouped(count), `second ${firstSecond}`, text],
  ]);
  return [{ head: ["Errors", "Code", "Count", "First seen", "Meaning"], rows }];
}

/** How a run ended, of which every report tells. */
export interface Outcome {
  readonly errors: readonly ErrorCount[];
  readonly failures: readonly string[];
  readonly interrupted: boolean;
}

/** A report of what was found and of how the run ended. Tables without rows are left out. */
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

/** What ran, and against whom. */
export function titleOf(scenario: string, target: Target): string {
  return `${scenario} @ ${targetText(target)}`;
}

/** Microseconds in milliseconds, to three digits, as they stand at an axis. */
export function axisMilliseconds(microseconds: number): string {
  return `${Number((microseconds / 1000).toPrecision(3))} ms`;
}
