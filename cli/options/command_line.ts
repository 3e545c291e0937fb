/**
 * Definitions of subcommands on the command line, as commander reads it.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts, Option } from "./commander.ts";
import { CliError, EXIT } from "../exit.ts";
import { checkValue, environmentTexts, Settings, type Texts } from "./settings.ts";
import {
  type CommandDefinition,
  helpOf,
  keyOf,
  type OptionDefinition,
  type OptionTable,
  variableOf,
} from "./table.ts";
import { choicesOf } from "./values.ts";
import { variable } from "./variables.ts";

/** Minimum width of the help of an option to be wrapped: with the longest names it is half of a terminal
 * with 80 columns. */
export const MIN_WIDTH_TO_WRAP = 30;

/** Runs a subcommand with its options and the words of its arguments. */
export type Run<Table extends OptionTable> = (
  settings: Settings<Table>,
  words: readonly string[],
) => void | Promise<void>;

const DEFINITIONS = new WeakMap<CommandUnknownOpts, CommandDefinition>();

/** The definition that a command was made from; `undefined` for groups of subcommands. */
export function definitionOf(command: CommandUnknownOpts): CommandDefinition | undefined {
  return DEFINITIONS.get(command);
}

/**
 * A subcommand of commander.
 *
 * @param load loads the code that runs it.
 */
export function commandOf<Table extends OptionTable>(
  definition: CommandDefinition<Table>,
  load: () => Promise<Run<Table>>,
): Command {
  const { name, summary } = definition;
  return define(new Command(name).summary(summary), definition, load);
}

/** Gives a subcommand that has only its name all that its definition has. */
export function define<Table extends OptionTable>(
  command: Command,
  definition: CommandDefinition<Table>,
  load: () => Promise<Run<Table>>,
): Command {
  const { description, usage, options, notes, refusal } = definition;
  command.description(description);
  DEFINITIONS.set(command, definition);
  if (usage !== undefined) command.usage(usage);
  for (const { usage, help, choices, parse } of definition.arguments ?? []) {
    const argument = new Argument(usage, help);
    if (choices !== undefined) argument.choices(choices);
    if (parse !== undefined) argument.argParser(parse);
    command.addArgument(argument);
  }
  addOptions(command, options);
  for (const text of [environmentNote(options), notes]) {
    if (text !== undefined) command.addHelpText("after", `\n${text}`);
  }
  return command.action(async (...parameters: unknown[]) => {
    const self = parameters.at(-1) as CommandUnknownOpts;
    if (refusal !== undefined && self.args.length > 0) throw new CliError(refusal, EXIT.usage);
    const run = await load();
    await run(settingsOf(self, options), self.args);
  }) as Command;
}

/** The forms of commander's errors, and ours. */
const ERRORS: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown (command|option) '(.*)'(?:\n\(Did you mean (.*)\?\))?$/m, 'Unknown $1 "$2".'],
  [
    /^error: too many arguments.* Expected (\d+) .* got (\d+): (.*)\.$/m,
    "Too many arguments: expected at most $1, got $2: $3.",
  ],
  [/^error: missing required argument '(.*)'$/m, "Missing argument <$1>."],
  [/^error: option '(.*)' argument missing$/m, "Missing value of $1."],
  [
    /^error: command-argument value '(.*)' is invalid for argument '(.*)'\. (.*)$/m,
    'Invalid $2 "$1": $3',
  ],
];

/** An error of commander in the style of this program's own. */
export function plainError(text: string): string {
  const [, similar] = /\n\(Did you mean (.*)\?\)/.exec(text) ?? [];
  const suggested = similar === undefined ? "" : ` Did you mean "${similar}"?`;
  for (const [form, own] of ERRORS) {
    if (form.test(text)) return text.replace(form, own + suggested);
  }
  return text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
}

/** How to give the options in the environment; `undefined` if none has a variable. */
function environmentNote(table: OptionTable): string | undefined {
  const names = Object.keys(table).filter((name) => table[name]!.variables === undefined);
  const name = names.find((name) => name.includes("-")) ?? names[0];
  if (name === undefined) return undefined;
  const shownName = isOnByDefault(table[name]!) ? `no-${name}` : name;
  return `Options can also be given in the environment, such as
--${shownName} as ${variableOf(shownName)}.`;
}

/** Whether it is a flag whose negation the help lists, such as `--no-color`. */
function isOnByDefault(definition: OptionDefinition): boolean {
  return definition.takes === "flag" && definition.default === "yes";
}

/** Adds the options of a table to a command. */
export function addOptions(command: CommandUnknownOpts, table: OptionTable): void {
  for (const [name, definition] of Object.entries(table)) {
    for (const option of optionsOf(name, definition)) {
      if (definition.isHidden) option.hideHelp();
      if (definition.group !== undefined) option.helpGroup(definition.group);
      command.addOption(option);
    }
  }
}

/**
 * The options of a command that commander has parsed, with those of the environment.
 *
 * @param read reads a variable.
 */
export function settingsOf<Table extends OptionTable>(
  command: CommandUnknownOpts,
  table: Table,
  read: (variable: string) => string | undefined = variable,
): Settings<Table> {
  return new Settings(table, {
    "command line": commandLineTexts(command, table),
    environment: environmentTexts(table, read),
  });
}

function commandLineTexts(command: CommandUnknownOpts, table: OptionTable): Texts {
  const texts = new Map<string, string>();
  for (const [name, { takes }] of Object.entries(table)) {
    const key = keyOf(name);
    if (command.getOptionValueSource(key) !== "cli") continue;
    const value: unknown = command.getOptionValue(key);
    texts.set(name, takes === "flag" ? (value === true ? "yes" : "no") : String(value));
  }
  return texts;
}

function optionsOf(name: string, definition: OptionDefinition): Option[] {
  const short = definition.short === undefined ? "" : `${definition.short}, `;
  const help = helpOf(name, definition);
  if (definition.takes === "flag") {
    // The one that changes the default is shown; the other one overrides a file.
    return isOnByDefault(definition)
      ? [new Option(`--${name}`).hideHelp(), new Option(`${short}--no-${name}`, help)]
      : [new Option(`${short}--${name}`, help), new Option(`--no-${name}`).hideHelp()];
  }
  const { takes, placeholder, default: initial, without, parse } = definition;
  let given: string | undefined;
  const option = new Option(`${short}--${name} ${placeholder}`, help).argParser((text) => {
    checkValue(`--${name}`, definition, text);
    given = takes === "list" && given !== undefined ? `${given},${text}` : text;
    return given;
  });
  const choices = choicesOf(parse);
  if (choices !== undefined) option.argChoices = [...choices];
  const shown = initial === undefined || initial === "" ? without : initial;
  return [shown === undefined ? option : option.default(shown, shown)];
}
