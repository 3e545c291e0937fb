import type { LimitResult, LimitStep } from "../engine/find_limit.ts";
import { counted, duration, grouped } from "../format.ts";
import { axisMilliseconds, type Report } from "./report.ts";
import { csvText } from "./csv.ts";

const HEAD = ["Rate", "Sent/Sec", "50%", "99%", "Max", "Lost", "Held", "Limited by"];

/**
 * The report of a search for the limit: the latency at every rate that was tried, and the conclusion.
 *
 * @param searched the load, in a few words.
 */
export function limitReport(result: LimitResult, searched: string): Report {
  const { curve, assertions } = result;
  const rates = curve.map(({ rate }) => rate);
  const conditions = assertions.join(" and ");
  return {
    title: `Limit of ${searched}`,
    charts: [{
      ...{ title: "Latency over messages per second", horizontal: "messages per second (1/s)" },
      vertical: "latency (ms)",
      positions: rates,
      marks: marksOf(rates),
      series: [
        { name: "50%", values: curve.map(({ p50Microseconds }) => p50Microseconds) },
        { name: "99%", values: curve.map(({ p99Microseconds }) => p99Microseconds) },
      ],
      format: axisMilliseconds,
    }],
    tables: curve.length === 0
      ? []
      : [{ head: HEAD, rows: curve.map(rowOf), expendable: ["Max", "Sent/Sec"] }],
    details: [],
    lines: linesOf(result, conditions),
    interrupted: result.interrupted,
    failures: limitFailures(result),
  };
}

/** Why a search did not find the server's limit. */
export function limitFailures(
  { curve, assertions, highestRate, lowestFailedRate, isTrustworthy, interrupted }: LimitResult,
): string[] {
  if (interrupted) return [];
  return [
    ...highestRate === null && curve.length > 0
      ? [`${assertions.join(" and ")} held at no rate that was tried.`]
      : [],
    ...isTrustworthy ? [] : [
      `The result is not trustworthy: the load tester itself was too slow at ` +
      `${
        grouped(lowestFailedRate ?? 0)
      } messages per second, each time. The server may hold more. ` +
      "Try a quieter machine, or more threads (--workers).",
    ],
  ];
}

/** Widest part of the axis that two marks may share. */
const MARKS_APART = 1 / 12;

/** The highest rate, and those below it that have room for their text. */
function marksOf(rates: readonly number[]): [number, string][] {
  const [first = 0, last = 0] = [rates[0], rates.at(-1)];
  const marks: [number, string][] = [];
  let next = Infinity;
  for (const rate of rates.toReversed()) {
    if (next - rate < (last - first) * MARKS_APART) continue;
    marks.unshift([rate, grouped(rate)]);
    next = rate;
  }
  return marks;
}

const COLUMNS = [
  ["rate", "rate"],
  ["messages_per_second", "messagesPerSecond"],
  ["p50_microseconds", "p50Microseconds"],
  ["p99_microseconds", "p99Microseconds"],
  ["max_microseconds", "maxMicroseconds"],
  ["lost", "lost"],
  ["errors", "errors"],
  ["held", "held"],
  ["limited_by", "limitedBy"],
] as const;

/** A row for every rate that was tried, as comma-separated values, with a row of names first. Cells
 * without a measurement are empty. */
export function renderLimitCsv({ curve }: LimitResult): string {
  const rows = curve.map((step) => COLUMNS.map(([, field]) => step[field] ?? ""));
  return csvText([COLUMNS.map(([name]) => name), ...rows]);
}

/** A line about one run, while the others are still to come. */
export function renderLimitStep(
  { rate, run, held, p99Microseconds, failures }: LimitStep,
): string {
  const p99 = p99Microseconds === null ? "" : `, 99% within ${duration(p99Microseconds)}`;
  const why = failures[0] === undefined ? "" : ` ${failures[0]}`;
  const again = run > 1 ? ", once more" : "";
  return `${grouped(rate)} per second${again}${p99}: ${held ? "held." : `did not hold.${why}`}`;
}

function rowOf(step: LimitStep): string[] {
  const time = (microseconds: number | null) =>
    microseconds === null ? "-" : duration(microseconds);
  return [
    grouped(step.rate),
    grouped(step.messagesPerSecond),
    ...[step.p50Microseconds, step.p99Microseconds, step.maxMicroseconds].map(time),
    grouped(step.lost),
    step.held ? "yes" : "no",
    step.limitedBy ?? "-",
  ];
}

function linesOf(result: LimitResult, conditions: string): string[] {
  const { highestRate, lowestFailedRate, curve, interrupted } = result;
  const failed = curve.find(({ rate }) => rate === lowestFailedRate);
  return [
    ...interrupted ? ["Interrupted."] : [],
    ...highestRate === null ? [] : [
      `Highest rate at which ${conditions} held: ${counted(highestRate, "message")} per second.`,
    ],
    ...failed === undefined
      ? highestRate === null ? [] : ["No higher rate was tried."]
      : [`At ${grouped(failed.rate)}: ${failed.failures.join(" ")}`],
  ];
}
