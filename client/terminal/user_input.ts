import type { LeaveReason } from "../outcome.ts";
import { cleanText, isBlank, MAX_TEXT_BYTES } from "../../protocol/mod.ts";

export type UserInput =
  | { readonly type: "line"; readonly text: string }
  /** Several lines at once: one message each, or one in all. */
  | { readonly type: "paste"; readonly text: string; readonly as: PasteAnswer }
  /** Ctrl+C, Ctrl+D on an empty line, or a call of `Terminal.leave`. */
  | { readonly type: "leave"; readonly by: LeaveReason };

export type PasteAnswer = "lines" | "block" | "no";

/** A paste of several lines, and the question about it. */
export interface Paste {
  /** The pasted text within the line that it was pasted into. */
  readonly text: string;
  /** Its lines that are not blank. */
  readonly lines: readonly string[];
  readonly question: string;
  /** The answer of each key. */
  readonly answers: ReadonlyMap<string, PasteAnswer>;
}

/** Removes control characters, and ends lines with LF. */
export function cleanPaste(text: string): string {
  return cleanText(text.replaceAll(/\r\n?/g, "\n"));
}

/**
 * The question about a paste of several lines; `undefined` for a single line.
 *
 * A text over the limit of a message can only be sent line by line. After a command it can only be
 * sent as one message: the second line of a whisper must not go to the room.
 *
 * @param before the text before the cursor.
 * @param after the text after the cursor.
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

/** Matches an escape sequence, such as that of an arrow key (ECMA-48, section 5.4), a key with Alt, or one
 * character. */
// deno-lint-ignore no-control-regex -- matches the keys of a terminal
const KEY = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^])?|[^]/gu;

/** Splits the input of a terminal into keys. */
export function keysIn(text: string): readonly string[] {
  return text.match(KEY) ?? [];
}

/** Hidden input, such as a password. */
export class SecretInput {
  #text = "";

  /** @param done called once, at the end. */
  constructor(private readonly done: (typed: UserInput) => void) {}

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
