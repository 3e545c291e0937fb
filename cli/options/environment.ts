/**
 * The names of the environment variables that the program reads.
 *
 * @module
 */

import { cleanLine } from "../../protocol/text.ts";
import { isOwnVariable, OWNER_VARIABLE, PREFIX } from "./variable_names.ts";
import { ACCOUNT, ACCOUNT_PASSWORD_VARIABLE, BAN } from "./administration.ts";
import { BENCH, BENCH_REPORT } from "./bench.ts";
import { BENCH_SCENARIOS } from "./bench_scenarios.ts";
import { CHAT, CHECK, SEND, TAIL } from "./clients.ts";
import { ECHO } from "./echo.ts";
import { LEARN } from "./learn.ts";
import { SERVE } from "./serve.ts";
import { type OptionTable, variablesOf } from "./table.ts";
import { nearest } from "./values.ts";
import { readVariable } from "./variables.ts";
import { VERSION } from "./version.ts";

/** Minimum share of equal letters behind the prefix for a suggestion. */
const MIN_SIMILARITY = 0.6;

/** Maximum number of unknown variables with a warning of their own. */
const MAX_WARNINGS = 5;

/** Maximum shown length of a name, in UTF-16 units. */
const MAX_SHOWN_NAME = 64;

const COMMANDS: readonly { readonly options: OptionTable }[] = [
  ...[SERVE, CHAT, SEND, TAIL, CHECK, ECHO, BENCH, BENCH_REPORT, LEARN, VERSION],
  ...Object.values(BENCH_SCENARIOS),
  ...Object.values(ACCOUNT.commands),
  ...Object.values(BAN.commands),
];

/** Every variable that a subcommand reads. */
export function knownVariables(): ReadonlySet<string> {
  const ofOptions = COMMANDS.flatMap(({ options: table }) =>
    Object.entries(table).flatMap(([name, definition]) =>
      variablesOf(name, definition).flatMap(({ variable, opposite }) =>
        opposite === undefined ? [variable] : [variable, opposite]
      )
    )
  );
  return new Set([ACCOUNT_PASSWORD_VARIABLE, OWNER_VARIABLE, ...ofOptions]);
}

/**
 * The environment of a server to measure, in place of this program's: the variables that are set for the
 * user's own servers and clients are empty, which counts as not set.
 */
export function neutralEnvironment(): Record<string, string> {
  return Object.fromEntries(
    [...knownVariables()].filter((name) => readVariable(name) !== undefined).map((
      name,
    ) => [name, ""]),
  );
}

/** A warning for each variable `HUBBUB_...` that no subcommand reads. */
export function unknownVariableWarnings(
  names: readonly string[],
  known: ReadonlySet<string>,
): string[] {
  const unknown = names.filter((name) => isOwnVariable(name) && !known.has(name));
  const suffixes = [...known].map((name) => name.slice(PREFIX.length));
  const warnings = unknown.slice(0, MAX_WARNINGS).map((name) => {
    const shown = name.slice(0, MAX_SHOWN_NAME);
    const near = nearest(shown.slice(PREFIX.length), suffixes, MIN_SIMILARITY);
    const meant = near === undefined ? "" : ` Did you mean ${PREFIX}${near}?`;
    return `Unknown environment variable ${cleanLine(shown)}: it has no effect.${meant}`;
  });
  const more = unknown.length - warnings.length;
  return more === 0 ? warnings : [
    ...warnings,
    `${more} more environment variables HUBBUB_... are unknown and have no effect.`,
  ];
}
