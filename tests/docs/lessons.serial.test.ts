/** `docs/LESSONS.md` works: every lesson is done as a learner does it, in real terminals. */

import { assert, assertEquals } from "@std/assert";
import { type Lesson, parseLessonBook } from "../../client/learn/lesson_book.ts";
import { freePort } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { doLesson, stepBlocksOf, toolsOf } from "../support/lessons.ts";
import { hasTmux } from "../support/tmux.ts";
import { isThorough } from "../support/thorough.ts";

const isQuick = !isThorough("the lessons, command by command");

const { lessons: LESSONS } = parseLessonBook(
  await Deno.readTextFile(new URL("../../docs/LESSONS.md", import.meta.url)),
);

/** Each takes seconds in which programs start and people wait, so some are done at a time. */
const AT_A_TIME = 6;

const withoutTerminals = !hasTmux();
const missing = new Set(
  [...new Set(LESSONS.flatMap(toolsOf))].filter((tool) => !hasCommand(tool, "-h")),
);

/** Whether a lesson can be done on this machine. */
function isPossible(lesson: Lesson): boolean {
  return !withoutTerminals && !toolsOf(lesson).some((tool) => missing.has(tool));
}

/** Ports without a listener, for those in the lessons. */
function freePorts(): Map<string, number> {
  return new Map(["8080", "8081", "9999"].map((port) => [port, freePort()]));
}

/** A folder in which `deno` is what runs this test, since that need not be the one in the PATH. */
async function folderWithDeno(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.symlink(Deno.execPath(), `${folder}/deno`);
  return folder;
}

/** Begins all lessons, some at a time, when the first is asked for. */
function beginAll(): Map<Lesson, Promise<void>> {
  const running = new Map<Lesson, PromiseWithResolvers<void>>();
  const waiting = LESSONS.filter(isPossible);
  for (const lesson of waiting) running.set(lesson, Promise.withResolvers());
  const path = folderWithDeno();
  let working = AT_A_TIME;
  const work = async () => {
    for (let lesson; (lesson = waiting.shift()) !== undefined;) {
      const { resolve, reject, promise } = running.get(lesson)!;
      promise.catch(() => {}); // its own test tells
      await doLesson(lesson, { path: await path, ports: freePorts() }).then(resolve, reject);
    }
    if (--working === 0) await Deno.remove(await path, { recursive: true });
  };
  for (let worker = 0; worker < AT_A_TIME; worker++) void work();
  return new Map(Array.from(running, ([lesson, { promise }]) => [lesson, promise]));
}

let begun: Map<Lesson, Promise<void>> | undefined;

Deno.test("there are fifteen lessons, each with something to type and to look at", () => {
  assertEquals(LESSONS.length, 15);
  for (const lesson of LESSONS) {
    const actions = stepBlocksOf(lesson).map(({ action }) => action);
    assert(actions.includes("runs"), `${lesson.title}: nothing to type`);
    assert(actions.includes("shows"), `${lesson.title}: nothing to look at`);
  }
});

for (const lesson of LESSONS) {
  Deno.test({
    name: `lesson ${lesson.number}. ${lesson.title}`,
    ignore: isQuick || !isPossible(lesson),
    // The first test starts all lessons, side by side: their programs outlive single tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => (begun ??= beginAll()).get(lesson)!,
  });
}
