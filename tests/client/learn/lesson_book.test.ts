import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { LESSON_COUNT } from "../../../cli/options/learn.ts";
import {
  type Block,
  LessonFormatError,
  parseLessonBook,
} from "../../../client/learn/lesson_book.ts";
import { readTerminalOne } from "../../../client/learn/terminal_one.ts";
import { LESSON_TOOLS, toolsIn } from "../../../client/learn/tools.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../../docs/LESSONS.md", import.meta.url));

const HEAD =
  "# Lessons\n\n| tool | without it |\n| ---- | --- |\n| `nc` | `ncat` or\\|and more |\n\n";

const LESSON = `## 1. A title

**You will know** what a _socket_
is.

Some text.

- one
  more
- two

\`\`\`text
a drawing
\`\`\`

\`\`\`sh 2 until connects 2, sends "a, b"
nc 127.0.0.1 8080
\`\`\`

\`\`\`text 2 shows
Hello
\`\`\`

**Question.** Which
one?

- **A.** This.
- **B.** That,
  perhaps.

<details><summary>Answer</summary>

**B.** Because.

More.

</details>
`;

Deno.test("lesson book: a lesson has a goal, blocks and a question", () => {
  const { lessons: [lesson], substitutes } = parseLessonBook(HEAD + LESSON);
  assertEquals(lesson, {
    number: 1,
    title: "A title",
    goal: "what a _socket_ is.",
    blocks: [
      { kind: "paragraph", text: "Some text." },
      { kind: "list", items: ["one more", "two"] },
      { kind: "drawing", lines: ["a drawing"] },
      {
        kind: "step",
        action: "runs",
        terminal: 2,
        lines: ["nc 127.0.0.1 8080"],
        until: [{ kind: "connects", count: 2 }, { kind: "sends", count: 1, text: "a, b" }],
      },
      { kind: "step", action: "shows", terminal: 2, lines: ["Hello"], until: [] },
    ],
    question: {
      text: "Which one?",
      choices: [{ letter: "A", text: "This." }, { letter: "B", text: "That, perhaps." }],
      right: "B",
      explanation: [{ kind: "paragraph", text: "Because." }, { kind: "paragraph", text: "More." }],
    },
  });
  assertEquals(substitutes, [{ tool: "nc", instead: "`ncat` or|and more" }]);
});

Deno.test("lesson book: line ends of Windows make no difference", () => {
  const document = HEAD + LESSON;
  assertEquals(parseLessonBook(document.replaceAll("\n", "\r\n")), parseLessonBook(document));
});

/** What is wrong, the part of a right document, what stands there instead, and the error. */
const FAULTS: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
  ["no goal", "**You will know** what", "You will know what", /^Lesson 1 .* "\*\*You will know/],
  ["nothing to do", /```sh 2[^]*?```\n/, "", /^Lesson 1 has nothing to do/],
  ["no question", "**Question.** Which", "Which", /^Lesson 1 does not end with a question/],
  ["no choices", /- \*\*A[^]*perhaps.\n/, "", /^Lesson 1: a question is a paragraph and a list/],
  ["a choice without its letter", "**B.** That", "That", /^Lesson 1: the choice "That, perhaps/],
  ["choices in another order", "**A.** This", "**C.** This", /^Lesson 1: the choice "\*\*C/],
  ["a single choice", "- **B.** That,\n  perhaps.\n", "", /^Lesson 1: the answer/],
  ["no answer", "</details>", "", /^Lesson 1 does not end with a question/],
  ["an answer without a letter", "**B.** Because", "Because", /^Lesson 1: the answer/],
  ["an answer that is no choice", "**B.** Because", "**C.** Because", /^Lesson 1: the answer/],
  ["text after the answer", "</details>\n", "</details>\n\nMore.\n", /^Lesson 1 does not end with/],
  ["an unknown fence", "```text 2 shows", "```text 2 prints", /fence "text 2 prints" is not under/],
  ["an unknown condition", "connects 2", "dances 2", /unknown condition "dances 2, sends/],
  ["a condition in terminal 1", "sh 2 until", "sh 1 until", /fence "sh 1 until .* not understood/],
  ["an open fence", "```\n\n```text 2", "\n\n```text 2", /fenced block is empty or has no end/],
  ["a lesson in the wrong place", "## 1. A", "## 2. A", /^Lesson 2 is not in its place/],
  ["no table of tools", "| tool |", "| thing |", /no table of tools/],
];

for (const [what, from, to, message] of FAULTS) {
  Deno.test(`lesson book: ${what} is an error that names the place`, () => {
    const document = (HEAD + LESSON).replace(from, () => to);
    assert(document !== HEAD + LESSON);
    const error = assertThrows(() => parseLessonBook(document), LessonFormatError);
    assertMatch((error as LessonFormatError).message, message);
  });
}

const { lessons, substitutes } = parseLessonBook(DOCUMENT);

Deno.test("lesson book: the document has fifteen lessons with questions that can be answered", () => {
  assertEquals(lessons.length, LESSON_COUNT);
  for (const { title, goal, question } of lessons) {
    assertMatch(goal, /^[a-z].*\.$/, title);
    assertMatch(question.text, /\?$/, title);
    assert(question.choices.length >= 3, title);
  }
  const letters = new Set(lessons.map(({ question }) => question.right));
  assertEquals([...letters].sort(), ["A", "B", "C"], "the letter gives the answer away");
});

Deno.test("lesson book: this program can run all commands of terminal 1", () => {
  const commands = lessons.flatMap(({ blocks }) => blocks)
    .filter((block: Block) => block.kind === "step")
    .filter(({ terminal, action }) => terminal === 1 && action === "runs");
  assert(commands.length > 15);
  for (const { lines } of commands) readTerminalOne(lines.join("\n"));
});

Deno.test("lesson book: every tool of the lessons has a substitute", () => {
  assertEquals(substitutes.map(({ tool }) => tool).sort(), [...LESSON_TOOLS].sort());
  const used = new Set(lessons.flatMap(({ blocks }) => toolsIn(blocks)));
  assertEquals([...used].sort(), [...LESSON_TOOLS].sort());
});
