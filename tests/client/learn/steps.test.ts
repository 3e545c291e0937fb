import { assertEquals } from "@std/assert";
import type { Block, StepBlock } from "../../../client/learn/lesson_book.ts";
import { parseConditions } from "../../../client/learn/conditions.ts";
import { resumptionPoint, type Step, stepsOf } from "../../../client/learn/steps.ts";

const text = (text: string): Block => ({ kind: "paragraph", text });
const block = (action: StepBlock["action"], terminal: number, until = ""): Block => ({
  kind: "step",
  action,
  terminal,
  lines: [`${action} ${terminal}`],
  until: until === "" ? [] : parseConditions(until),
});
const all = () => true;

/** The actions, each with what is shown before it. */
function shape(steps: readonly Step[]): string[] {
  return steps.map(({ text, action }) => {
    const shown = text.map((each) =>
      each.kind === "step" ? each.lines[0] : (each as { text: string }).text
    );
    return [...shown, action.does].join(" | ");
  });
}

Deno.test("steps: terminal 1 is run, its output left out with the caption", () => {
  const blocks = [
    text("Start it:"),
    block("runs", 1),
    text("Terminal 1 shows:"),
    block("shows", 1),
    text("End."),
    block("presses", 1),
  ];
  assertEquals(shape(stepsOf({ blocks }, all)), ["Start it: | run", "End. | stop", "ask"]);
});

Deno.test("steps: a step that is watched needs no look at its output", () => {
  const blocks = [block("runs", 2, "connects"), text("It shows:"), block("shows", 2), text("So.")];
  assertEquals(shape(stepsOf({ blocks }, all)), [
    "runs 2 | watch",
    "It shows: | shows 2 | So. | ask",
  ]);
});

Deno.test("steps: a step that is not watched is looked at before the text continues", () => {
  const blocks = [
    block("runs", 2),
    text("It shows:"),
    block("shows", 2),
    text("So."),
    block("runs", 3),
  ];
  assertEquals(shape(stepsOf({ blocks }, all)), [
    "runs 2 | It shows: | shows 2 | look",
    "So. | runs 3 | look",
    "ask",
  ]);
});

Deno.test("steps: input for a program that has just been started comes without a pause", () => {
  const blocks = [block("runs", 2), text("Type:"), block("types", 2, "connects")];
  assertEquals(shape(stepsOf({ blocks }, all)), ["runs 2 | Type: | types 2 | watch", "ask"]);
  const other = [block("runs", 2), text("Type:"), block("types", 3, "connects")];
  assertEquals(shape(stepsOf({ blocks: other }, all)), [
    "runs 2 | look",
    "Type: | types 3 | watch",
    "ask",
  ]);
});

Deno.test("steps: what cannot be observed is looked at", () => {
  const blocks = [block("runs", 2, "waits 2")];
  assertEquals(shape(stepsOf({ blocks }, (kind) => kind !== "waits")), ["runs 2 | look", "ask"]);
});

Deno.test("steps: a learner continues where a command is started, or at the question", () => {
  const steps = stepsOf({
    blocks: [
      block("runs", 2, "connects"),
      block("runs", 1),
      block("runs", 2, "connects"),
      block("runs", 2, "closes"),
    ],
  }, all);
  assertEquals(steps.map(({ action }) => action.does), ["watch", "run", "watch", "watch", "ask"]);
  assertEquals([0, 1, 2, 3, 4, 99].map((left) => resumptionPoint(steps, left)), [0, 1, 1, 1, 4, 4]);
});
