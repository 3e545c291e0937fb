import { CliError, EXIT } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";

/**
 * Refuses a working folder whose path is not UTF-8: the runtime can start no thread and open no database
 * there, and reports neither in a sentence.
 *
 * @throws {CliError} with what to do.
 */
export function checkWorkingFolder(): void {
  try {
    runtime.workingFolder();
  } catch (error) {
    if (!String(error).includes("not valid UTF-8")) return; // No permission to read it.
    throw new CliError(
      "Cannot run in this folder: its path is not valid UTF-8. Change to another one first.",
      EXIT.usage,
    );
  }
}
