/**
 * The value of an option comes from the command line, the environment, a file, or is the default, in
 * this order. Everywhere it is the same text and is read by the same parser.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";
import { cleanLine } from "../../protocol/text.ts";
import { CliError, EXIT } from "../exit.ts";
import { AddressError } from "./addresses.ts";
import {
  defaultOf,
  keyOf,
  type OptionDefinition,
  type OptionTable,
  parserOf,
  type ValuesOf,
  variablesOf,
} from "./table.ts";

/** Where a value comes from; the first one in this list that has one counts. */
const ORIGINS = ["command line", "environment", "file"] as const;
export type Origin = (typeof ORIGINS)[number] | "default";

/** Values as they were written, by the names of their options. Their parsers have accepted them. */
export type Texts = ReadonlyMap<string, string>;

/** The options of one run of a subcommand. */
export class Settings<Table extends OptionTable> {
  readonly values: ValuesOf<Table>;
  readonly #texts = new Map<string, { readonly text: string; readonly origin: Origin }>();

  /** @throws {CliError} for options that exclude each other, and for one that is missing. */
  constructor(
    private readonly table: Table,
    private readonly given: Partial<Readonly<Record<Exclude<Origin, "default">, Texts>>>,
  ) {
    for (const [name, definition] of Object.entries(table)) {
      const origin = ORIGINS.find((origin) => given[origin]?.has(name));
      const text = origin === undefined ? defaultOf(definition) : given[origin]!.get(name)!;
      if (text !== undefined) this.#texts.set(name, { text, origin: origin ?? "default" });
    }
    for (const name of Object.keys(table)) this.#settleConflicts(name);
    this.#checkRequired();
    this.values = Object.fromEntries(
      Object.entries(table).map(([name, definition]) => {
        const text = this.#texts.get(name)?.text;
        return [keyOf(name), text === undefined ? undefined : parserOf(definition)(text)];
      }),
    ) as ValuesOf<Table>;
  }

  /** The same settings with more of the command line: options that its arguments give. */
  withCommandLine(texts: Iterable<readonly [name: string, text: string]>): Settings<Table> {
    const { "command line": typed = [] } = this.given;
    return new Settings(this.table, {
      ...this.given,
      "command line": new Map([...typed, ...texts]),
    });
  }

  /** The same settings with those of a file, where neither the command line nor the environment has
   * them. */
  withFile(file: Texts): Settings<Table> {
    return new Settings(this.table, { ...this.given, file });
  }

  originOf(name: keyof Table & string): Origin {
    return this.#texts.get(name)?.origin ?? "default";
  }

  /** The value of an option as it was written. */
  textOf(name: keyof Table & string): string | undefined {
    return this.#texts.get(name)?.text;
  }

  /** The option or the variable that gives a value, for errors. */
  sourceOf(name: keyof Table & string): string {
    return this.#nameAt(this.originOf(name), name);
  }

  /** The output of `--print-config`: a table with each option, its value and its origin. */
  toString(): string {
    const rows = Object.entries(this.table).filter(([, { isOutsideFile }]) => !isOutsideFile)
      .map(([name]) => [name, this.shown(name), this.originOf(name)]);
    const [nameWidth, valueWidth] = [0, 1].map((column) =>
      Math.max(...rows.map((row) => row[column]!.length))
    );
    return rows.map(([name, value, origin]) =>
      `${name!.padEnd(nameWidth!)}  ${value!.padEnd(valueWidth!)}  ${origin}`
    ).join("\n");
  }

  /** A value as `--print-config` shows it. */
  shown(name: keyof Table & string): string {
    const definition = this.table[name]!;
    const text = this.#texts.get(name)?.text;
    if (definition.takes === "flag") return parserOf(definition)(text!) === true ? "yes" : "no";
    if (text === undefined || text === "") return `(${definition.without ?? "empty"})`;
    return definition.isSecret ? "(set)" : cleanLine(text);
  }

  /** Of two options that exclude each other, the one whose origin comes first counts. */
  #settleConflicts(name: string): void {
    for (const other of this.table[name]!.conflicts ?? []) {
      const [one, two] = [this.#isSet(name), this.#isSet(other)];
      if (one === undefined || two === undefined) continue;
      if (one === two) {
        throw new CliError(
          `Cannot use ${this.#nameAt(one, name)} together with ${this.#nameAt(one, other)}. ` +
            "Give one of them.",
          EXIT.usage,
        );
      }
      const loser = ORIGINS.indexOf(one) < ORIGINS.indexOf(two) ? other : name;
      const initial = defaultOf(this.table[loser]!);
      if (initial === undefined) this.#texts.delete(loser);
      else this.#texts.set(loser, { text: initial, origin: "default" });
    }
  }

  /** Where an option was given; `undefined` for a flag that is off. */
  #isSet(name: string): Exclude<Origin, "default"> | undefined {
    const { text, origin } = this.#texts.get(name) ?? {};
    const isOff = this.table[name]?.takes === "flag" && parserOf(this.table[name])(text!) === false;
    return origin === undefined || origin === "default" || isOff ? undefined : origin;
  }

  #nameAt(origin: Origin, name: string): string {
    return origin === "environment"
      ? variablesOf(name, this.table[name]!)[0]!.variable
      : `--${name}`;
  }

  #checkRequired(): void {
    for (const [name, definition] of Object.entries(this.table)) {
      if (definition.takes === "flag" || !definition.isRequired || this.#texts.has(name)) continue;
      throw new CliError(
        `Missing option --${name} ${definition.placeholder}. Give it, or set ` +
          `${this.#nameAt("environment", name)}.`,
        EXIT.usage,
      );
    }
  }
}

/** The fault of a value: what its parser expects; `undefined` for a valid one. */
export function faultOf(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return error instanceof AddressError ? error.reason : error.message;
  }
}

/**
 * Checks a value that a user has given.
 *
 * @param source the option or the variable.
 * @throws {CliError} that names the source, the value unless it is secret, and what was expected.
 */
export function checkValue(source: string, definition: OptionDefinition, text: string): void {
  const fault = faultOf(parserOf(definition), text);
  if (fault === undefined) return;
  const shown = definition.takes !== "flag" && definition.isSecret ? "" : ` "${cleanLine(text)}"`;
  throw new CliError(`Invalid ${source}${shown}: ${fault}`, EXIT.usage);
}

/**
 * The options that the environment gives. An empty variable counts as none.
 *
 * @throws {CliError} that names the variable.
 */
export function environmentTexts(
  table: OptionTable,
  read: (variable: string) => string | undefined,
): Texts {
  const texts = new Map<string, string>();
  for (const [name, definition] of Object.entries(table)) {
    const checked = (variable: string | undefined) => {
      const text = variable === undefined ? undefined : read(variable);
      if (variable === undefined || text === undefined || text === "") return undefined;
      if (definition.foreignValues?.includes(text)) return undefined;
      checkValue(variable, definition, text);
      return text;
    };
    for (const { variable, opposite } of variablesOf(name, definition)) {
      const text = combined(variable, opposite, checked);
      if (text === undefined) continue;
      texts.set(name, text);
      break;
    }
  }
  return texts;
}

/** The value that a variable and its opposite give together. */
function combined(
  variable: string,
  opposite: string | undefined,
  checked: (variable: string | undefined) => string | undefined,
): string | undefined {
  const parse = parserOf({ takes: "flag", help: "" });
  const given = checked(variable);
  const opposed = checked(opposite);
  if (opposed === undefined) return given;
  const negated = parse(opposed) ? "no" : "yes";
  if (given === undefined || parse(given) === parse(negated)) return given ?? negated;
  throw new CliError(
    `Cannot use ${variable} and ${opposite} together: they contradict each other. Unset one.`,
    EXIT.usage,
  );
}
