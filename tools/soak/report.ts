import { PLAIN, table } from "../../bench/reports/text.ts";
import { type Finding, serverHasCore, type SoakResult } from "./judge.ts";

/** The table at the end of a run: the bounds, the actions of the hostile clients, and the refusals. */
export function soakTable(result: SoakResult, findings: readonly Finding[]): string {
  const rows = [
    ...findings.map(({ what, value, bound, verdict }) => [what, value, bound, MARKS[verdict]]),
    ...Object.entries(result.actions).map((
      [kind, actions],
    ) => [`hostile: ${kind}`, list(actions), "", ""]),
    ["refused by the server", list(result.refused), "", ""],
  ].flatMap(([what = "", value = "", ...others]) =>
    wrapped(value).map((line, number) =>
      number === 0 ? [what, line, ...others] : ["", line, "", ""]
    )
  );
  return compact(table({ head: ["what", "value", "bound", ""], rows }, PLAIN));
}

/** The last column of a bound. */
const MARKS = { held: "ok", exceeded: "FAILED", "not judged": "" } as const;

/** Characters of a value in one row. */
const VALUE_WIDTH = 72;

/** One sentence for each exceeded bound, and notes on the run. */
export function conclusions(result: SoakResult, findings: readonly Finding[]): string[] {
  const { honest } = result;
  const notes = findings.flatMap(({ what, value, bound, verdict }) =>
    verdict === "exceeded" ? [`Failed: ${what} is ${value}, the bound is ${bound}.`] : []
  );
  if (!serverHasCore(result)) {
    notes.push(
      "Latencies are not comparable and were not judged: the server had no core of its own " +
        "(one core, no taskset, or others on it).",
    );
  } else if (findings.some(({ bound, verdict }) => bound !== "" && verdict === "not judged")) {
    notes.push(
      "Some bounds were not judged: the run was too short, or the measuring process itself was " +
        "later than the bound. Nothing is subtracted for it.",
    );
  }
  for (const problem of honest?.problems ?? []) notes.push(`Problem of ${problem}`);
  for (const [code, count] of Object.entries(honest?.loginsRefused ?? {})) {
    notes.push(`Login with the right password: ${code} (${count} times)`);
  }
  return notes;
}

/** The line that is printed every second. */
export function liveLine(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).map(([name, value]) => `${name} ${value}`).join("  ");
}

function list(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0
    ? "nothing"
    : parts.map(([what, count]) => `${count} ${what}`).join(", ");
}

function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + word.length >= VALUE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

/** A table without the rules between its rows. */
function compact(text: string): string {
  const lines = text.split("\n");
  return lines.filter((line, number) => number < 3 || !line.startsWith("├")).join("\n");
}
