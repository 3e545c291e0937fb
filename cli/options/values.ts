/**
 * Parsers of option values. Each throws an InvalidArgumentError with what was expected, as the end of a
 * sentence, and without the value: it may be a secret.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";
import { distance } from "fastest-levenshtein/esm/mod.js";
import { requestError } from "../../protocol/request_errors.ts";
import { checkName } from "../../protocol/names.ts";
import { parseAddressRange } from "../../server/addresses/network_address.ts";
import type { Rate } from "../../server/scheduling/token_bucket.ts";
import { wholeNumber } from "./numbers.ts";
import { REPLACEMENT } from "./variables.ts";

export const text = (value: string): string => value;

export function nonEmpty(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("expected a text that is not empty.");
}

/** The path of a file or folder. */
export function path(value: string): string {
  if (!value.includes(REPLACEMENT)) return nonEmpty(value);
  throw new InvalidArgumentError("expected a path that is valid UTF-8.");
}

/** A parser with the words that it accepts. */
export interface ChoiceParser<Choice> {
  (value: string): Choice;
  readonly choices: readonly string[];
}

/** Makes a parser of one word of a list. */
export function choice<const Choice extends string>(
  choices: readonly Choice[],
): ChoiceParser<Choice> {
  return offering(choices, (value: string) => {
    const found = choices.find((each) => each === value);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(
      `expected ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}.${
        suggestion(value, choices)
      }`,
    );
  });
}

/** Adds the words that a parser accepts to it. */
export function offering<Parser>(
  choices: readonly string[],
  parse: Parser,
): Parser & { readonly choices: readonly string[] } {
  return Object.assign(parse as Parser & object, { choices });
}

/** The words that a parser accepts; `undefined` for other values than words. */
export function choicesOf(parser: unknown): readonly string[] | undefined {
  return (parser as Partial<ChoiceParser<unknown>> | undefined)?.choices;
}

/** Reads yes or no in the spellings of configuration files. */
export function yesOrNo(value: string): boolean {
  if (/^(yes|true|on|1)$/i.test(value)) return true;
  if (/^(no|false|off|0)$/i.test(value)) return false;
  throw new InvalidArgumentError("expected yes or no.");
}

/** Makes a parser that reads `off` as 0. */
export function orOff(parse: (value: string) => number): (value: string) => number {
  return (value) => {
    if (value === "off") return 0;
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(error.message.replace(/\.$/, ", or off."));
    }
  };
}

/** Makes a parser of lists with commas between their items. */
export function list<Item>(parse: (item: string) => Item): (value: string) => Item[] {
  return (value) => value.split(",").map((item) => item.trim()).filter(Boolean).map(parse);
}

/** Reads the SHA-256 fingerprint of a certificate, in hexadecimal with or without colons. */
export function fingerprint(value: string): string {
  if (/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(value)) return value;
  throw new InvalidArgumentError(
    "expected a SHA-256 fingerprint: 64 hexadecimal digits, as the server prints it.",
  );
}

/** Reads the name of a user. */
export function name(value: string): string {
  return checked(value, "name_invalid");
}

/** Reads the name of a room, which may begin with `#` as in IRC. */
export function roomName(value: string): string {
  return checked(withoutMark(value), "room_invalid");
}

/** A room without the `#` of IRC and Slack, with which no name begins. */
export function withoutMark(room: string): string {
  return room.replace(/^#/, "");
}

function checked(value: string, code: "name_invalid" | "room_invalid"): string {
  const { name, fault } = checkName(value);
  if (fault === undefined) return name;
  throw new InvalidArgumentError(
    `"${value}" is not a valid name: ${requestError(code, fault).text}`,
  );
}

/** Reads the origin of a web page, such as `https://example.org`. */
export function origin(value: string): string {
  if (URL.canParse(value)) {
    const url = new URL(value);
    if (/^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  }
  throw new InvalidArgumentError("expected an origin such as https://example.org:8443.");
}

/** Reads the address of a server for browsers, which may be below a path; returns it without a slash at
 * its end. */
export function publicUrl(value: string): string {
  const url = URL.parse(value);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === "";
  if (isPlain) return url.href.replace(/\/+$/, "");
  throw new InvalidArgumentError("expected an address such as https://chat.example.org.");
}

/** Reads an address, or a range in CIDR notation; returns its canonical form. */
export function addressRange(value: string): string {
  const range = parseAddressRange(value);
  if (range !== undefined) return range.text;
  throw new InvalidArgumentError(
    "expected an address or a CIDR range, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.",
  );
}

/** Reads a host name without a port; returns it as browsers send it. */
export function hostName(value: string): string {
  const url = URL.parse(`http://${value}/`);
  if (url !== null && url.port === "" && /^[\w.-]+$/.test(url.hostname) && !/[:/?#@]/.test(value)) {
    return url.hostname;
  }
  throw new InvalidArgumentError(
    "expected a host name without a port, such as chat.example.org.",
  );
}

/** Reads a bearer token (RFC 6750, section 2.1). */
export function token(value: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new InvalidArgumentError(
    "expected printable ASCII characters without spaces.",
  );
}

/** Reads a rate: `20` (messages per second, with a burst of 40), `20:40`, or `off`. */
export function rate(value: string): Rate | null {
  if (value === "off") return null;
  const [first = "", second, ...others] = value.split(":");
  const perSecond = wholeNumber(first, 1) ?? NaN;
  const burst = second === undefined ? 2 * perSecond : wholeNumber(second, 1) ?? NaN;
  if (perSecond + burst > 0 && others.length === 0) return { perSecond, burst };
  throw new InvalidArgumentError(
    "expected messages per second such as 20, with a burst such as 20:40, or off.",
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

/** Replaces the escapes `\n`, `\r`, `\t` and `\\`, which a shell's single quotes leave. */
export function unescaped(value: string): string {
  return value.replace(/\\([nrt\\])/g, (_, letter: string) => ESCAPES[letter]!);
}

/** Maximum edit distance between the typed word and a suggestion. */
const MAX_EDITS = 3;

/** Minimum share of equal letters, from 0 to 1. */
const MIN_SIMILARITY = 0.4;

/**
 * ` Did you mean "broadcast"?` if one of the words is similar to the typed one, and nothing otherwise.
 * A word that begins with the typed one takes precedence over one that differs in few letters.
 */
export function suggestion(typed: string, words: readonly string[]): string {
  const meant = words.find((word) => typed.length > 1 && word.startsWith(typed)) ??
    nearest(typed, words);
  return meant === undefined ? "" : ` Did you mean "${meant}"?`;
}

function lettersOf(word: string): string {
  return [...word].sort().join("");
}

/** The word that differs from the typed one in the fewest letters, regardless of case; `undefined` if
 * none is similar. */
export function nearest(
  typed: string,
  words: readonly string[],
  minSimilarity: number = MIN_SIMILARITY,
): string | undefined {
  const start = typed.slice(0, 64).toLowerCase();
  const letters = lettersOf(start);
  const close = words
    .map((word) => {
      // Letters in another order are one slip.
      const edits = lettersOf(word.toLowerCase()) === letters
        ? 1
        : distance(start, word.toLowerCase());
      return { word, edits };
    })
    .filter(({ word, edits }) =>
      edits <= MAX_EDITS && 1 - edits / Math.max(typed.length, word.length) > minSimilarity
    );
  return close.sort((one, other) => one.edits - other.edits)[0]?.word;
}
