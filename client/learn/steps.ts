/**
 * A lesson as steps: what is shown, and then what happens.
 *
 * 1. The program does what is to be done in terminal 1: it is that terminal.
 * 2. A step in another terminal is over when its conditions are fulfilled. One without conditions, or
 *    with one that cannot be observed on this machine, is over when the learner has looked at what it
 *    shows.
 * 3. The learner looks before the text continues: what belongs to a step is its output with the caption,
 *    a paragraph that ends with a colon. Input for the program that the step has started comes without
 *    a pause.
 * 4. The output of terminal 1 is not repeated: it is on the screen already.
 *
 * @module
 */

import type { Condition, EventKind } from "./conditions.ts";
import type { Block, Lesson } from "./lesson_book.ts";

/** What happens in a step. */
export type Action =
  | { readonly does: "run"; readonly command: string }
  | { readonly does: "stop" }
  | { readonly does: "watch"; readonly conditions: readonly Condition[] }
  | { readonly does: "look" }
  | { readonly does: "ask" };

export interface Step {
  /** Shown before it. */
  readonly text: readonly Block[];
  readonly action: Action;
}

/** The steps of a lesson; the last one asks its question. */
export function stepsOf(
  { blocks }: Pick<Lesson, "blocks">,
  isObservable: (kind: EventKind) => boolean,
): Step[] {
  const steps: Step[] = [];
  let text: Block[] = [];
  /** The terminal at which the learner has to look. */
  let lookingAt: number | undefined;
  const add = (action: Action) => {
    steps.push({ text, action });
    text = [];
    lookingAt = undefined;
  };
  for (const [index, block] of blocks.entries()) {
    const belongsToStep = isShown(block) || isCaption(block, blocks[index + 1]);
    if (lookingAt !== undefined && !belongsToStep) {
      if (isInputOf(lookingAt, blocks.slice(index))) lookingAt = undefined;
      else add({ does: "look" });
    }
    if (block.kind !== "step" || (block.terminal > 1 && block.action === "shows")) {
      text.push(block);
      continue;
    }
    if (block.terminal === 1) {
      if (block.action === "runs") add({ does: "run", command: block.lines.join("\n") });
      else if (block.action === "presses") add({ does: "stop" });
      else if (isCaption(text.at(-1), block)) text.pop();
      continue;
    }
    text.push(block);
    const { until } = block;
    if (until.length > 0 && until.every(({ kind }) => isObservable(kind))) {
      add({ does: "watch", conditions: until });
    } else lookingAt = block.terminal;
  }
  if (lookingAt !== undefined) add({ does: "look" });
  add({ does: "ask" });
  return steps;
}

function isShown(block: Block | undefined): boolean {
  return block?.kind === "step" && block.action === "shows";
}

/** Whether the next step is input for the program in a terminal. */
function isInputOf(terminal: number, blocks: readonly Block[]): boolean {
  const next = blocks.find((block) => block.kind === "step");
  return next?.terminal === terminal && (next.action === "types" || next.action === "presses");
}

function isCaption(block: Block | undefined, next: Block | undefined): boolean {
  return block?.kind === "paragraph" && block.text.endsWith(":") && isShown(next);
}

/**
 * Where a learner continues who left at a step: the servers and connections before it are gone, so at
 * the last step that starts a command, or at the question itself.
 */
export function resumptionPoint(steps: readonly Step[], left: number): number {
  for (let index = Math.min(left, steps.length - 1); index > 0; index--) {
    const { does } = steps[index]!.action;
    if (does === "run" || does === "ask") return index;
  }
  return 0;
}
