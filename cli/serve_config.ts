import { readBoundedFile } from "../server/bounded_file.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { refuseWritableByAll } from "./file_trust.ts";
import { parseConfig } from "./options/config_file.ts";
import type { Texts } from "./options/settings.ts";
import type { OptionTable } from "./options/table.ts";

/** Maximum size of the file of `--config`, in bytes. */
export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Reads the options that a file gives.
 *
 * @throws {CliError} when the file cannot be read, can be changed by all users, is not a JSON object, or
 * has an unknown key or an invalid value.
 */
export function configFileTexts(table: OptionTable, path: string): Texts {
  refuseWritableByAll(path);
  let content: string;
  try {
    content = readBoundedFile(path, MAX_CONFIG_BYTES);
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseConfig(table, path, content);
}

/** The error of a file that cannot be read. */
export function unreadable(path: string, error: unknown): CliError {
  return new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
}
