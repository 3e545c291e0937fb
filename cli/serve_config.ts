import { readBoundedFile } from "../server/bounded_file.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { parseConfig } from "./options/config_file.ts";
import type { Texts } from "./options/settings.ts";
import type { OptionTable } from "./options/table.ts";

/**
 * Reads the options that a file gives.
 *
 * @throws {CliError} when the file cannot be read, can be changed by all users, is not a JSON object, or
 * has an unknown key or an invalid value.
 */
export function configFileTexts(table: OptionTable, path: string): Texts {
  return parseConfig(table, path, readConfigured(path));
}

/**
 * Reads a file of text that an option names.
 *
 * @throws {CliError} when it cannot be read, or can be changed by all users.
 */
export function readConfigured(path: string): string {
  try {
    return readBoundedFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error of a file that cannot be read. */
export function unreadable(path: string, error: unknown): CliError {
  return new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
}
