/**
 * Options that the environment gives to commands without an option table.
 *
 * @module
 */

import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { closest } from "fastest-levenshtein";
import { cleanLine } from "../../protocol/mod.ts";
import { CliError, EXIT } from "../exit.ts";
import { faultOf, type OptionTable, variableOf, variablesOf } from "./settings.ts";
import { yesOrNo } from "./values.ts";

/** Variables without an option: a password, and one that the program sets for its own servers. */
const OTHER_VARIABLES = ["HUBBUB_ACCOUNT_PASSWORD", "HUBBUB_OWNER"];

/** The variables of this project's own tests. */
const TEST_PREFIX = "HUBBUB_TEST_";

/** Maximum number of unknown variables that are named one by one. */
const MAX_WARNINGS = 5;

/** Maximum shown length of a name, in UTF-16 units. */
const MAX_SHOWN_NAME = 64;

/** Every variable that some command reads. */
export function knownVariables(
  commands: readonly CommandUnknownOpts[],
  tables: readonly OptionTable[],
): ReadonlySet<string> {
  const ofCommand = ({ options, commands }: CommandUnknownOpts): string[] => [
    ...options.flatMap((option) => (option as { envVar?: string }).envVar ?? []),
    ...commands.flatMap(ofCommand),
  ];
  return new Set([
    ...OTHER_VARIABLES,
    ...commands.flatMap(ofCommand),
    ...tables.flatMap((table) =>
      Object.entries(table).flatMap(([name, definition]) => variablesOf(name, definition))
    ),
  ]);
}

/** A sentence for each variable that is named `HUBBUB_...` and read by no command. */
export function unknownVariableWarnings(
  names: readonly string[],
  known: ReadonlySet<string>,
): string[] {
  const unknown = names.filter((name) =>
    name.startsWith("HUBBUB_") && !name.startsWith(TEST_PREFIX) && !known.has(name)
  );
  const warnings = unknown.slice(0, MAX_WARNINGS).map((name) => {
    const shown = name.slice(0, MAX_SHOWN_NAME);
    const nearest = closest(shown, [...known]);
    return `hubbub reads no variable ${
      cleanLine(shown)
    }: it has no effect. Did you mean ${nearest}?`;
  });
  const more = unknown.length - warnings.length;
  return more === 0
    ? warnings
    : [...warnings, `hubbub reads ${more} more of the variables named HUBBUB_... not.`];
}

/**
 * The names of all variables; empty where they cannot be listed. The runtime lists them only to
 * programs that may read all of them; others start `/bin/cat`, which works on Linux.
 */
export async function environmentNames(): Promise<string[]> {
  try {
    const { state } = await Deno.permissions.query({ name: "env" });
    if (state === "granted") return Object.keys(Deno.env.toObject());
    if (Deno.build.os !== "linux") return [];
    const { stdout } = await new Deno.Command("/bin/cat", {
      args: ["/proc/self/environ"],
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).split("\0").map((entry) => entry.split("=", 1)[0]!);
  } catch {
    return [];
  }
}

/**
 * Takes from the environment what gives no option: an empty variable, and of an option that is given
 * alone one that says no. Commander would take each of them for a yes. What conflicts with an option of
 * the command line goes, too: that comes first.
 *
 * @param table options of another command. A flag may have the name of one of them: what only that one
 * can use, as `HUBBUB_TLS=self-signed`, is left to it.
 * @throws {CliError} that names the variable and says what it must be.
 */
export function settleEnvironment(
  options: readonly Option[],
  table: OptionTable,
  parameters: readonly string[] = [],
): void {
  const typed = options.filter((option) => isTyped(option, parameters));
  for (const option of options) {
    const { envVar } = option as { envVar?: string };
    const text = envVar === undefined ? undefined : Deno.env.get(envVar);
    if (envVar === undefined || text === undefined) continue;
    const isFlag = !option.required && !option.optional;
    const fault = isFlag && text !== "" ? faultOf({ parse: yesOrNo }, text) : undefined;
    const isOfOther = fault !== undefined &&
      Object.entries(table).some(([name, definition]) =>
        variableOf(name) === envVar && faultOf(definition, text) === undefined
      );
    if (fault !== undefined && !isOfOther) {
      throw new CliError(`Cannot use ${envVar}: ${fault}`, EXIT.usage);
    }
    const isOverruled = typed.some((other) => conflict(option, other) || conflict(other, option));
    if (text === "" || isOfOther || isOverruled || (isFlag && !yesOrNo(text))) {
      Deno.env.delete(envVar);
    }
  }
}

function isTyped({ short, long }: Option, parameters: readonly string[]): boolean {
  return parameters.some((word) =>
    word === long || word.startsWith(`${long}=`) ||
    (short !== undefined && word.startsWith(short) && !word.startsWith("--"))
  );
}

/** Whether one option is declared as conflicting with the other. */
function conflict(one: Option, other: Option): boolean {
  const { conflictsWith } = one as Option & { readonly conflictsWith: readonly string[] };
  return conflictsWith.includes(other.attributeName());
}
