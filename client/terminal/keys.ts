import type { Key } from "node:readline";
import type { HistoryWalk } from "./history_walk.ts";
import {
  blankStart,
  capitalizeWord,
  insertAt,
  type Line,
  lowerCaseWord,
  transposeCharacters,
  transposeWords,
  upperCaseWord,
  wordEnd,
  wordStart,
} from "./line_edits.ts";

/** The change of a line by a key. */
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

/** Keys that walk through the entered lines. */
export const WALKS: ReadonlyMap<string, (walk: HistoryWalk, line: Line) => Line | undefined> =
  new Map([
    ["up", (walk: HistoryWalk, line: Line) => walk.older(line)],
    ["ctrl+p", (walk, line) => walk.older(line)],
    ["down", (walk, line) => walk.newer(line)],
    ["ctrl+n", (walk, line) => walk.newer(line)],
    ["pageup", (walk, line) => walk.first(line)],
    ["\x1b<", (walk, line) => walk.first(line)],
    ["pagedown", (walk, line) => walk.newest(line)],
    ["\x1b>", (walk, line) => walk.newest(line)],
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
