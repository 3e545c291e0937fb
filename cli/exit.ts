import { systemReason } from "../client/system_reason.ts";
import { cleanLine } from "../protocol/text.ts";

export const EXIT = {
  /** Success. */
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

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the program with an exit code and a message of one line. */
export class CliError extends Error {
  override readonly name = "CliError";

  /** @param message the reason and what to do; empty if it was printed already. */
  constructor(message: string, readonly exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * The reason why a file cannot be used, as a sentence for a {@link CliError}.
 *
 * @param action what the file was opened for; default: to read it.
 */
export function fileFault(error: unknown, action: "read" | "write" = "read"): string {
  return `${cleanLine(systemReason(error, action))}.`;
}
