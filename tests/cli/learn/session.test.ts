import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { EventKind, LessonEvent } from "../../../client/learn/conditions.ts";
import { PLAIN_STYLE } from "../../../client/learn/layout.ts";
import { parseLessonBook } from "../../../client/learn/lesson_book.ts";
import type { Position } from "../../../client/learn/position.ts";
import { BEGINNING, type Progress } from "../../../client/learn/progress.ts";
import { Dialogue, Inbox, type Message } from "../../../cli/learn/dialogue.ts";
import { keysOf } from "../../../cli/learn/keys.ts";
import { LessonScreen } from "../../../cli/learn/screen.ts";
import { LearnSession } from "../../../cli/learn/session.ts";
import { PortInUseError, type TerminalOneHandlers } from "../../../cli/learn/terminal_one_host.ts";
import { eventually } from "../../support/eventually.ts";

const lesson = (number: number, doing: string) =>
  `## ${number}. Lesson ${number}

**You will know** something.

${doing}

**Question.** Which?

- **A.** Wrong.
- **B.** Right.

<details><summary>Answer</summary>

**B.** Because of ${number}.

</details>

`;

const BOOK = parseLessonBook(
  "| tool | instead |\n| --- | --- |\n| `nc` | `ncat` |\n\n" +
    lesson(
      1,
      `\`\`\`sh 1
deno task hubbub echo
\`\`\`

\`\`\`sh 2 until connects
nc 127.0.0.1 8080
\`\`\`

\`\`\`text 2 types until sends "Hello"
Hello
\`\`\`

\`\`\`text 1 presses
Ctrl+C
\`\`\``,
    ) +
    lesson(
      2,
      `\`\`\`sh 2 until waits 1
look here
\`\`\``,
    ),
);

/** A session on a fake terminal, with a fake terminal 1. */
function startSession(options: {
  readonly progress?: Progress;
  /** Those that are chosen, one after the other. */
  readonly ports?: readonly ReadonlyMap<number, number>[];
  /** A port that another program has taken when a server is started. */
  readonly takenPort?: number;
  readonly observable?: (kind: EventKind) => boolean;
  readonly hasTools?: boolean;
} = {}) {
  let written = "";
  const ports = [...options.ports ?? []];
  const inbox = new Inbox<Message>();
  const screen = new LessonScreen({ write: (text) => written += text }, PLAIN_STYLE, false);
  const commands: string[] = [];
  const stored: Progress[] = [];
  const reached: Position[] = [];
  const terminal: { handlers?: TerminalOneHandlers } = {};
  const session = new LearnSession({
    book: BOOK,
    dialogue: new Dialogue(screen, inbox),
    event: (event) => inbox.push({ event }),
    choosePorts: () => Promise.resolve(ports.shift() ?? new Map([[8080, 8080]])),
    openTerminalOne: (handlers) => {
      terminal.handlers = handlers;
      return {
        run(command, given, isTraced) {
          if (given.get(8080) === options.takenPort) return Promise.reject(new PortInUseError("x"));
          commands.push(`${command}${isTraced ? " (traced)" : ""}`);
          handlers.print("Listening");
          return Promise.resolve();
        },
        stop() {
          commands.push("stop");
          return Promise.resolve();
        },
      };
    },
    isObservable: options.observable ?? (() => true),
    hasTool: () => Promise.resolve(options.hasTools ?? true),
    program: "hubbub",
    store: (progress) => stored.push(progress),
    reached: (position) => reached.push(position),
  }, options.progress ?? BEGINNING);
  const ended = session.run();
  return {
    commands,
    stored,
    reached,
    ended,
    press: (keys: string) => keysOf(keys).forEach((key) => inbox.push({ key })),
    happens: (event: LessonEvent) => terminal.handlers!.event(event),
    prints: (line: string) => terminal.handlers!.print(line),
    /** Waits for text behind what was waited for before; its line ends do not matter. */
    async until(expected: RegExp) {
      const form = new RegExp(expected.source.replaceAll(" ", "\\s+"));
      await eventually(() => form.test(written), String(expected)).catch((cause) => {
        throw new Error(`Expected ${expected} in:\n${written}`, { cause });
      });
      const text = written;
      written = "";
      return text;
    },
  };
}

Deno.test("session: a lesson runs its server, notices what is done, and asks its question", async () => {
  const session = startSession();
  assertMatch(
    await session.until(/2\/5 Waiting until a client connects/),
    /This is terminal 1 of[^]*Lesson 1 of 2: Lesson 1[^]*1 \$ hubbub echo\n[^]*1 │ Listening\n[^]*nc 127\.0\.0\.1 8080/,
  );
  session.happens({ kind: "connects" });
  await session.until(/✓ A client has connected\.[^]*Waiting until "Hello" arrives/);
  session.happens({ kind: "sends", text: "Helo" });
  await session.until(/"Helo" is something else\. Still waiting until "Hello" arrives\./);
  session.happens({ kind: "sends", text: "hello" });
  await session.until(/✓ "Hello" has arrived\.[^]*Enter: continue/); // before terminal 1 is changed
  session.press("\r");
  await session.until(/Ctrl\+C[^]*Which\?[^]*A\. Wrong\. B\. Right\.[^]*Your answer: a, b/);
  session.press("z");
  session.press("a");
  await session.until(/✗ A is not right\. Choose again\./);
  session.press("b");
  await session.until(/✓ B is right\.[^]*Because of 1\.[^]*Enter: lesson 2/);
  session.press("q");
  await session.ended;
  assertEquals(session.commands, ["deno task hubbub echo (traced)", "stop", "stop"]);
  assertEquals(session.stored.at(-1), { lesson: 2, step: 0, answered: new Map([[1, 2]]) });
  assertEquals(session.reached.at(-1), { lesson: 1, step: 5, steps: 5, answered: 1 });
});

Deno.test("session: after the last lesson it sums up, and begins anew the next time", async () => {
  const progress = { lesson: 2, step: 0, answered: new Map([[1, 1]]) };
  const session = startSession({ progress });
  await session.until(/Waiting until a client waits in the queue/);
  session.happens({ kind: "waits", count: 1 });
  await session.until(/Your answer/);
  session.press("b");
  await session.until(/You have answered 2 of 2 questions, 2 of them at once\./);
  await session.ended;
  assertEquals(session.stored.at(-1)!.lesson, 1);
});

Deno.test("session: what cannot be observed is left to the learner", async () => {
  const progress = { lesson: 2, step: 0, answered: new Map() };
  const session = startSession({ progress, observable: (kind) => kind !== "waits" });
  await session.until(/Look at it · Enter: continue/);
  session.press("\rq");
  await session.ended;
});

Deno.test("session: a step is skipped, help names a substitute, and r repeats the text", async () => {
  const session = startSession({ hasTools: false });
  await session.until(/This machine has no nc\. Instead: `ncat`\.[^]*Waiting until a client/);
  session.press("h");
  await session.until(/This is terminal 1\.[^]*Without nc: `ncat`\./);
  session.press("r");
  await session.until(/nc 127\.0\.0\.1 8080/);
  session.press("s");
  await session.until(/Skipped\.[^]*Waiting until "Hello" arrives/);
  session.press("q");
  await session.ended;
  assertEquals(session.commands.at(-1), "stop");
});

Deno.test("session: the answer can be shown, which does not count as answered", async () => {
  const session = startSession({ progress: { lesson: 1, step: 4, answered: new Map() } });
  await session.until(/it continues at step 5 of 5\. To begin it anew: hubbub learn 1[^]*Your/);
  session.press("h");
  await session.until(/Press the letter of an answer: a, b/);
  session.press("x");
  await session.until(/The answer is B\.[^]*Because of 1\./);
  session.press("q");
  await session.ended;
  assertEquals(session.stored.at(-1)!.answered.size, 0);
});

Deno.test("session: the text has the port that replaces the one in use", async () => {
  const session = startSession({ ports: [new Map([[8080, 40_001], [9999, 40_002]])] });
  const text = await session.until(/Waiting until a client/);
  assertMatch(text, /Port 8080 is in use on this machine: here it is port 40001\./);
  assertMatch(text, /1 \$ hubbub echo --port 40001\n[^]*nc 127\.0\.0\.1 40001/);
  assert(!text.includes("9999")); // which the lesson does not use
  session.press("\x03");
  await session.until(/Stopping terminal 1/);
  await session.ended;
});

Deno.test("session: a port that was taken since the lesson began is replaced", async () => {
  const ports = [new Map([[8080, 8080]]), new Map([[8080, 40_001]])];
  const session = startSession({ ports, takenPort: 8080 });
  const text = await session.until(/nc 127\.0\.0\.1 40001[^]*Waiting until a client/);
  assertMatch(
    text,
    /1 \$ hubbub echo\n[^]*here it is port 40001\.[^]*1 \$ hubbub echo --port 40001/,
  );
  session.press("q");
  await session.ended;
});

Deno.test("session: a server that never gets a port is an error", async () => {
  const session = startSession({ takenPort: 8080 });
  await assertRejects(() => session.ended, PortInUseError);
  assertEquals(session.commands, ["stop"]);
});

Deno.test("session: a flood of lines is cut, and counted", async () => {
  const session = startSession();
  await session.until(/Waiting until a client/);
  for (let line = 1; line <= 50; line++) session.prints(`line ${line}`);
  session.happens({ kind: "connects" });
  const text = await session.until(/lines of terminal 1 are left out/);
  assertEquals(text.match(/line \d+\n/g)?.length, 12);
  assertMatch(text, /38 more lines of terminal 1 are left out\./);
  session.press("q");
  await session.ended;
});

Deno.test("session: a flood of other texts than the wanted one is cut", async () => {
  const session = startSession();
  await session.until(/Waiting until a client/);
  session.happens({ kind: "connects" });
  await session.until(/Waiting until "Hello" arrives/);
  for (let count = 0; count < 50; count++) session.happens({ kind: "sends", text: "y" });
  session.happens({ kind: "sends", text: "Hello" });
  const text = await session.until(/✓/);
  assertEquals(text.match(/"y" is something else/g)?.length, 10);
  session.press("q");
  await session.ended;
});
