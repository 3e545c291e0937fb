import { assert, assertEquals, assertMatch } from "@std/assert";
import { COLORED, layOut, PLAIN_STYLE, visibleWidth, wrap } from "../../../client/learn/layout.ts";
import { type Block, parseLessonBook } from "../../../client/learn/lesson_book.ts";
import { lessonList, lessonText } from "../../../client/learn/plain_text.ts";

const plain = (columns: number) => ({ columns, style: PLAIN_STYLE });

const COMMAND: Block = {
  kind: "step",
  action: "runs",
  terminal: 2,
  lines: ["a command that is much longer than the terminal"],
  until: [],
};

Deno.test("layout: a paragraph is wrapped, and indented below a bullet", () => {
  assertEquals(wrap("one two three four five six", plain(20)), [
    "  one two three four",
    "  five six",
  ]);
  assertEquals(wrap("one two three four five six", plain(20), "A. "), [
    "  A. one two three",
    "     four five six",
  ]);
});

Deno.test("layout: marks become colours, which take no room", () => {
  const text = "**one** _two_ `three four` [five](six.md) and_so_on 2 * 3";
  const lines = wrap(text, { columns: 30, style: COLORED });
  assert(lines[0]!.includes("\x1b[1mone\x1b[0m \x1b[1mtwo\x1b[0m \x1b[36mthree"));
  const bare = wrap(text, plain(200)).join("");
  assertEquals(bare, "  one two `three four` five and_so_on 2 * 3");
  assertEquals(visibleWidth(COLORED.good("✓ done")), 6);
});

Deno.test("layout: commands are not wrapped, so that they can be copied", () => {
  assertEquals(layOut([COMMAND], plain(20)), [
    "",
    "  Terminal 2, type:",
    "",
    "      a command that is much longer than the terminal",
  ]);
});

Deno.test("layout: a caption that names the terminal is label enough", () => {
  const caption: Block = { kind: "paragraph", text: "In terminal 2 call it:" };
  assertEquals(layOut([caption, COMMAND], plain(80)).slice(0, 4), [
    "",
    "  In terminal 2 call it:",
    "",
    "      a command that is much longer than the terminal",
  ]);
  const other: Block = { kind: "paragraph", text: "After terminal 3:" };
  assertMatch(layOut([other, COMMAND], plain(80)).join("\n"), /Terminal 2, type:/);
});

Deno.test("layout: a drawing keeps its form, or is left out of a narrow terminal", () => {
  const drawing: Block = { kind: "drawing", lines: ["1234567890".repeat(3), "  x"] };
  assertEquals(layOut([drawing], plain(32)), ["", `  ${"1234567890".repeat(3)}`, "    x"]);
  assertEquals(layOut([drawing], plain(30)), ["", "1234567890".repeat(3), "  x"]);
  assertEquals(
    layOut([drawing], plain(29)).join(" ").replace(/\s+/g, " "),
    " (A drawing is left out: it is 30 columns wide.)",
  );
});

Deno.test("layout: a table becomes a list where it does not fit", () => {
  const table: Block = { kind: "table", rows: [["word", "what it is"], ["port", "a number"]] };
  assertEquals(layOut([table], plain(40)), ["", "  word  what it is", "  port  a number"]);
  assertEquals(layOut([table], plain(17)), ["", "  - port: a number"]);
});

const { lessons } = parseLessonBook(
  await Deno.readTextFile(new URL("../../../docs/LESSONS.md", import.meta.url)),
);

Deno.test("layout: at 40 columns only commands and their output are wider", () => {
  for (const { title, goal, blocks, question } of lessons) {
    const prose = blocks.filter(({ kind }) => kind !== "step");
    const lines = [
      ...wrap(goal, plain(40)),
      ...layOut([...prose, ...question.explanation], plain(40)),
      ...question.choices.flatMap(({ text }) => wrap(text, plain(40), "A. ")),
    ];
    const labels = layOut(blocks, plain(40)).filter((line) => /^ {2}Terminal \d+\b.*:$/.test(line));
    assertEquals([...lines, ...labels].filter((line) => visibleWidth(line) > 40), [], title);
  }
});

Deno.test("layout: all drawings fit into 80 columns", () => {
  for (const lesson of lessons) {
    const drawings = layOut(lesson.blocks.filter(({ kind }) => kind === "drawing"), plain(80));
    assertEquals(drawings.filter((line) => line.includes("left out")), [], lesson.title);
  }
});

Deno.test("plain text: a lesson has its parts, without control sequences", () => {
  for (const lesson of lessons) {
    const text = lessonText(lesson, 15, plain(80));
    for (
      const part of [lesson.title, "You will know", "Question:", `Answer: ${lesson.question.right}`]
    ) {
      assert(text.includes(part), `${lesson.title}: ${part}`);
    }
    assert(!text.includes("\x1b"));
  }
});

Deno.test("plain text: the list marks what is answered, and where the learner is", () => {
  const list = lessonList([{ number: 1, title: "One" }, { number: 2, title: "Two" }, {
    number: 10,
    title: "Ten",
  }], { lesson: 2, step: 3, answered: new Map([[1, 1], [2, 2]]) });
  assertEquals(list.split("\n"), [
    "✓  1  One (answered at once)",
    "✓  2  Two (answered with choice 2; you are here)",
    "  10  Ten",
  ]);
});
