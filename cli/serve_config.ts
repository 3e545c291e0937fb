import { readBoundedFile } from "../server/bounded_file.ts";
import { unreadable } from "./serve_reread.ts";
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
