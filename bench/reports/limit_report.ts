import type { LimitResult, LimitStep } from "../engine/find_limit.ts";
import { counted, duration, grouped } from "../format.ts";
import { axisMilliseconds, faultTile, type Report, type Tile } from "./report.ts";
import { csvText } from "./csv.ts";

const HEAD = ["Rate", "Sent/s", "50%", "99%", "Max", "Lost", "Met", "Limited by"];

/**
 * The report of a search for the limit: the latency at every rate that was tried, and the conclusion.
 *
 * @param searched the load, in a few words.
 */
export function limitReport(result: LimitResult, searched: string): Report {
  const { curve, assertions } = result;
  const conditions = assertions.join(" and ");
  const line = (name: string, field: "p50Microseconds" | "p99Microseconds") => ({
    name,
    points: curve.map((step) => [step.rate, step[field]] as const),
  });
  return {
    title: `Limit of ${searched}`,
    tiles: tilesOf(result),
    charts: [{
      title: "At which rate does the latency rise?",
      ...{ horizontal: "messages per second (1/s)", vertical: "latency (ms)" },
      marks: curve.map(({ rate }) => [rate, grouped(rate)]),
      series: [line("50%", "p50Microseconds"), line("99%", "p99Microseconds")],
      ...{ format: axisMilliseconds, at: grouped },
    }],
    tables: curve.length === 0
      ? []
      : [{ head: HEAD, rows: curve.map(rowOf), expendable: ["Max", "Sent/s"] }],
    details: [],
    lines: linesOf(result, conditions),
    interrupted: result.interrupted,
    failures: limitFailures(result),
    limitedBy: result.limitedBy ?? undefined,
  };
}

function tilesOf({ highestRate, curve }: LimitResult): Tile[] {
  const step = curve.find(({ rate }) => rate === highestRate);
  const latency = (value: number | null | undefined) =>
    value === null || value === undefined ? "-" : duration(value);
  return [
    { name: "Messages/s", value: highestRate === null ? "none" : grouped(highestRate) },
    { name: "Latency, p50", value: latency(step?.p50Microseconds) },
    { name: "Latency, p99", value: latency(step?.p99Microseconds) },
    ...step === undefined ? [] : [faultTile("Lost", step.lost)],
  ];
}

/** Why a search did not find the server's limit. */
export function limitFailures(
  { curve, assertions, highestRate, lowestFailedRate, isTrustworthy, interrupted }: LimitResult,
): string[] {
  if (interrupted) return [];
  return [
    ...highestRate === null && curve.length > 0
      ? [`No tested rate met ${assertions.join(" and ")}.`]
      : [],
    ...isTrustworthy ? [] : [
      `The result is not reliable: the load tester was too slow in each run at ` +
      `${
        grouped(lowestFailedRate ?? 0)
      } messages per second. The server may reach a higher rate. ` +
      "Use a machine without other load, or more threads (--workers).",
    ],
  ];
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
  const p99 = p99Microseconds === null ? "" : `, p99 ${duration(p99Microseconds)}`;
  const why = failures[0] === undefined ? "" : ` ${failures[0]}`;
  const again = run > 1 ? ", repeated" : "";
  return `${grouped(rate)} per second${again}${p99}: ${held ? "met." : `not met.${why}`}`;
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
      `Highest rate that met ${conditions}: ${counted(highestRate, "message")} per second.`,
    ],
    ...failed === undefined
      ? highestRate === null ? [] : ["No higher rate was tested."]
      : [`At ${grouped(failed.rate)}: ${failed.failures.join(" ")}`],
  ];
}
