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

/** What a key makes of a line. */
type Edit = (line: Line) => Line;

// Node's own keys for words know the letters of English alone.
const toWordStart: Edit = (line) => ({ ...line, cursor: wordStart(line) });
const toWordEnd: Edit = (line) => ({ ...line, cursor: wordEnd(line) });

/** What keys do beside those of `node:readline`, by {@link keyName}. */
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
  // Shift+Enter, of terminals that tell it from Enter.
  ["\x1b[13;2u", (line) => insertAt(line, "\n")],
]);

/** Keys that take a part of the line away, up to where; Ctrl+Y brings it back. */
export const KILLS: ReadonlyMap<string, (line: Line) => number> = new Map([
  ["ctrl+w", blankStart],
  ["alt+backspace", wordStart],
  ["ctrl+backspace", wordStart],
  ["alt+d", wordEnd],
  ["alt+delete", wordEnd],
  ["ctrl+delete", wordEnd],
]);

/** What keys do with the lines that were entered. */
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

/** Such as `alt+u`, `pageup`; or the bytes of a key that has no name. */
export function keyName({ ctrl, meta, name, sequence }: Key): string {
  if (name === undefined || name === "undefined") return sequence ?? "";
  return (ctrl === true ? "ctrl+" : "") + (meta === true ? "alt+" : "") + name;
}

/** Whether it goes into the line as it is. */
export function isText(text: string): boolean {
  // deno-lint-ignore no-control-regex -- those are keys
  return !/[\x00-\x1f\x7f]/.test(text);
}
