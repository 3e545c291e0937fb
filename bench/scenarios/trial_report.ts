/**
 * The reports of `rounds`, `codec`, `churn` and `rooms` for people.
 *
 * @module
 */

import { counted, grouped } from "../format.ts";
import type { LedgerTotals } from "../ledger.ts";
import type { ReportOptions } from "../report_text.ts";
import { COLOURED, PLAIN, type Style, table } from "../table.ts";
import type { LatencySummary } from "../latency_histogram.ts";
import type { ChurnResult } from "./churn.ts";
import type { CodecResult } from "./codec.ts";
import type { RoomsResult } from "./rooms.ts";
import type { RoundsResult } from "./rounds.ts";
import type { Timing } from "./timing.ts";
import type { TrialResult } from "./trial.ts";

const TIMING_HEAD = ["Avg", "50%", "99%", "Margin", "Samples"];
const LATENCY_HEAD = ["50%", "97.5%", "99%", "Avg", "Max"];
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

/** How people get in while others chat. */
export function renderChurnReport(result: ChurnResult, { colours }: ReportOptions = {}): string {
  const style = colours === true ? COLOURED : PLAIN;
  const { churn, deliveries, joinMicroseconds, quietMicroseconds, churnMicroseconds } = result;
  const rows = [
    ...latencyRow("to join", joinMicroseconds),
    ...latencyRow("delivery, nobody comes", quietMicroseconds),
    ...latencyRow("delivery, others come and leave", churnMicroseconds),
  ];
  const lines = deliveries.received === 0 ? [] : [
    `${grouped(churn.tried)} came, ${grouped(churn.joined)} were let in, ` +
    `${grouped(churn.failed)} were not.`,
    `To the standing ${grouped(result.joined)}: ${ledgerWords(deliveries)}.`,
  ];
  if (quietMicroseconds !== null && churnMicroseconds !== null) {
    lines.push(
      `Those inside wait ${milliseconds(churnMicroseconds.p99)} for 99% of the messages while ` +
        `others come and leave, and ${milliseconds(quietMicroseconds.p99)} while nobody does.`,
    );
  }
  return sections(result, table(["Latency", ...LATENCY_HEAD], rows, style), rows, lines, style);
}

/** What many rooms at a time do to each other. */
export function renderRoomsReport(result: RoomsResult, { colours }: ReportOptions = {}): string {
  const style = colours === true ? COLOURED : PLAIN;
  const { rooms, joined, deliveries, latencyMicroseconds } = result;
  const rows = latencyRow("delivery", latencyMicroseconds);
  const lines = latencyMicroseconds === null ? [] : [
    `${counted(rooms, "room")}, ${grouped(joined)} members: ${ledgerWords(deliveries)}.`,
    (deliveries.misdelivered === 0
      ? "Nothing came to a wrong room"
      : `${grouped(deliveries.misdelivered)} came to a wrong room`) +
    `; 99% were there after ${milliseconds(latencyMicroseconds.p99)}.`,
  ];
  return sections(result, table(["Latency", ...LATENCY_HEAD], rows, style), rows, lines, style);
}

function ledgerWords(totals: LedgerTotals): string {
  const { expected, lost, duplicated, reordered, misdelivered } = totals;
  return `of ${counted(expected, "delivery", "deliveries")} ${grouped(lost)} lost, ` +
    `${grouped(duplicated)} duplicated, ${grouped(reordered)} reordered, ` +
    `${grouped(misdelivered)} misdelivered`;
}

function latencyRow(name: string, latency: LatencySummary | null): string[][] {
  if (latency === null) return [];
  const { p50, p97_5, p99, mean, max } = latency;
  return [[name, ...[p50, p97_5, p99, mean, max].map(milliseconds)]];
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(2)} ms`;
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
