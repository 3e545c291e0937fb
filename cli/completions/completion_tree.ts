/**
 * The command line of the program, as the scripts of all shells need it.
 *
 * @module
 */

import type { Argument, CommandUnknownOpts, Option } from "../options/commander.ts";
import { choicesOf } from "../options/values.ts";

/** The values of an option or an argument: one of some words, a path, or anything. */
export type Values =
  | { readonly type: "choices"; readonly choices: readonly string[] }
  | { readonly type: "files" | "folders" | "anything" };

/** An option of a command. */
export interface CompletedOption {
  /** Such as `-c` and `--connections`. */
  readonly names: readonly string[];
  readonly help: string;
  /** Its value in the help, such as `number`. */
  readonly valueName: string;
  /** `undefined` for a flag. */
  readonly values: Values | undefined;
}

/** A subcommand, or one of its own subcommands. */
export interface CompletedCommand {
  /** Such as `serve` or `bench connect`. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** The values of its arguments, in their order. */
  readonly places: readonly Values[];
}

/** A program with subcommands. */
export interface CommandLine {
  readonly program: string;
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
  /** Their subcommands, whose names have two words. */
  readonly nested: readonly CompletedCommand[];
}

/** Reads the definition of a program, without hidden options. */
export function commandLineOf(program: CommandUnknownOpts): CommandLine {
  const commands = subcommandsOf(program);
  return {
    program: program.name(),
    options: optionsOf(program),
    commands: commands.map((command) =>
      // Commander's help command has no list of the commands.
      command.name() === "help"
        ? helpOn(command, program.commands)
        : completed(command, command.name())
    ),
    nested: commands.flatMap((command) =>
      subcommandsOf(command).map((inner) => completed(inner, `${command.name()} ${inner.name()}`))
    ),
  };
}

function subcommandsOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.createHelp().visibleCommands(command);
}

function completed(command: CommandUnknownOpts, name: string): CompletedCommand {
  const summary = command.summary() || command.description();
  return { name, summary, options: optionsOf(command), places: placesOf(command) };
}

function helpOn(
  help: CommandUnknownOpts,
  commands: readonly CommandUnknownOpts[],
): CompletedCommand {
  const places = [withWords({ type: "anything" }, commands)];
  return { name: help.name(), summary: help.description(), options: [], places };
}

/** A subcommand takes the place of the first argument. */
function placesOf(command: CommandUnknownOpts): Values[] {
  const [first = { type: "anything" }, ...others] = command.registeredArguments.flatMap(
    placesOfOne,
  );
  const inner = subcommandsOf(command);
  return [inner.length === 0 ? first : withWords(first, inner), ...others];
}

function withWords(values: Values, commands: readonly CommandUnknownOpts[]): Values {
  const choices = values.type === "choices" ? values.choices : [];
  return { type: "choices", choices: [...choices, ...commands.map((command) => command.name())] };
}

function optionsOf(command: CommandUnknownOpts): CompletedOption[] {
  return command.createHelp().visibleOptions(command).map((option) => ({
    names: [option.short, option.long].filter((name) => name !== undefined),
    help: option.description,
    valueName: valueNameOf(option),
    values: option.required || option.optional ? valuesOf(option) : undefined,
  }));
}

function valueNameOf({ flags }: Option): string {
  return /[<[](.+)[>\]]$/.exec(flags)?.[1] ?? "";
}

function valuesOf(option: Option): Values {
  const choices = option.argChoices ?? choicesOf(option.parseArg);
  if (choices !== undefined) return { type: "choices", choices };
  switch (valueNameOf(option)) {
    case "file":
      return { type: "files" };
    case "folder":
      return { type: "folders" };
    default:
      return { type: "anything" };
  }
}

/** Places of an argument that may be repeated. */
const REPEATED_PLACES = 8;

function placesOfOne(argument: Argument): Values[] {
  const { argChoices, variadic } = argument;
  const values: Values = argChoices !== undefined
    ? { type: "choices", choices: argChoices }
    : argument.name() === "files"
    ? { type: "files" }
    : { type: "anything" };
  return Array<Values>(variadic ? REPEATED_PLACES : 1).fill(values);
}
