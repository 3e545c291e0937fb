/**
 * The file of `--config`: a JSON object with the names of options as keys.
 *
 * @module
 */

import { closest } from "fastest-levenshtein/esm/mod.js";
import * as v from "valibot";
import { cleanLine } from "../../protocol/text.ts";
import { CliError, EXIT } from "../exit.ts";
import { faultOf, type Texts } from "./settings.ts";
import { type OptionDefinition, type OptionTable, parserOf } from "./table.ts";
import { REPLACEMENT } from "./variables.ts";

const NO_OBJECT = "it must be an object with the names of options as keys.";

/**
 * Reads the options of the content of a file.
 *
 * @param path for the error.
 * @throws {ConfigError} when it is not a JSON object, or has an unknown key or an invalid value.
 */
export function parseConfig(table: OptionTable, path: string, content: string): Texts {
  const { value } = parseJsonFile(path, content);
  return checkedTexts(table, value, (what, key) => {
    throw new ConfigError(path, key === undefined ? undefined : lineOfKey(content, key), what);
  });
}

/** A text of JSON, or a bracket, in valid JSON; a text that is a key with its colon. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g;

/**
 * The line of a key in a JSON object, from 1. Of several with the same name the last one counts, as it
 * does for its value.
 *
 * @param content valid JSON.
 * @returns `undefined` if the object itself, not one in it, has no such key.
 */
export function lineOfKey(content: string, key: string): number | undefined {
  let depth = 0;
  let found: number | undefined;
  for (const { 0: token, 1: text, 2: colon, index } of content.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && colon !== undefined && JSON.parse(text!) === key) found = index;
  }
  return found === undefined ? undefined : lineAt(content, found);
}

function lineAt(content: string, index: number): number {
  return content.slice(0, index).split("\n").length;
}

/** A file that was read and cannot be used. */
export class ConfigError extends CliError {
  /**
   * @param line from 1, if it is known.
   * @param fault the end of a sentence.
   */
  constructor(path: string, readonly line: number | undefined, readonly fault: string) {
    const where = line === undefined ? path : `${path}, line ${line}`;
    super(`Cannot use ${where}: ${fault}`, EXIT.usage);
  }
}

/**
 * Parses a file that can hold passwords.
 *
 * @returns its value, and a function that throws for a wrong one.
 * @throws {ConfigError} when it is not JSON in UTF-8: another password would be read.
 */
export function parseJsonFile(
  path: string,
  content: string,
): { readonly value: unknown; readonly fail: (what: string) => never } {
  const fail = (what: string, line?: number): never => {
    throw new ConfigError(path, line, what);
  };
  const wrong = content.indexOf(REPLACEMENT);
  if (wrong !== -1) return fail("it is not valid UTF-8.", lineAt(content, wrong));
  try {
    return { value: JSON.parse(content), fail };
  } catch (error) {
    const { fault, line } = syntaxFault((error as Error).message, content);
    return fail(`it is not JSON: ${cleanLine(fault)}.`, line);
  }
}

/** Number of characters before an unexpected one that V8 quotes. */
const QUOTED_CHARACTERS = 10;

/** The message of `JSON.parse` without a quoted part of the file, which may be a password, and its line. */
function syntaxFault(message: string, content: string): { fault: string; line: number } {
  const [, named, known] = /^(.*) at position \d+ \(line (\d+) column \d+\)$/s.exec(message) ?? [];
  if (named !== undefined) return { fault: named, line: Number(known) };
  const [, fault = message, cut, quoted = ""] =
    /^(.*?), (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message) ?? [];
  const index = cut === undefined
    ? unquotedIndex(content, fault)
    : content.indexOf(quoted) + QUOTED_CHARACTERS;
  return { fault, line: lineAt(content, index) };
}

/** The index of the unexpected token near the beginning of a file; its end without one. */
function unquotedIndex(content: string, fault: string): number {
  const [, token] = /^Unexpected token '(.+)'$/s.exec(fault) ?? [];
  const unquoted = content.replace(/"(?:[^"\\\n]|\\.)*"/g, ({ length }) => " ".repeat(length));
  const index = token === undefined ? -1 : unquoted.indexOf(token);
  return index === -1 ? content.length : index;
}

/**
 * Checks a JSON value, and returns the texts of its options.
 *
 * @param fail throws an error with this reason, about a key or the whole value.
 */
export function checkedTexts(
  table: OptionTable,
  value: unknown,
  fail: (what: string, key?: string) => never,
): Texts {
  // To the schema, a list would be an object with numbers as keys.
  if (Array.isArray(value)) return fail(NO_OBJECT);
  const checked = v.safeParse(schemaOf(table), value);
  if (!checked.success) {
    const [issue] = checked.issues;
    const key = issue.path?.[0]?.key;
    return fail(issueText(table, issue), key === undefined ? undefined : String(key));
  }
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
