import { CliError, EXIT } from "./exit.ts";
import type { PartialAddress } from "./options/addresses.ts";
import type { Settings } from "./options/settings.ts";
import type { OptionTable, ValueDefinition } from "./options/table.ts";

/** The options that give an address, in place of words. */
export const PARTS = ["host", "port"] as const;

/** Zero to two words of the command line. */
export type AddressWords = readonly [first?: string | undefined, second?: string | undefined];

/** A table with the options of an address. */
export type AddressTable = OptionTable & {
  readonly host: ValueDefinition<string>;
  readonly port: ValueDefinition<number>;
};

/**
 * Refuses a part of an address that the command line gives in words and as `--host` or `--port`.
 *
 * @throws {CliError} that names it.
 */
export function refuseTwice(
  settings: Settings<AddressTable>,
  given: PartialAddress,
  words: AddressWords,
): void {
  for (const part of PARTS) {
    if (given[part] === undefined || settings.originOf(part) !== "command line") continue;
    throw new CliError(
      `Cannot use --${part}: the address ${words.join(" ").trim()} has a ${part} already. ` +
        "Give one of them.",
      EXIT.usage,
    );
  }
}
