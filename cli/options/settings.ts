/**
 * Options that may be given in several places: on the command line, in the environment, in a file.
 * Everywhere a value is the same text and is read by the same parser.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../exit.ts";

/** One option, wherever it is given. */
export interface OptionDefinition<Value> {
  /** `flag` is given alone and means yes; a `list` may be given more than once. */
  readonly takes: "value" | "list" | "flag";
  /** What stands for the value in the help, such as `<number>`. */
  readonly usage: string;
  /** The heading under which the help lists it. */
  readonly group: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** The value in its absence, as somebody would write it. */
  readonly default?: string;
  /** What the help says of an option without a default. */
  readonly without?: string;
  /** A value that is shown to nobody. */
  readonly isSecret?: boolean;
  /** @throws {InvalidArgumentError} with a sentence that says what it must be. */
  readonly parse: (text: string) => Value;
}

/** Options by their names: `max-clients` is `--max-clients`, `HUBBUB_MAX_CLIENTS`, and a key of the
 * file. */
export type OptionTable = Readonly<Record<string, OptionDefinition<unknown>>>;

/** The values of a table's options. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]:
    | ReturnType<Table[Name]["parse"]>
    | (Table[Name] extends { readonly default: string } ? never : undefined);
};

/** Where a value comes from; the first in this list that has one is heard. */
export const ORIGINS = ["command line", "environment", "file", "default"] as const;
export type Origin = (typeof ORIGINS)[number];

/** Texts by the names of their options. */
export type Texts = ReadonlyMap<string, string>;

/** One option's value, and how it came about. */
export interface Setting {
  readonly name: string;
  /** `undefined` for an option that has no default and was not given. */
  readonly text: string | undefined;
  readonly origin: Origin;
}

/** Decides for each option whom to listen to. */
export function settle(
  table: OptionTable,
  given: Readonly<Record<Exclude<Origin, "default">, Texts>>,
): Setting[] {
  return Object.entries(table).map(([name, definition]) => {
    for (const origin of ORIGINS) {
      const text = origin === "default" ? definition.default : given[origin].get(name);
      if (text !== undefined) return { name, text, origin };
    }
    return { name, text: undefined, origin: "default" };
  });
}

/** The values of settings. Their texts were checked where they came from. */
export function valuesOf<Table extends OptionTable>(
  table: Table,
  settings: readonly Setting[],
): ValuesOf<Table> {
  return Object.fromEntries(
    settings.map(({ name, text }) => [
      name,
      text === undefined ? undefined : table[name]!.parse(text),
    ]),
  ) as ValuesOf<Table>;
}

/** `HUBBUB_MAX_CLIENTS` for `max-clients`. */
export function variableOf(name: string): string {
  return `HUBBUB_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** The variables of an option: a flag has a second, negated one, such as `HUBBUB_NO_WEB`. */
export function variablesOf(
  name: string,
  { takes }: Pick<OptionDefinition<unknown>, "takes">,
): readonly string[] {
  const variable = variableOf(name);
  return takes === "flag" ? [variable, variableOf(`no-${name}`)] : [variable];
}

/**
 * The options that the environment gives. An empty variable counts as none.
 *
 * @throws {CliError} that names the variable and says what it must be.
 */
export function environmentTexts(
  table: OptionTable,
  read: (variable: string) => string | undefined,
): Texts {
  const texts = new Map<string, string>();
  for (const [name, definition] of Object.entries(table)) {
    const [variable = "", opposite] = variablesOf(name, definition);
    const given = checkedText(variable, definition, read);
    const opposed = opposite === undefined ? undefined : checkedText(opposite, definition, read);
    const negated = opposed === undefined ? undefined : definition.parse(opposed) ? "no" : "yes";
    const text = given ?? negated;
    if (text === undefined) continue;
    if (negated !== undefined && definition.parse(text) !== definition.parse(negated)) {
      throw new CliError(
        `Cannot use ${variable} and ${opposite} together: they contradict each other. Unset one.`,
        EXIT.usage,
      );
    }
    texts.set(name, text);
  }
  return texts;
}

function checkedText(
  variable: string,
  definition: OptionDefinition<unknown>,
  read: (variable: string) => string | undefined,
): string | undefined {
  const text = read(variable);
  if (text === undefined || text === "") return undefined;
  const fault = faultOf(definition, text);
  if (fault !== undefined) throw new CliError(`Cannot use ${variable}: ${fault}`, EXIT.usage);
  return text;
}

/** What is wrong with a value, as a sentence; `undefined` where nothing is. */
export function faultOf(
  definition: Pick<OptionDefinition<unknown>, "parse" | "isSecret">,
  text: string,
): string | undefined {
  try {
    definition.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return definition.isSecret === true ? error.message : `${error.message} It is "${text}".`;
  }
}
