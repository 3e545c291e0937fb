/** `hubbub learn` notices what the lessons say: a learner does each by the commands in its text. */

import { type Lesson, parseLessonBook } from "../../client/learn/lesson_book.ts";
import { type Step, stepsOf } from "../../client/learn/steps.ts";
import { hasCommand } from "../support/commands.ts";
import { configHome } from "../support/config_home.ts";
import { eventually } from "../support/eventually.ts";
import { holdLessonPorts } from "../support/lesson_ports.ts";
import { Terminal, toolsOf } from "../support/lessons.ts";
import { isThorough } from "../support/thorough.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const isQuick = !isThorough("the lessons in the terminal, command by command");

const { lessons } = parseLessonBook(
  await Deno.readTextFile(new URL("../../docs/LESSONS.md", import.meta.url)),
);

// Clients that wait in the queue are noticed on Linux only.
const canLearn = hasTmux() && Deno.build.os === "linux";

/** Does a lesson to its end, and answers its question. */
async function learn(lesson: Lesson, folder: string): Promise<void> {
  const environment = `XDG_CONFIG_HOME='${configHome()}' NO_COLOR=1`;
  using _ports = holdLessonPorts();
  await using screen = await Tmux.start(["learn", String(lesson.number)], environment);
  const terminals = new Map<number, Terminal>();
  const status = async () => (await screen.screen()).trimEnd().split("\n").at(-1)!;
  const until = (expected: RegExp) =>
    eventually(async () => expected.test(await status()), `${expected} as the status`);
  const done = async () => ((await screen.screen()).match(/^ {2}✓ /gm) ?? []).length;
  const passed = async ({ text, action: { does } }: Step, before: Step | undefined) => {
    const isChange = does === "run" || does === "stop";
    if (isChange && ["watch", "run"].includes(before?.action.does ?? "")) {
      await until(/Enter: continue · q/);
      await screen.press("Enter");
    }
    if (isChange) return;
    await until(
      does === "watch" ? /Waiting until/ : does === "look" ? /Look at it/ : /Your answer/,
    );
    const count = await done();
    for (const block of text) {
      if (block.kind !== "step") continue;
      let terminal = terminals.get(block.terminal);
      if (terminal === undefined) {
        terminal = await Terminal.open({ path: folder, ports: portsOn(await screen.screen()) });
        terminals.set(block.terminal, terminal);
      }
      await terminal.does(block);
    }
    if (does === "watch") await eventually(async () => await done() > count, "the step to be over");
    else if (does === "look") await screen.press("Enter");
    else {
      await screen.press(lesson.question.right.toLowerCase());
      await eventually(async () => await done() > count, "the right answer");
    }
  };
  try {
    const steps = stepsOf(lesson, () => true);
    for (const [index, step] of steps.entries()) {
      await passed(step, steps[index - 1]).catch(async (cause) => {
        throw new Error(`Step ${index + 1} of:\n${await screen.screen()}`, { cause });
      });
    }
    await screen.press("q");
    await screen.until(/exit code 0/);
  } finally {
    for (const terminal of [...terminals.values()].reverse()) await terminal.close();
  }
}

/** The ports that replace those of the lessons, as the text says it. */
function portsOn(screen: string): ReadonlyMap<string, number> {
  const ports = new Map([["8080", 8080], ["8081", 8081], ["9999", 9999]]);
  const said = screen.replace(/\s+/g, " ").matchAll(/Port (\d+) is in use .*?it is port (\d+)\./g);
  for (const [, port, other] of said) ports.set(port!, Number(other));
  return ports;
}

for (const lesson of lessons) {
  Deno.test({
    name: `learn ${lesson.number}: every step is noticed`,
    ignore: isQuick || !canLearn || !toolsOf(lesson).every((tool) => hasCommand(tool, "-h")),
    async fn() {
      const folder = await Deno.makeTempDir();
      await Deno.symlink(Deno.execPath(), `${folder}/deno`);
      try {
        await learn(lesson, folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
