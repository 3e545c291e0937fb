/**
 * The reports of `rounds` and `codec` for people.
 *
 * @module
 */

import { counted, grouped } from "../format.ts";
import type { ReportOptions } from "../report_text.ts";
import { COLOURED, PLAIN, type Style, table } from "../table.ts";
import type { CodecResult } from "./codec.ts";
import type { RoundsResult } from "./rounds.ts";
import type { Timing } from "./timing.ts";
import type { TrialResult } from "./trial.ts";

const TIMING_HEAD = ["Avg", "50%", "99%", "Margin", "Samples"];
const ERROR_HEAD = ["Errors", "Code", "Count", "First seen", "Meaning"];

/** Longest text of an error in the table, in characters. */
const MAX_ERROR_TEXT = 60;

/** How long a round takes. No figures where there was none. */
export function renderRoundsReport(
  result: RoundsResult,
  { colours }: ReportOptions = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const measured = result.sizes.flatMap(({ receivers, roundMicroseconds }) =>
    roundMicroseconds === null ? [] : [{ receivers, timing: roundMicroseconds }]
  );
  const rows = measured.map(({ receivers, timing }) => [
    grouped(receivers),
    ...timingCells(timing, (value) => `${(value / 1000).toFixed(3)} ms`),
  ]);
  const first = measured[0];
  const last = measured.at(-1);
  const lines = first === undefined || last === undefined ? [] : [
    `A message is with the last of ${counted(last.receivers, "receiver")} after ` +
    `${(last.timing.p50 / 1000).toFixed(3)} ms, half of the time` +
    (first === last ? "." : `; with the last of ${grouped(first.receivers)} ` +
      `after ${(first.timing.p50 / 1000).toFixed(3)} ms.`),
  ];
  return sections(result, table(["Receivers", ...TIMING_HEAD], rows, style), rows, lines, style);
}

/** What a message costs in each codec. */
export function renderCodecReport(result: CodecResult, { colours }: ReportOptions = {}): string {
  const style = colours === true ? COLOURED : PLAIN;
  const measured = result.tasks.flatMap(({ task, messageNanoseconds }) =>
    messageNanoseconds === null ? [] : [{ task, timing: messageNanoseconds }]
  );
  const rows = measured.map(({ task, timing }) => [
    task,
    ...timingCells(timing, (value) => `${value.toFixed(0)} ns`),
  ]);
  const slowest = measured.toSorted((one, other) => other.timing.p50 - one.timing.p50)[0];
  const lines = slowest === undefined ? [] : [
    `Per message of ${counted(result.payloadBytes, "byte")}; ` +
    `a sample is ${result.messagesPerIteration} of them.`,
    `The dearest is ${slowest.task}: ${slowest.timing.p50.toFixed(0)} ns, half of the time.`,
  ];
  return sections(result, table(["Codec", ...TIMING_HEAD], rows, style), rows, lines, style);
}

function timingCells({ mean, p50, p99, rme, samples }: Timing, cell: (value: number) => string) {
  return [cell(mean), cell(p50), cell(p99), `±${rme.toFixed(2)}%`, grouped(samples)];
}

function sections(
  { errors, failures, interrupted }: TrialResult,
  figures: string,
  rows: readonly unknown[],
  lines: readonly string[],
  style: Style,
): string {
  const closing = [
    ...lines,
    ...(interrupted ? ["Interrupted."] : []),
    ...failures.map((failure) => style.strong("FAILED: ") + failure),
  ];
  const errorRows = errors.map(({ phase, code, count, firstSecond, text }) => [
    ...[phase, code, grouped(count), `second ${firstSecond}`],
    text.length > MAX_ERROR_TEXT ? text.slice(0, MAX_ERROR_TEXT - 1) + "…" : text,
  ]);
  return [
    ...(rows.length > 0 ? [figures] : []),
    ...(errorRows.length > 0 ? [table(ERROR_HEAD, errorRows, style)] : []),
    closing.map((line) => line + "\n").join(""),
  ].join("\n");
}
