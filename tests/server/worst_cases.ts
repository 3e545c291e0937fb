/** The most expensive input to parse, at the largest size within the limits of the framings. */

import {
  type ByteString,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  toByteString,
} from "../../protocol/mod.ts";

/** Pieces of text that are repeated, and their purpose. */
const PIECES: Readonly<Record<string, string>> = {
  "letters": "a",
  "capital letters whose small ones are longer": "\u0130",
  "combining marks in falling order": "\u0315\u0300\u05ae\u0344",
  "combining marks in rising order": "\u0334\u05b0\u0316\u0300",
  "one combining mark": "\u0301",
  "marks that take half the width": "\uff9e\u0315",
  "marks that decompose": "\u0344\u0f73\u0f75",
  "letters with marks": "e\u0301\u0323",
  "Hangul letters that compose": "\u1100\u1161\u11a8",
  "a ligature of 18 characters": "\ufdfa",
  "Greek letters of four parts": "\u1f82",
  "squares of six letters": "\u3300",
  "emoji": "\ud83d\ude00",
  "emoji that are joined": "\ud83d\udc68\u200d",
  "lone high surrogates": "\ud83d",
  "lone low surrogates": "\ude00",
  "surrogates in the wrong order": "\ude00\ud83d",
  "spaces": " ",
  "ideographic spaces": "\u3000",
  "words": "a ",
  "tabs": "\t",
  "line feeds": "\n",
  "line ends": "\r\n",
  "lines": "a\n",
  "slashes": "/",
  "dashes": "-",
  "dots": ".",
  "colons": ":",
  "dots and slashes of addresses": "1.",
  "digits": "9",
  "zeros": "0",
  "brackets": "[",
  "quotation marks": '"',
  "backslashes": "\\",
  "controls": "\x01",
  "C1 controls": "\x9b",
  "writing directions": "\u202e",
  "tag characters": "\u{e0061}",
  "fillers": "\u3164",
  "confusable punctuation": "\ua789",
  "the end of a base64 text": "=",
  "percent escapes": "%C3",
};

/** A text. */
export interface WorstText {
  readonly why: string;
  /** As many of it as fit into a number of bytes of UTF-8, of JSON where `isJson`. */
  fill(bytes: number, isJson: boolean): string;
}

/** Pieces that are cut off or passed over at the start of a text: with a letter they count. */
const BLANK_PIECES = ["spaces", "ideographic spaces", "tabs", "line feeds", "line ends", "slashes"];

/** Texts of one piece, and those of them that begin with a letter. */
export const WORST_TEXTS: readonly WorstText[] = Object.entries(PIECES).flatMap(([why, piece]) => [
  worstText(why, "", piece),
  ...(BLANK_PIECES.includes(why) ? [worstText(`${why} behind a letter`, "a", piece)] : []),
]);

function worstText(why: string, start: string, piece: string): WorstText {
  return {
    why,
    fill(bytes, isJson) {
      const size = isJson
        ? toByteString(JSON.stringify(piece)).length - 2
        : toByteString(piece).length;
      return start + piece.repeat(Math.max(0, Math.floor((bytes - start.length) / size)));
    },
  };
}

/** JSON values of a size in bytes. */
export const WORST_VALUES: readonly { readonly why: string; fill(bytes: number): string }[] = [
  { why: "deep arrays", fill: (bytes) => "[".repeat(bytes / 2) + "]".repeat(bytes / 2) },
  { why: "deep objects", fill: (bytes) => nested('{"a":', bytes, "}") },
  { why: "a wide array", fill: (bytes) => `[${"0,".repeat((bytes - 3) / 2)}0]` },
  { why: "an array of objects", fill: (bytes) => `[${"{},".repeat((bytes - 4) / 3)}{}]` },
  { why: "a wide object", fill: (bytes) => wideObject(bytes, (index) => `k${index}`) },
  {
    why: "an object of numbers",
    fill: (bytes) => wideObject(bytes, (index) => String(index * 7919)),
  },
  { why: "an object of one key", fill: (bytes) => wideObject(bytes, () => "type") },
  { why: "an object with a long key", fill: (bytes) => `{"${"k".repeat(bytes - 6)}":0}` },
  { why: "many digits", fill: (bytes) => "9".repeat(bytes) },
  { why: "many decimals", fill: (bytes) => "0." + "1234567890".repeat((bytes - 2) / 10) },
  { why: "a long exponent", fill: (bytes) => "1e" + "9".repeat(bytes - 2) },
  { why: "a long negative exponent", fill: (bytes) => "1e-" + "9".repeat(bytes - 3) },
  { why: "digits and an exponent", fill: (bytes) => "9".repeat(bytes - 5) + "e-308" },
  {
    why: "a number between two others",
    fill: (bytes) => "9007199254740993." + "0".repeat(bytes - 18) + "1",
  },
  { why: "escapes", fill: (bytes) => `"${"\\u0041".repeat((bytes - 2) / 6)}"` },
  { why: "white space", fill: (bytes) => " ".repeat(bytes - 1) + "1" },
  { why: "null", fill: () => "null" },
];

function nested(open: string, bytes: number, close: string): string {
  const depth = Math.floor((bytes - 1) / (open.length + close.length));
  return open.repeat(depth) + "0" + close.repeat(depth);
}

function wideObject(bytes: number, key: (index: number) => string): string {
  const entries: string[] = [];
  for (let length = 2, index = 0;; index++) {
    const entry = `"${key(index)}":0`;
    length += entry.length + 1;
    if (length > bytes) return `{${entries.join(",")}}`;
    entries.push(entry);
  }
}

const BLANK = "BLANK";

/** The frame with a text in place of the field that has {@link BLANK}, as long as a frame may be. */
export function largestFrame(frame: object, json: (bytes: number) => string): ByteString {
  const text = toByteString(JSON.stringify(frame));
  const [before = "", after = ""] = text.split(`"${BLANK}"`);
  return before + json(MAX_FRAME_BYTES - before.length - after.length) + after;
}

/** The line with a text in the place of {@link BLANK}, as long as a line may be. */
export function largestLine(line: string, { fill }: WorstText): ByteString {
  const [before = "", after = ""] = line.split(BLANK);
  // Line ends would make several of it.
  const text = fill(MAX_LINE_BYTES - before.length - after.length, false).replace(/[\r\n]/g, " ");
  return toByteString(before + text + after);
}

export { BLANK };
