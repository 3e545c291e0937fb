/**
 * An option table on the command line, as commander reads it.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { OptionDefinition, OptionTable, Texts } from "./settings.ts";
import { choicesOf, offering } from "./values.ts";

/** What the help says below the options. */
const ELSEWHERE = `
Every option can also be given in the environment, --max-clients as HUBBUB_MAX_CLIENTS, and in the
file of --config, as { "max-clients": 500 }. The command line comes first, then the environment,
then the file. --print-config shows what is in force.`;

/** Adds the options of a table to a command. */
export function addOptions(command: CommandUnknownOpts, table: OptionTable): void {
  for (const [name, definition] of Object.entries(table)) {
    for (const option of optionsOf(name, definition)) {
      command.addOption(option.helpGroup(definition.group));
    }
  }
  command.addHelpText("after", ELSEWHERE);
}

/** The options that the command line gives, as texts. Commander has checked them. */
export function commandLineTexts(command: CommandUnknownOpts, table: OptionTable): Texts {
  const texts = new Map<string, string>();
  for (const [name, { takes }] of Object.entries(table)) {
    const key = new Option(`--${name}`).attributeName();
    if (command.getOptionValueSource(key) !== "cli") continue;
    const value: unknown = command.getOptionValue(key);
    texts.set(name, takes === "flag" ? (value === true ? "yes" : "no") : String(value));
  }
  return texts;
}

function optionsOf(name: string, definition: OptionDefinition<unknown>): Option[] {
  const { takes, usage, help, default: initial, without } = definition;
  if (takes === "flag") {
    // The one that changes the default is shown; the other takes back what a file says.
    const yes = new Option(`--${name}`, help);
    const no = new Option(`--no-${name}`, `do not ${help}`);
    return initial === "yes" ? [yes.hideHelp(), no] : [yes, no.hideHelp()];
  }
  let given: string | undefined;
  const read = (text: string) => {
    definition.parse(text);
    given = takes === "list" && given !== undefined ? `${given},${text}` : text;
    return given;
  };
  const choices = choicesOf(definition.parse);
  const option = new Option(`--${name} ${usage}`, help)
    .argParser(choices === undefined ? read : offering(choices, read));
  const shown = initial === undefined || initial === "" ? without : initial;
  return [shown === undefined ? option : option.default(shown, shown)];
}
