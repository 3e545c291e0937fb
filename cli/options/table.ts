/**
 * The types of option tables and of subcommands. The command line, the environment, the configuration
 * files, `--print-config`, the completions and the tables in `docs/` are made from such tables or
 * compared with them.
 *
 * Nothing in `cli/options/` loads the code that runs a subcommand.
 *
 * @module
 */

import { yesOrNo } from "./values.ts";

interface CommonDefinition {
  /** A name of one letter, with its dash. Of a flag whose default is yes it is that of `--no-...`. */
  readonly short?: `-${string}`;
  /** The heading in the help. Default: `Options:`. */
  readonly group?: string;
  /** A noun phrase or an imperative. Of a flag whose default is yes: what `--no-...` does. */
  readonly help: string;
  /** The environment variables; the first one that is set counts. Default: {@link variableOf} its name. */
  readonly variables?: readonly string[];
  /** Values of a shared variable that only another subcommand reads. */
  readonly foreignValues?: readonly string[];
  /** Names of options of the same table that exclude this one. */
  readonly conflicts?: readonly string[];
  /** Left out of the help and of the completions. */
  readonly isHidden?: true;
  /** Changed in a running server that rereads its configuration file. */
  readonly isLive?: true;
  /** Not a key of the configuration file, and not shown by `--print-config`. */
  readonly isOutsideFile?: true;
}

/** An option without a value: `--NAME`, or `--no-NAME`. */
export interface FlagDefinition extends CommonDefinition {
  readonly takes: "flag";
  /** Default: `no`. */
  readonly default?: "yes" | "no";
}

/** An option with a value. */
export interface ValueDefinition<Value> extends CommonDefinition {
  /** A `list` may be given more than once. */
  readonly takes: "value" | "list";
  /** The value in the help, such as `<number>`. */
  readonly placeholder: string;
  /** The value in its absence, as a user would write it. */
  readonly default?: string;
  /** Shown by the help in place of a default. */
  readonly without?: string;
  /** Never printed, and not part of an error. */
  readonly isSecret?: true;
  readonly isRequired?: true;
  /** @throws {InvalidArgumentError} with what was expected, as the end of a sentence. */
  readonly parse: (text: string) => Value;
}

/** A row: one option, wherever it is given. */
export type OptionDefinition<Value = unknown> = FlagDefinition | ValueDefinition<Value>;

/** Options by their names, in kebab case: `a-name` is `--a-name`, `HUBBUB_A_NAME` and a key of the
 * configuration file. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** `aName` of `a-name`. */
type CamelCase<Name> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The values of a table's options, by their names in camel case. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table as CamelCase<Name>]: Table[Name] extends { readonly takes: "flag" }
    ? boolean
    : Table[Name] extends { readonly parse: (text: string) => infer Value } ?
        | Value
        | (Table[Name] extends { readonly default: string } | { readonly isRequired: true } ? never
          : undefined)
    : never;
};

export interface ArgumentDefinition {
  /** Such as `[port]` or `<name>`. */
  readonly usage: string;
  readonly help: string;
  /** The words that completions offer. */
  readonly choices?: readonly string[];
  /** @throws {InvalidArgumentError} with what was expected. */
  readonly parse?: (text: string) => unknown;
}

/** The arguments of an address: one word, or a host and a port. @param help of the first one. */
export function addressArguments(help: string): readonly ArgumentDefinition[] {
  return [{ usage: "[host[:port]]", help }, { usage: "[port]", help: "port, after a host" }];
}

/** A subcommand, without the code that runs it. */
export interface CommandDefinition<Table extends OptionTable = OptionTable> {
  readonly name: string;
  /** Its line in the list of subcommands. */
  readonly summary: string;
  readonly description: string;
  /** The command line in the help. Default: made from the arguments. */
  readonly usage?: string;
  readonly arguments?: readonly ArgumentDefinition[];
  /** The error for words, or a command behind `--`, of a subcommand without arguments. */
  readonly refusal?: string;
  readonly options: Table;
  /** The end of the help. */
  readonly notes?: string;
}

/** Keeps the types of the rows of a definition. */
export function command<const Table extends OptionTable>(
  definition: CommandDefinition<Table>,
): CommandDefinition<Table> {
  return definition;
}

export function parserOf(definition: OptionDefinition): (text: string) => unknown {
  return definition.takes === "flag" ? yesOrNo : definition.parse;
}

/** The value of an option in its absence, as a user would write it. */
export function defaultOf(definition: OptionDefinition): string | undefined {
  return definition.takes === "flag" ? definition.default ?? "no" : definition.default;
}

/** `aName` for `a-name`. */
export function keyOf(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `HUBBUB_A_NAME` for `a-name`. */
export function variableOf(name: string): string {
  return `HUBBUB_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** The variables of an option, and of a flag the negated ones: `HUBBUB_NO_A_NAME`. */
export function variablesOf(
  name: string,
  { takes, variables = [variableOf(name)] }: OptionDefinition,
): { readonly variable: string; readonly opposite: string | undefined }[] {
  return variables.map((variable) => ({
    variable,
    opposite: takes === "flag" ? variable.replace("HUBBUB_", "HUBBUB_NO_") : undefined,
  }));
}

/** Puts options below a heading in the help. */
export function inGroup<const Table extends OptionTable>(group: string, table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, definition]) => [name, { ...definition, group }]),
  ) as unknown as Table;
}

/** The same option in a table without headings. */
export function ungrouped<Row extends object>(row: Row): Row {
  return { ...row, group: undefined };
}

/** The help of an option, with its variable if that is not the one of its name. */
export function helpOf(
  name: string,
  { help, variables: [variable] = [] }: OptionDefinition,
): string {
  const isUsual = variable === undefined || variable === variableOf(name);
  return isUsual ? help : `${help} (env: ${variable})`;
}
