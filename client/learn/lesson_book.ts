/**
 * The lessons of `docs/LESSONS.md`, taken apart.
 *
 * A lesson has a heading `## 1. Title`, a paragraph that begins with `**You will know**`, what there is to
 * do, and a question:
 *
 * - A block fenced as `sh 2` has commands for terminal 2; `text 2 types` and `text 2 presses` have input
 *   for the program there; `text 2 shows` has its output, and `text` alone a drawing.
 * - Behind `until` such a fence names the events that show that the step is done: see `conditions.ts`.
 * - `**Question.**` begins the question. Its choices are list items that begin with `**A.**`, and the
 *   answer, within `<details>`, begins with the right letter.
 *
 * @module
 */

import { type Condition, parseConditions } from "./conditions.ts";

/** What a block tells the learner to do in a terminal, or to look for there. */
export interface StepBlock {
  readonly kind: "step";
  readonly action: "runs" | "types" | "presses" | "shows";
  /** The number of the terminal. */
  readonly terminal: number;
  readonly lines: readonly string[];
  /** What shows that the step is done; empty if only the learner can see it. */
  readonly until: readonly Condition[];
}

/** A part of the text. The texts of paragraphs, items and cells have the marks of Markdown in them. */
export type Block =
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "drawing"; readonly lines: readonly string[] }
  | StepBlock;

export interface Choice {
  /** From `A` on. */
  readonly letter: string;
  readonly text: string;
}

export interface Question {
  readonly text: string;
  readonly choices: readonly Choice[];
  /** The letter of the right choice. */
  readonly right: string;
  readonly explanation: readonly Block[];
}

export interface Lesson {
  readonly number: number;
  readonly title: string;
  /** What the learner will know, as the end of a sentence that begins with "You will know". */
  readonly goal: string;
  readonly blocks: readonly Block[];
  readonly question: Question;
}

/** What else a learner can use on a machine without a tool. */
export interface Substitute {
  readonly tool: string;
  readonly instead: string;
}

export interface LessonBook {
  readonly lessons: readonly Lesson[];
  readonly substitutes: readonly Substitute[];
}

/** The document is not in the form of a lesson book; the message names the place. */
export class LessonFormatError extends Error {
  override readonly name = "LessonFormatError";
}

/**
 * Takes the document apart.
 *
 * @throws {LessonFormatError} for a lesson without one of its parts, or with an unknown fence.
 */
export function parseLessonBook(document: string): LessonBook {
  const [head = "", ...parts] = document.replaceAll("\r\n", "\n").split(/^## (?=\d+\. )/m);
  const lessons = parts.map(parseLesson);
  for (const [index, { number }] of lessons.entries()) {
    if (number !== index + 1) throw new LessonFormatError(`Lesson ${number} is not in its place.`);
  }
  return { lessons, substitutes: substitutesOf(head) };
}

/** The rows of the table whose first column is `tool`. */
function substitutesOf(head: string): Substitute[] {
  const tables = parseBlocks(head, "The introduction").filter((block) => block.kind === "table");
  const table = tables.find(({ rows }) => rows[0]?.[0] === "tool");
  if (table === undefined) throw new LessonFormatError("The introduction has no table of tools.");
  return table.rows.slice(1).map((row) => ({
    tool: row[0]!.replaceAll("`", ""),
    instead: row.at(-1)!,
  }));
}

const GOAL = "**You will know** ";
const QUESTION = "**Question.** ";

function parseLesson(part: string): Lesson {
  const [, number, title = ""] = /^(\d+)\. (.+)\n/.exec(part) ?? [];
  const where = `Lesson ${number}`;
  const body = part.slice(part.indexOf("\n") + 1);
  const [, doing = "", asking, answer] =
    /^([^]*?)^(?=\*\*Question\.\*\* )([^]*?)^<details><summary>Answer<\/summary>\n([^]*?)^<\/details>\s*(?![^])/m
      .exec(body) ?? [];
  if (asking === undefined || answer === undefined) {
    throw new LessonFormatError(`${where} does not end with a question and its answer.`);
  }
  const [goal, ...blocks] = parseBlocks(doing, where);
  if (goal?.kind !== "paragraph" || !goal.text.startsWith(GOAL)) {
    throw new LessonFormatError(`${where} does not begin with "${GOAL.trim()}".`);
  }
  if (!blocks.some((block) => block.kind === "step" && block.action !== "shows")) {
    throw new LessonFormatError(`${where} has nothing to do.`);
  }
  return {
    number: Number(number),
    title,
    goal: goal.text.slice(GOAL.length),
    blocks,
    question: parseQuestion(asking, answer, where),
  };
}

function parseQuestion(asking: string, answer: string, where: string): Question {
  const [text, list, ...others] = parseBlocks(asking, where);
  if (text?.kind !== "paragraph" || list?.kind !== "list" || others.length > 0) {
    throw new LessonFormatError(`${where}: a question is a paragraph and a list of choices.`);
  }
  const choices = list.items.map((item, index): Choice => {
    const [, letter, choice] = /^\*\*([A-Z])\.\*\* (.+)$/.exec(item) ?? [];
    if (letter === undefined || letter !== String.fromCharCode(65 + index)) {
      throw new LessonFormatError(`${where}: the choice "${item}" has not its letter before it.`);
    }
    return { letter, text: choice! };
  });
  const [first, ...explanation] = parseBlocks(answer, where);
  const [, right, reason] = first?.kind === "paragraph"
    ? /^\*\*([A-Z])\.\*\* (.+)$/.exec(first.text) ?? []
    : [];
  if (choices.length < 2 || !choices.some(({ letter }) => letter === right)) {
    throw new LessonFormatError(`${where}: the answer does not begin with one of the choices.`);
  }
  return {
    text: text.text.slice(QUESTION.length),
    choices,
    right: right!,
    explanation: [{ kind: "paragraph", text: reason! }, ...explanation],
  };
}

/** Takes text apart into its blocks. Headings and comments are left out. */
function parseBlocks(text: string, where: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  while (lines.length > 0) {
    const line = lines.shift()!;
    if (line.trim() === "" || /^(#+ |<!--)/.test(line)) continue;
    if (line.startsWith("```")) blocks.push(fenced(line.slice(3), untilFence(lines, where), where));
    else blocks.push(unfenced([line, ...untilBlank(lines)]));
  }
  return blocks;
}

/** Removes the lines up to the end of a fence, and returns them without it. */
function untilFence(lines: string[], where: string): string[] {
  const end = lines.indexOf("```");
  const isCut = lines.slice(0, end).some((line) => line.startsWith("```"));
  if (end <= 0 || isCut) {
    throw new LessonFormatError(`${where}: a fenced block is empty or has no end.`);
  }
  return lines.splice(0, end + 1).slice(0, -1);
}

function untilBlank(lines: string[]): string[] {
  const end = lines.findIndex((line) => line.trim() === "" || line.startsWith("```"));
  return lines.splice(0, end < 0 ? lines.length : end);
}

const FENCE = /^(?:sh (\d)|text (\d) (types|presses|shows))(?: until (.+))?$/;

function fenced(fence: string, lines: readonly string[], where: string): Block {
  if (fence === "text" || fence === "sh") return { kind: "drawing", lines };
  const [, shell, terminal, action, until] = FENCE.exec(fence) ?? [];
  const number = Number(shell ?? terminal);
  const isWatched = until !== undefined && (number === 1 || action === "shows");
  if (Number.isNaN(number) || isWatched || (number === 1 && action === "types")) {
    throw new LessonFormatError(`${where}: the fence "${fence}" is not understood.`);
  }
  try {
    return {
      kind: "step",
      action: action === undefined ? "runs" : action as StepBlock["action"],
      terminal: number,
      lines,
      until: until === undefined ? [] : parseConditions(until),
    };
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new LessonFormatError(`${where}: ${message} in the fence "${fence}".`, { cause: error });
  }
}

function unfenced(lines: readonly string[]): Block {
  const [first = ""] = lines;
  if (first.startsWith("|")) {
    const rows = lines.map(cellsOf).filter((cells) => !cells.every((cell) => /^-+$/.test(cell)));
    return { kind: "table", rows };
  }
  if (first.startsWith("- ")) {
    const items: string[] = [];
    for (const line of lines) {
      if (line.startsWith("- ")) items.push(line.slice(2));
      else items.push(`${items.pop()} ${line.trim()}`);
    }
    return { kind: "list", items };
  }
  return { kind: "paragraph", text: lines.join(" ") };
}

/** The cells of a row; a bar within one is written as `\|`. */
function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
