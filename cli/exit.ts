import { systemReason } from "../client/mod.ts";
import { cleanLine } from "../protocol/mod.ts";

/** What the program's exit codes mean. */
export const EXIT = {
  /** Everything was done. */
  done: 0,
  /** A check, a threshold, lost messages, a refusal by the server. */
  failed: 1,
  /** The command line cannot be used. */
  usage: 2,
  /** Cannot connect or listen. */
  network: 3,
  /** Ended by Ctrl+C. */
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end of the program that the user is told about in one line. */
export class CliError extends Error {
  override readonly name = "CliError";

  /** @param message one line that says what to do; empty where the user was told already. */
  constructor(message: string, readonly exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Why a file cannot be used, as a sentence for a {@link CliError}.
 *
 * @param action what the file was opened for; default: to read it.
 */
export function fileFault(error: unknown, action: "read" | "write" = "read"): string {
  return `${cleanLine(systemReason(error, action))}.`;
}
