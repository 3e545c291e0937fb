/**
 * Options that the environment gives to `bench`.
 *
 * @module
 */

import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "./exit.ts";
import { faultOf } from "./options/settings.ts";
import { yesOrNo } from "./options/values.ts";

/** The variables of a command and of those within it. */
export function variablesOfCommand({ options, commands }: CommandUnknownOpts): string[] {
  return [
    ...options.flatMap((option) => (option as { envVar?: string }).envVar ?? []),
    ...commands.flatMap(variablesOfCommand),
  ];
}

/**
 * Removes the variables from the environment that give no option: empty ones, flags that say no, and
 * those that conflict with an option of the command line. Commander would read each of them.
 *
 * @throws {CliError} that names the variable and what it must be.
 */
export function settleEnvironment(
  options: readonly Option[],
  parameters: readonly string[] = [],
): void {
  const typed = options.filter((option) => isTyped(option, parameters));
  for (const option of options) {
    const { envVar } = option as { envVar?: string };
    const text = envVar === undefined ? undefined : Deno.env.get(envVar);
    if (envVar === undefined || text === undefined) continue;
    const isFlag = !option.required && !option.optional;
    const fault = isFlag && text !== "" ? faultOf(yesOrNo, text) : undefined;
    if (fault !== undefined) {
      throw new CliError(`Invalid ${envVar} "${text}": ${fault}`, EXIT.usage);
    }
    const isOverruled = typed.some((other) => conflict(option, other) || conflict(other, option));
    if (text === "" || isOverruled || (isFlag && !yesOrNo(text))) Deno.env.delete(envVar);
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
