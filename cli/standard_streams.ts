import { CliError, EXIT } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";

/**
 * Prints the output that a command was run for. The rest of it is dropped when the reader of a pipe, such
 * as `head`, has what it wants.
 *
 * @throws {CliError} if it cannot be written, for example to a full disk.
 */
export function print(text: string): void {
  try {
    runtime.printLine("output", text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return;
    throw new CliError(`Cannot write to standard output: ${reasonOf(error)}.`, EXIT.failed);
  }
}

/** Prints the status of a server, which continues if it cannot be written. */
export function announce(text: string): void {
  try {
    runtime.printLine("output", text);
  } catch {
    // Standard output or standard error is closed or full.
  }
}

/** Prints an error, a warning or a line of the log on standard error; lost if it cannot be written. */
export function warn(text: string): void {
  try {
    runtime.printLine("errors", text);
  } catch {
    // Standard output or standard error is closed or full.
  }
}

function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) };
  return message.replace(/ \(os error \d+\)$/, "").replace(/^./, (first) => first.toLowerCase());
}
