import type { Key } from "node:readline";

/** A line that is being typed, and where the cursor is in it, in UTF-16 units. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}

/** A word for the keys that edit words. */
const WORD = /[\p{L}\p{M}\p{N}_]+/u;
const WORDS = /(\s+)/;

/** Swaps the characters around the cursor, or the last two at the end of the line (Ctrl+T). */
function transposeCharacters(line: Line): Line {
  const characters = [...line.text];
  const at = [...line.text.slice(0, line.cursor)].length;
  const second = Math.min(at, characters.length - 1);
  if (second < 1 || at === 0) return line;
  const [left = "", right = ""] = characters.slice(second - 1);
  characters.splice(second - 1, 2, right, left);
  return { text: characters.join(""), cursor: characters.slice(0, second + 1).join("").length };
}

/** Swaps the word at the cursor with the one before it (Alt+T). */
function transposeWords({ text, cursor }: Line): Line {
  // Words and blanks alternate; a line may begin with blanks.
  const parts = text.split(WORDS);
  const words = parts.flatMap((part, index) => index % 2 === 0 && part !== "" ? [index] : []);
  let start = 0;
  const starts = parts.map((part) => (start += part.length) - part.length);
  const last = words.findLastIndex((index) => starts[index]! < cursor);
  const second = words[Math.max(1, last)];
  const first = words[Math.max(1, last) - 1];
  if (first === undefined || second === undefined) return { text, cursor };
  [parts[first], parts[second]] = [parts[second]!, parts[first]!];
  return { text: parts.join(""), cursor: parts.slice(0, second + 1).join("").length };
}

/** Changes the rest of the word at the cursor, or the next word, and moves behind it. */
function changeWord({ text, cursor }: Line, change: (word: string) => string): Line {
  const found = WORD.exec(text.slice(cursor));
  if (found === null) return { text, cursor: text.length };
  const start = cursor + found.index;
  const word = change(found[0]);
  return {
    text: text.slice(0, start) + word + text.slice(start + found[0].length),
    cursor: start + word.length,
  };
}

/** Makes the word at the cursor upper-case (Alt+U). */
function upperCaseWord(line: Line): Line {
  return changeWord(line, (word) => word.toUpperCase());
}

/** Makes the word at the cursor lower-case (Alt+L). */
function lowerCaseWord(line: Line): Line {
  return changeWord(line, (word) => word.toLowerCase());
}

/** Makes the first letter of the word at the cursor upper-case, and the others lower-case (Alt+C). */
function capitalizeWord(line: Line): Line {
  return changeWord(line, (word) => {
    const [first = "", ...rest] = word;
    return first.toUpperCase() + rest.join("").toLowerCase();
  });
}

/** The start of the word at or before the cursor. */
function wordStart({ text, cursor }: Line): number {
  const before = text.slice(0, cursor);
  return cursor - /[\p{L}\p{M}\p{N}_]*[^\p{L}\p{M}\p{N}_]*$/u.exec(before)![0].length;
}

/** The end of the word at or after the cursor. */
function wordEnd({ text, cursor }: Line): number {
  const after = text.slice(cursor);
  return cursor + /^[^\p{L}\p{M}\p{N}_]*[\p{L}\p{M}\p{N}_]*/u.exec(after)![0].length;
}

/** The start of the text between blanks at or before the cursor. */
function blankStart({ text, cursor }: Line): number {
  return cursor - /\S*\s*$/.exec(text.slice(0, cursor))![0].length;
}

export function insertAt({ text, cursor }: Line, inserted: string): Line {
  return {
    text: text.slice(0, cursor) + inserted + text.slice(cursor),
    cursor: cursor + inserted.length,
  };
}

type Edit = (line: Line) => Line;

// Node's own keys for words only support English letters.
const toWordStart: Edit = (line) => ({ ...line, cursor: wordStart(line) });
const toWordEnd: Edit = (line) => ({ ...line, cursor: wordEnd(line) });

/** Keys that edit the line and that `node:readline` lacks, by {@link keyName}. */
export const EDITS: ReadonlyMap<string, Edit> = new Map<string, Edit>([
  ["ctrl+t", transposeCharacters],
  ["alt+t", transposeWords],
  ["alt+u", upperCaseWord],
  ["alt+l", lowerCaseWord],
  ["alt+c", capitalizeWord],
  ["alt+b", toWordStart],
  ["alt+left", toWordStart],
  ["ctrl+left", toWordStart],
  ["alt+f", toWordEnd],
  ["alt+right", toWordEnd],
  ["ctrl+right", toWordEnd],
  ["alt+return", (line) => insertAt(line, "\n")],
  ["alt+enter", (line) => insertAt(line, "\n")],
  // Shift+Enter, in terminals that distinguish it from Enter.
  ["\x1b[13;2u", (line) => insertAt(line, "\n")],
]);

/** Keys that delete from the cursor up to a position; Ctrl+Y inserts the deleted text. */
export const KILLS: ReadonlyMap<string, (line: Line) => number> = new Map([
  ["ctrl+w", blankStart],
  ["alt+backspace", wordStart],
  ["ctrl+backspace", wordStart],
  ["alt+d", wordEnd],
  ["alt+delete", wordEnd],
  ["ctrl+delete", wordEnd],
]);

/** The name of a key, such as `alt+u` or `pageup`, or its bytes if it has no name. */
export function keyName({ ctrl, meta, name, sequence }: Key): string {
  if (name === undefined || name === "undefined") return sequence ?? "";
  return (ctrl === true ? "ctrl+" : "") + (meta === true ? "alt+" : "") + name;
}

/** Whether a key is text for the line: it has no control characters. */
export function isText(text: string): boolean {
  // deno-lint-ignore no-control-regex -- those are keys
  return !/[\x00-\x1f\x7f]/.test(text);
}
