import { assert, assertEquals } from "@std/assert";
import { type LessonEvent, parseConditions } from "../../../client/learn/conditions.ts";
import type { Question } from "../../../client/learn/lesson_book.ts";
import { Attempts, LessonRun } from "../../../client/learn/lesson_run.ts";
import type { Action, Step } from "../../../client/learn/steps.ts";

const step = (action: Action): Step => ({ text: [], action });
const watch = (conditions: string): Step =>
  step({ does: "watch", conditions: parseConditions(conditions) });
const connects: LessonEvent = { kind: "connects" };
const sends = (text: string): LessonEvent => ({ kind: "sends", text });

Deno.test("lesson run: an event fulfils the step that waits for it", () => {
  const run = new LessonRun([watch("connects"), watch('sends "a"')]);
  assertEquals(run.observe({ kind: "closes" }), "nothing");
  assertEquals(run.observe(connects), "fulfilled");
  run.advance();
  assertEquals([run.index, run.isFulfilled()], [1, false]);
  assertEquals(run.observe(sends("b")), "near");
  assertEquals(run.observe(sends("a")), "fulfilled");
  run.advance();
  assertEquals(run.step, undefined);
});

Deno.test("lesson run: what a learner has done before the step counts, once", () => {
  const run = new LessonRun([watch("connects"), watch('sends "a"'), watch('sends "a"')]);
  assertEquals(run.observe(connects), "fulfilled");
  // Typed before the text has asked for it.
  assertEquals(run.observe(sends("a")), "nothing");
  run.advance();
  assertEquals(run.isFulfilled(), true);
  run.advance();
  assertEquals(run.isFulfilled(), false);
});

Deno.test("lesson run: a command of terminal 1 begins with no events", () => {
  const run = new LessonRun([
    step({ does: "look" }),
    step({ does: "run", command: "x" }),
    watch("connects"),
  ]);
  assertEquals(run.observe(connects), "nothing");
  run.advance();
  run.advance();
  assertEquals(run.isFulfilled(), false);
});

Deno.test("lesson run: it remembers a bounded number of events, the newest", () => {
  const run = new LessonRun([step({ does: "look" }), watch("connects"), watch("sends")]);
  run.observe(connects);
  for (let count = 0; count < 2000; count++) run.observe(sends("x"));
  run.advance();
  assertEquals(run.isFulfilled(), false); // the oldest one is forgotten
  run.advance();
  assertEquals(run.isFulfilled(), true);
});

Deno.test("attempts: different choices are counted until the right one", () => {
  const choices = ["A", "B", "C"].map((letter) => ({ letter, text: letter }));
  const question: Question = { text: "?", choices, right: "B", explanation: [] };
  const attempts = new Attempts(question);
  assertEquals(attempts.choose("d"), undefined);
  assertEquals(attempts.choose("a"), "wrong");
  assertEquals(attempts.choose("A"), "wrong");
  assertEquals(attempts.count, 1);
  assertEquals(attempts.choose("b"), "right");
  assertEquals(attempts.count, 2);
});

Deno.test("lesson run: a flood of other texts costs a look at each, not at all before it", () => {
  const run = new LessonRun([watch('sends "a"')]);
  let looks = 0;
  const other: LessonEvent = {
    get kind() {
      looks++;
      return "sends" as const;
    },
    text: "b",
  };
  for (let count = 0; count < 3000; count++) assertEquals(run.observe(other), "near");
  assert(looks <= 3000 * 10, `${looks} looks`);
  assertEquals(run.observe(sends("a")), "fulfilled");
});
