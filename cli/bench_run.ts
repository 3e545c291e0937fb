import {
  type BenchmarkObservers,
  type BenchmarkProgress,
  LiveLine,
  type TextOptions,
} from "../bench/mod.ts";
import { countFreeDescriptors } from "../server/network/descriptor_limit.ts";
import { outputContext } from "./bench_context.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { useFairEventLoop } from "./own_server.ts";
import { print, warn } from "./standard_streams.ts";

/** Clears the line and goes to its start. */
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

/** Runs something that the signal ends and that tells how far it is, in threads that are fair. What it
 * prints meanwhile it prints behind `clear`. */
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

/** A line at the bottom of a terminal that is written over and over; nothing where there is none.
 * @param isJson a line of JSON on standard output for every step in place of that. */
export function progressLine(isWanted: boolean, isJson = false) {
  const isShown = isWanted && !isJson && Deno.stderr.isTerminal();
  const live = new LiveLine();
  const write = (text: string) => {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
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

/** As much as stands in one row: a line that wraps could not be cleared. */
function fitted(line: string): string {
  const { columns } = Deno.consoleSize();
  return [...line].slice(0, columns - 1).join("");
}

/** How reports are printed: in colours and as wide as the terminal, or without for 80 columns. */
export function textOptions(): TextOptions {
  if (!Deno.stdout.isTerminal()) return {};
  const { columns } = Deno.consoleSize();
  // A terminal that does not know its size says 0.
  return { colours: !Deno.noColor, ...columns > 0 ? { columns } : undefined };
}

/**
 * Refuses more connections than this process may open.
 *
 * @throws {CliError} with a sentence that says what to do.
 */
export function checkDescriptors(connections: number): void {
  const needed = connections + RESERVED_DESCRIPTORS;
  const free = countFreeDescriptors(needed);
  if (free >= needed) return;
  throw new CliError(
    `Cannot open ${connections} connections: this process may open ${free} more files and sockets. ` +
      `Ask for at most ${Math.max(free - RESERVED_DESCRIPTORS, 0)}, or raise the limit first: ` +
      `ulimit -n ${connections + 1024}.`,
    EXIT.usage,
  );
}

/** Prints a result as JSON, after what it depends on, and why it failed where people read it: standard
 * error. */
export function printJson(result: object, failures: readonly string[]): void {
  print(JSON.stringify({ ...outputContext(), ...result }));
  for (const failure of failures) warn(`FAILED: ${failure}`);
}

/** Ends the program with a code where that is not success; why is in the report. */
export function exitWith(code: ExitCode): void {
  if (code !== EXIT.done) throw new CliError("", code);
}
