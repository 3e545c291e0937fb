import type { LeaveReason } from "../outcome.ts";
import { cleanText, isBlank, MAX_TEXT_BYTES } from "../../protocol/mod.ts";

/** What a person did at the prompt. */
export type Typed =
  | { readonly type: "line"; readonly text: string }
  /** Several lines at once: as a message each, or as one. */
  | { readonly type: "paste"; readonly text: string; readonly as: PasteAnswer }
  /** Ctrl+C, Ctrl+D on an empty line, or whatever `Terminal.leave` was told. */
  | { readonly type: "leave"; readonly by: LeaveReason };

/** How somebody wants several lines to be said. */
export type PasteAnswer = "lines" | "block" | "no";

/** What was pasted, and what to ask about it. */
export interface Paste {
  /** Everything, with the line that it was pasted into around it. */
  readonly text: string;
  /** The lines of it that have something to see. */
  readonly lines: readonly string[];
  readonly question: string;
  /** What each key means. */
  readonly answers: ReadonlyMap<string, PasteAnswer>;
}

/** Text as it may stand in a message: no control characters, lines that end with LF. */
export function cleanPaste(text: string): string {
  return cleanText(text.replaceAll(/\r\n?/g, "\n"));
}

/**
 * What to do with a paste of several lines; `undefined` for a single line, which is only typed.
 *
 * A text longer than a message may be can only go line by line. Behind a command it can only go as
 * one: the second line of a whisper is not for everybody.
 *
 * @param before what stands before the cursor.
 * @param after what stands behind it.
 */
export function pasteOf(pasted: string, before: string, after: string): Paste | undefined {
  const clean = cleanPaste(pasted).replace(/^\s*\n/, "").trimEnd();
  if (!clean.includes("\n")) return undefined;
  const text = before + clean + after;
  const lines = text.split("\n").filter((line) => !isBlank(line));
  const isCommand = /^\/[^/]/.test(before);
  const fitsOne = new TextEncoder().encode(text).length <= MAX_TEXT_BYTES;
  const answers = new Map<string, PasteAnswer>([["n", "no"], ["\x03", "no"], ["\x1b", "no"]]);
  const question = isCommand
    ? `Send ${lines.length} lines as one message? [y]es, [n]o `
    : `Send ${lines.length} lines? [y]es, ${fitsOne ? "[o]ne message, " : ""}[n]o `;
  answers.set("y", isCommand ? "block" : "lines");
  if (fitsOne && !isCommand) answers.set("o", "block");
  return { text, lines, question, answers };
}

/** What is typed where it is not to be seen. */
export class SecretInput {
  #text = "";

  /** @param done told once, at the end. */
  constructor(private readonly done: (typed: Typed) => void) {}

  add(text: string): void {
    this.#text += text;
  }

  press(key: string): void {
    switch (key) {
      case "\r":
      case "\n":
        return this.done({ type: "line", text: this.#text });
      case "\x03":
        return this.leave("interrupt");
      case "\x04":
        return this.#text === "" ? this.leave("end of input") : undefined;
      case "\b":
      case "\x7f":
        this.#text = [...this.#text].slice(0, -1).join("");
        return;
      case "\x15": // Ctrl+U
        this.#text = "";
        return;
      default:
        if (key >= " ") this.#text += key;
    }
  }

  leave(by: LeaveReason): void {
    this.done({ type: "leave", by });
  }
}
