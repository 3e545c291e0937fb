/**
 * The manual pages, made from the definitions of the command line: one for the program and one for
 * each subcommand, such as `hubbub-bench-connect.1`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "../../cli/options/commander.ts";
import { EXIT } from "../../cli/exit.ts";
import { definitionOf } from "../../cli/options/command_line.ts";
import {
  type CommandDefinition,
  type OptionDefinition,
  variablesOf,
} from "../../cli/options/table.ts";
import { choicesOf } from "../../cli/options/values.ts";
import {
  bold,
  escaped,
  filled,
  italic,
  item,
  literal,
  paragraphs,
  quoted,
  section,
} from "./roff.ts";

/** What is printed at the foot of each page. */
export interface ManualEdition {
  readonly version: string;
  /** Of the sources; the page has its date, in UTC. */
  readonly time: Date;
}

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "Success.",
  failed: "A check or a threshold failed, messages were lost, or the server refused.",
  usage: "The command line cannot be used.",
  network: "Cannot connect or listen.",
  interrupted: "Ended by Ctrl+C.",
};

/** All pages by their file names, in the order of the help. */
export function manualPages(
  program: CommandUnknownOpts,
  edition: ManualEdition,
): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  for (const command of [program, ...subcommandsOf(program)]) {
    const lines = [...head(command, edition), ...bodyOf(command), ...seeAlso(command, program)];
    pages.set(`${pageName(command)}.1`, `${lines.join("\n")}\n`);
  }
  return pages;
}

/** The subcommands of a command with their own ones, without commander's `help`. */
function subcommandsOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.commands.flatMap((inner) => [inner, ...subcommandsOf(inner)]);
}

/** The words of a command, such as `hubbub bench connect`. */
function wordsOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}

function pageName(command: CommandUnknownOpts): string {
  return wordsOf(command).replaceAll(" ", "-");
}

function head(command: CommandUnknownOpts, { version, time }: ManualEdition): string[] {
  const name = pageName(command);
  const title = quoted(name.toUpperCase());
  const usage = command.createHelp().commandUsage(command).slice(wordsOf(command).length + 1);
  const summary = command.summary() || "chat server, its clients and a load tester";
  return [
    `.TH ${title} 1 ${time.toISOString().slice(0, 10)} ${
      quoted(`hubbub ${version}`)
    } "hubbub manual"`,
    // Names of options and variables are not hyphenated at the end of a line.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${escaped(name)} \\-`,
    ...filled(summary),
    ".SH SYNOPSIS",
    // One line, as in the help.
    `${bold(wordsOf(command))} ${escaped(usage)}`,
  ];
}

function bodyOf(command: CommandUnknownOpts): string[] {
  const definition = definitionOf(command);
  const description = section("DESCRIPTION", paragraphs(command.description()));
  if (definition === undefined) {
    return [
      ...description,
      ...section("COMMANDS", command.commands.flatMap(commandItem)),
      ...(command.parent === null ? programSections(command) : section("OPTIONS", helpItem())),
    ];
  }
  return [
    ...description,
    ...section("ARGUMENTS", argumentItems(definition)),
    ...optionSections(definition),
    ...noteSections(definition.notes ?? ""),
  ];
}

function commandItem(command: CommandUnknownOpts): string[] {
  return item(reference(pageName(command)), command.summary());
}

function reference(page: string): string {
  return `${bold(page)}(1)`;
}

function argumentItems({ arguments: places = [] }: CommandDefinition): string[] {
  return places.flatMap(({ usage, help, choices }) =>
    item(italic(usage), sentenceOf(help) + choicesSentence(choices))
  );
}

/** The options below the headings that the help has. */
function optionSections({ options }: CommandDefinition): string[] {
  const groups = new Map<string, string[]>([["", []]]);
  for (const [name, definition] of Object.entries(options)) {
    if (definition.isHidden) continue;
    const group = definition.group?.replace(/:$/, "") ?? "";
    groups.set(group, [...(groups.get(group) ?? []), ...optionItem(name, definition)]);
  }
  groups.set("", [...groups.get("")!, ...helpItem()]);
  // Options without a heading come last, and then need one where others have one.
  const [ungrouped, ...grouped] = [...groups];
  const ordered = grouped.length === 0
    ? [ungrouped!]
    : [...grouped, ["Other options", ungrouped![1]] as const];
  return section(
    "OPTIONS",
    ordered.flatMap((
      [heading, lines],
    ) => [...(heading === "" ? [] : [`.SS ${quoted(heading)}`]), ...lines]),
  );
}

function helpItem(): string[] {
  return item(`${bold("-h")}, ${bold("--help")}`, "Display the help.");
}

function optionItem(name: string, definition: OptionDefinition): string[] {
  const isNegated = definition.takes === "flag" && definition.default === "yes";
  const names = [definition.short, `--${isNegated ? "no-" : ""}${name}`]
    .filter((each) => each !== undefined).map(bold).join(", ");
  const value = definition.takes === "flag" ? "" : ` ${italic(bareName(definition.placeholder))}`;
  const facts = definition.takes === "flag" ? "" : valueSentences(definition);
  const [{ variable, opposite } = {}] = variablesOf(name, definition);
  const shown = isNegated ? opposite : variable;
  const environment = shown === undefined ? "" : ` Environment: ${shown}.`;
  return item(names + value, sentenceOf(definition.help) + facts + environment);
}

function valueSentences(
  { default: initial = "", without = "", parse, isRequired }: Exclude<
    OptionDefinition,
    { takes: "flag" }
  >,
): string {
  const shown = initial === "" ? without : initial;
  return choicesSentence(choicesOf(parse)) + (isRequired ? " Required." : "") +
    (shown === "" ? "" : ` Default: ${shown}.`);
}

function choicesSentence(choices: readonly string[] | undefined): string {
  return choices === undefined ? "" : ` One of: ${choices.join(", ")}.`;
}

function bareName(placeholder: string): string {
  return placeholder.replace(/^<(.*)>$/, "$1");
}

/** A help, which is a phrase, as a sentence. */
function sentenceOf(help: string): string {
  // The names of programs and values keep their case: `full: a message ...`.
  const text = /^[a-z-]+:/.test(help) ? help : help[0]!.toUpperCase() + help.slice(1);
  return `${text}.`;
}

/** The end of the help: examples and exit codes have sections of their own. */
function noteSections(notes: string): string[] {
  const parts = notes === "" ? [] : notes.split("\n\n");
  const has = (heading: string) => (part: string) => part.startsWith(`${heading}:`);
  const examples = parts.filter(has("Examples"));
  const codes = parts.filter(has("Exit codes"));
  const others = parts.filter((part) => !examples.includes(part) && !codes.includes(part));
  return [
    ...section("NOTES", others.length === 0 ? [] : paragraphs(others.join("\n\n"))),
    ...section("EXIT STATUS", codes.flatMap((part) => filled(phraseOf(part)))),
    ...section("EXAMPLES", examples.flatMap((part) => literal(part.split("\n").slice(1)))),
  ];
}

/** The text behind `Exit codes:`. */
function phraseOf(part: string): string {
  return part.slice(part.indexOf(":") + 1).replaceAll("\n", " ").trim();
}

function programSections(program: CommandUnknownOpts): string[] {
  const name = program.name();
  return [
    ...section("OPTIONS", [
      ...item(`${bold("-V")}, ${bold("--version")}`, "Print the version."),
      ...helpItem(),
    ]),
    ...section(
      "EXIT STATUS",
      Object.entries(EXIT).flatMap(([key, code]) =>
        item(bold(String(code)), EXIT_MEANINGS[key as keyof typeof EXIT])
      ),
    ),
    ...section("ENVIRONMENT", [
      ...filled(
        `The page of each command names the variables of its options, such as HUBBUB_PORT. The command ` +
          `line comes before the environment, and the environment before the file of --config.`,
      ),
      ...item(
        bold("NO_COLOR"),
        "No colours on a terminal.",
      ),
    ]),
    ...section("FILES", [
      ...item(italic("~/.config/hubbub/client.json"), "Names of servers for the clients."),
      ...item(italic("~/.config/hubbub/learn.json"), "How far you are in the lessons."),
      ...filled("They are in $XDG_CONFIG_HOME/hubbub if that variable is set."),
    ]),
    ...section(
      "EXAMPLES",
      literal([
        `${name} serve                     start a server on 127.0.0.1:8080`,
        `${name} chat                      join it; nc 127.0.0.1 8080 works, too`,
        `${name} bench broadcast           load-test a server that it starts`,
      ]),
    ),
  ];
}

/** The pages around a command: of the program, of its group, and of its subcommands. */
function seeAlso(command: CommandUnknownOpts, program: CommandUnknownOpts): string[] {
  const hasList = definitionOf(command) === undefined;
  const related = [
    ...(command === program ? [] : [program]),
    ...(command.parent === null || command.parent === program ? [] : [command.parent]),
    ...(hasList ? [] : command.commands),
  ];
  return section(
    "SEE ALSO",
    related.length === 0 ? [] : [related.map((each) => reference(pageName(each))).join(", ")],
  );
}
