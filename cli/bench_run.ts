import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import {
  type BenchmarkObservers,
  type BenchmarkProgress,
  LiveLine,
  type TextOptions,
} from "../bench/mod.ts";
import { countFreeDescriptors } from "../server/network/descriptor_limit.ts";
import { outputContext } from "./bench_reports.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { useFairEventLoop } from "./fair_event_loop.ts";
import { runtime } from "./runtime/mod.ts";
import { print, warn } from "./standard_streams.ts";

/** Clears the line and moves to its start. */
const CLEAR_LINE = "\r\u001b[2K";

/** Descriptors for files, threads and the runtime itself. */
const RESERVED_DESCRIPTORS = 64;

/** How a scenario is run and shown. */
export interface Shows {
  readonly json: boolean;
  /** Print a line of JSON for every step of the progress. */
  readonly liveJson?: boolean;
  readonly progress: boolean;
}

/** Runs an action that the signal ends, and shows its progress; the action calls `clear` before it prints.
 * Its threads have fair event loops. */
export async function runShown<Result>(
  { progress, liveJson }: Shows,
  signal: AbortSignal,
  run: (observers: BenchmarkObservers, clear: () => void) => Promise<Result>,
): Promise<Result> {
  const line = progressLine(progress, liveJson);
  useFairEventLoop();
  try {
    return await run({ onProgress: line.show, signal }, line.clear);
  } finally {
    line.clear();
  }
}

/** A line at the bottom of a terminal that shows the progress; nothing without a terminal.
 * @param isJson a line of JSON on standard output for every step instead. */
export function progressLine(isWanted: boolean, isJson = false) {
  const isShown = isWanted && !isJson && isatty(2);
  const live = new LiveLine();
  const write = (text: string) => {
    try {
      writeSync(2, text);
    } catch {
      // The terminal was closed.
    }
  };
  return {
    show: (progress: BenchmarkProgress) => {
      if (isShown) write(CLEAR_LINE + fitted(live.render(progress)));
      if (isJson) {
        print(JSON.stringify({ type: "progress", time: new Date().toISOString(), ...progress }));
      }
    },
    clear: () => {
      if (isShown) write(CLEAR_LINE);
    },
  };
}

/** The part that fits in one row: a line that wraps could not be cleared. */
function fitted(line: string): string {
  return [...line].slice(0, (terminalColumns() ?? 80) - 1).join("");
}

/** The format of reports: in colours and the width of the terminal, or plain for 80 columns. */
export function textOptions(): TextOptions {
  if (!isatty(1)) return {};
  const columns = terminalColumns();
  return { colours: !runtime.noColor, ...columns === undefined ? undefined : { columns } };
}

/** The width of the terminal; `undefined` for one of unknown size, which has 0 columns. */
function terminalColumns(): number | undefined {
  return runtime.columns() || undefined;
}

/**
 * Refuses more connections than this process may open.
 *
 * @throws {CliError} with what to do.
 */
export function checkDescriptors(connections: number): void {
  const needed = connections + RESERVED_DESCRIPTORS;
  const free = countFreeDescriptors(needed);
  if (free >= needed) return;
  throw new CliError(
    `Cannot open ${connections} connections: this process may open ${free} more files and sockets. ` +
      `Use at most ${Math.max(free - RESERVED_DESCRIPTORS, 0)}, or raise the limit first: ` +
      `ulimit -n ${connections + 1024}.`,
    EXIT.usage,
  );
}

/** Prints a result with its context as JSON, and its failures on standard error. */
export function printJson(result: object, failures: readonly string[]): void {
  print(JSON.stringify({ ...outputContext(), ...result }));
  for (const failure of failures) warn(`FAILED: ${failure}`);
}

/** Ends the program with a code other than success; the report has the reason. */
export function exitWith(code: ExitCode): void {
  if (code !== EXIT.done) throw new CliError("", code);
}
