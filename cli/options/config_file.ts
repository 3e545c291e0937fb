/**
 * The file of `--config`: a JSON object with the names of options as keys.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { closest } from "fastest-levenshtein";
import * as v from "valibot";
import { cleanLine } from "../../protocol/text.ts";
import { CliError, EXIT, fileFault } from "../exit.ts";
import { refuseWritableByAll } from "../file_trust.ts";
import { faultOf, type Texts } from "./settings.ts";
import { type OptionDefinition, type OptionTable, parserOf } from "./table.ts";

const NO_OBJECT = "it must be an object with the names of options as keys.";

/**
 * Reads the options that a file gives.
 *
 * @throws {CliError} when the file cannot be read, can be changed by all users, is not a JSON object, or has an unknown key or an
 * invalid value.
 */
export async function configFileTexts(table: OptionTable, path: string): Promise<Texts> {
  refuseWritableByAll(path);
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
  }
  return parseConfig(table, path, content);
}

/** Reads the content of a file as {@link configFileTexts} does. */
export function parseConfig(table: OptionTable, path: string, content: string): Texts {
  const { value, fail } = parseJsonFile(path, content);
  return checkedTexts(table, value, fail);
}

/**
 * Parses a file that can hold passwords.
 *
 * @returns its value, and a function that throws for a wrong one.
 * @throws {CliError} when it is not JSON, with the line, if it is known.
 */
export function parseJsonFile(
  path: string,
  content: string,
): { readonly value: unknown; readonly fail: (what: string) => never } {
  const fail = (what: string): never => {
    throw new CliError(`Cannot use ${path}: ${what}`, EXIT.usage);
  };
  try {
    return { value: JSON.parse(content), fail };
  } catch (error) {
    return fail(`it is not JSON: ${syntaxFault((error as Error).message, content)}.`);
  }
}

/** Number of characters before an unexpected one that V8 quotes. */
const QUOTED_CHARACTERS = 10;

/** The message of `JSON.parse` with a line in place of the quoted part of the file, which may be a
 * password. */
function syntaxFault(message: string, content: string): string {
  const [, fault = message, cut, quoted = ""] =
    /^(.*?), (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message) ?? [];
  if (cut === undefined) return cleanLine(fault);
  const before = content.slice(0, content.indexOf(quoted) + QUOTED_CHARACTERS);
  return `${cleanLine(fault)} in line ${before.split("\n").length}`;
}

/**
 * Checks a JSON value, and returns the texts of its options.
 *
 * @param fail throws an error with this reason.
 */
export function checkedTexts(
  table: OptionTable,
  value: unknown,
  fail: (what: string) => never,
): Texts {
  // To the schema, a list would be an object with numbers as keys.
  if (Array.isArray(value)) return fail(NO_OBJECT);
  const checked = v.safeParse(schemaOf(table), value);
  if (!checked.success) return fail(issueText(table, checked.issues[0]));
  // JSON has no `undefined`.
  return new Map(Object.entries(checked.output) as [string, string][]);
}

/** The schema of the file, with the texts of the options as output. */
function schemaOf(table: OptionTable) {
  const entries = Object.entries(table)
    .map(([name, definition]) => [name, v.optional(valueSchema(definition))] as const);
  return v.strictObject(
    Object.fromEntries(entries) as Record<string, v.GenericSchema<unknown, string | undefined>>,
  );
}

function valueSchema(definition: OptionDefinition): v.GenericSchema<unknown, string> {
  return v.pipe(
    textSchema(definition.takes),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? faultOf(parserOf(definition), dataset.value) : undefined;
      if (fault === undefined) return;
      const isSecret = definition.takes !== "flag" && definition.isSecret;
      addIssue({ message: `invalid value${isSecret ? "" : ` "${dataset.value}"`}: ${fault}` });
    }),
  );
}

function textSchema(takes: OptionDefinition["takes"]): v.GenericSchema<unknown, string> {
  switch (takes) {
    case "flag":
      return v.pipe(
        v.boolean("expected true or false."),
        v.transform((isSet) => isSet ? "yes" : "no"),
      );
    case "list":
      return v.pipe(
        v.array(v.string("expected a list of texts."), "expected a list of texts."),
        v.transform((items) => items.join(",")),
      );
    case "value":
      return v.pipe(
        v.union([v.string(), v.number()], "expected a text or a number."),
        v.transform(String),
      );
  }
}

/** The key and its fault. */
function issueText(table: OptionTable, issue: v.BaseIssue<unknown>): string {
  const key = issue.path?.[0]?.key;
  if (key === undefined) return NO_OBJECT;
  const shown = `"${cleanLine(String(key))}"`;
  if (issue.type !== "strict_object") return `${shown}: ${cleanLine(issue.message)}`;
  return `there is no option ${shown}. Did you mean "${
    closest(String(key).slice(0, 64), Object.keys(table))
  }"?`;
}
