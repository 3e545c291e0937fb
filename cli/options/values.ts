/**
 * Parsers of option values. Each throws an InvalidArgumentError with what was expected, as the end of a
 * sentence, and without the value: it may be a secret.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { distance } from "fastest-levenshtein";
import { protocolError } from "../../protocol/errors.ts";
import { checkName } from "../../protocol/names.ts";
import { parseAddressRange } from "../../server/addresses/network_address.ts";
import type { Rate } from "../../server/scheduling/token_bucket.ts";

/** Makes a parser of whole numbers in a range. */
export function integer(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
      throw new InvalidArgumentError(
        `expected a whole number from ${minimum} to ${maximum}.`,
      );
    }
    return number;
  };
}

export const text = (value: string): string => value;

export function nonEmpty(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("expected a text that is not empty.");
}

/** In place of bytes that are not UTF-8, the runtime reads this character from the command line. */
const REPLACEMENT = "\uFFFD";

/** The path of a file or folder. */
export function path(value: string): string {
  if (!value.includes(REPLACEMENT)) return nonEmpty(value);
  throw new InvalidArgumentError("expected a path that is valid UTF-8.");
}

/** Reads a port to listen on. */
export const port: (value: string) => number = integer(0, 65_535);

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Makes a parser of durations such as `500ms`, `10s`, `1.5m`; a bare number is in seconds. Returns
 * milliseconds. */
export function duration(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value) ?? [];
    const milliseconds = Math.round(Number(number) * UNITS[unit]!);
    if (number === undefined || milliseconds < minimum || milliseconds > maximum) {
      const lacksUnit = Number(value) > maximum / 1000 && Number(value) <= maximum;
      throw new InvalidArgumentError(
        `expected a duration such as ${lacksUnit ? `${value}ms` : "500ms"}, 10s or 2m, from ${
          minimum / 1000
        } s to ${maximum / 1000} s.`,
      );
    }
    return milliseconds;
  };
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

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1000,
  KiB: 1024,
  MB: 1_000_000,
  MiB: 1_048_576,
  GB: 1_000_000_000,
  GiB: 1_073_741_824,
};

/** Reads the SHA-256 fingerprint of a certificate, in hexadecimal with or without colons. */
export function fingerprint(value: string): string {
  if (/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(value)) return value;
  throw new InvalidArgumentError(
    "expected a SHA-256 fingerprint: 64 hexadecimal digits, as the server prints it.",
  );
}

/** Makes a parser of sizes such as `65536`, `256KiB` or `4MiB`. Returns bytes. */
export function size(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const [, number, unit = ""] = /^(\d+)([A-Za-z]*)$/.exec(value) ?? [];
    const bytes = Number(number) * (SIZE_UNITS[unit] ?? NaN);
    if (bytes >= minimum && bytes <= maximum) return bytes;
    throw new InvalidArgumentError(
      `expected a size such as 256KiB or 4MiB, from ${minimum} to ${maximum} bytes.`,
    );
  };
}

/** Reads the name of a user or a room. */
export function name(value: string): string {
  const { name, fault } = checkName(value);
  if (fault === undefined) return name;
  throw new InvalidArgumentError(
    `"${value}" is not a valid name: ${protocolError("name_invalid", fault).text}`,
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
  const [, perSecond, burst] = /^(\d+)(?::(\d+))?$/.exec(value) ?? [];
  const parsed = { perSecond: Number(perSecond), burst: Number(burst ?? 2 * Number(perSecond)) };
  if (perSecond === undefined || parsed.perSecond < 1 || parsed.burst < 1) {
    throw new InvalidArgumentError(
      "expected messages per second such as 20, with a burst such as 20:40, or off.",
    );
  }
  return parsed;
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
