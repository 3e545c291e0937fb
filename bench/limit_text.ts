import type { LimitResult, LimitStep } from "./find_limit.ts";
import { counted, grouped } from "./format.ts";
import { COLOURED, PLAIN, table } from "./table.ts";

const HEAD = ["Rate", "Sent/Sec", "50%", "99%", "Max", "Lost", "Held", "Limited by"];

/** What a search for the limit has found: a table of all runs, and what it comes to. */
export function renderLimitReport(
  result: LimitResult,
  { colours }: { readonly colours?: boolean } = {},
): string {
  const style = colours === true ? COLOURED : PLAIN;
  const rows = table(HEAD, result.curve.map(rowOf), style);
  return `${rows}\n${sentences(result).map((sentence) => sentence + "\n").join("")}`;
}

/** A line about one run, for who waits for the rest. */
export function renderLimitStep(
  { rate, run, held, p99Microseconds, failures }: LimitStep,
): string {
  const p99 = p99Microseconds === null
    ? ""
    : `, 99% within ${(p99Microseconds / 1000).toFixed(2)} ms`;
  const why = failures[0] === undefined ? "" : ` ${failures[0]}`;
  const again = run === 2 ? ", once more" : "";
  return `${grouped(rate)} a second${again}${p99}: ${held ? "held." : `did not hold.${why}`}`;
}

function rowOf(step: LimitStep): string[] {
  const time = (microseconds: number | null) =>
    microseconds === null ? "-" : `${(microseconds / 1000).toFixed(2)} ms`;
  return [
    grouped(step.rate),
    grouped(step.messagesPerSecond),
    ...[step.p50Microseconds, step.p99Microseconds, step.maxMicroseconds].map(time),
    grouped(step.lost),
    step.held ? "yes" : "no",
    step.limitedBy ?? "-",
  ];
}

function sentences(result: LimitResult): string[] {
  const { assertions, highestRate, lowestFailedRate, limitedBy, curve, interrupted } = result;
  const conditions = assertions.join(" and ");
  const failed = curve.find(({ rate }) => rate === lowestFailedRate);
  return [
    ...interrupted ? ["Interrupted."] : [],
    ...highestRate === null
      ? [`FAILED: ${conditions} held at no rate that was tried.`]
      : [`Highest rate at which ${conditions} held: ${counted(highestRate, "message")} a second.`],
    ...failed === undefined
      ? highestRate === null ? [] : ["No higher rate was tried."]
      : [`At ${grouped(failed.rate)}: ${failed.failures.join(" ")}`],
    ...limitedBy === "client"
      ? ["The load tester itself was too slow for that rate: the server may hold more."]
      : [],
  ];
}
