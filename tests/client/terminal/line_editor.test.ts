/** The line editor on a screen in memory, with its own keys. */

import { assert, assertEquals } from "@std/assert";
import { LineEditor, MAX_TYPED_CHARACTERS } from "../../../client/terminal/line_editor.ts";
import { ScreenOutput } from "../../../client/terminal/screen_output.ts";
import { addEntered, Undo } from "../../../client/terminal/line_history.ts";
import { FakeClock, Sink } from "../fakes.ts";
import { Screen } from "./screen.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";

const KEYS = {
  up: "\x1b[A",
  down: "\x1b[B",
  left: "\x1b[D",
  home: "\x1b[H",
  end: "\x1b[F",
  pageUp: "\x1b[5~",
  pageDown: "\x1b[6~",
  backspace: "\x7f",
  undo: "\x1f",
  search: "\x12",
  newer: "\x13",
  giveUp: "\x07",
  newLine: "\x1b\r",
};

/** Three lines, and a search for those with "ne". */
const SEARCH = ["one\r", "two\r", "tone\r", KEYS.search, "ne"];

function editorOf(columns = 80) {
  const output = new Sink();
  output.columns = columns;
  const screen = new Screen(columns);
  let drawn = 0;
  const clock = new FakeClock();
  const entered: string[] = [];
  const pressed: string[] = [];
  const turned: number[] = [];
  let full = 0;
  const editor = new LineEditor(new ScreenOutput(output), clock, {
    entered(text) {
      entered.push(text);
      editor.drawHere();
    },
    pressed: (key) => void pressed.push(key),
    turned: (number) => void turned.push(number),
    full: () => full++,
  }, () => {});
  editor.setPrompt("> ");
  editor.draw();
  return {
    ...{ editor, clock, entered, pressed, turned, output },
    type: (...keys: string[]) => keys.forEach((key) => editor.type(key)),
    line: () => {
      const { text, cursor } = editor.line;
      return text.slice(0, cursor) + "|" + text.slice(cursor);
    },
    /** The content of the screen. */
    rows: () => {
      clock.advance(16);
      screen.write(output.text.slice(drawn));
      drawn = output.text.length;
      return screen.text.split("\n");
    },
    full: () => full,
  };
}

Deno.test("Alt with a digit turns to a room, also within a line and a search", () => {
  const { type, turned, line } = editorOf();
  type("half", "\x1b1", "\x1b9", "\x1b0", "\x1b[D", "\x1b3");
  assertEquals([turned, line()], [[1, 9, 3], "hal|f"]);
  type("\r", KEYS.search, "ha", "\x1b2", "!");
  assertEquals([turned, line()], [[1, 9, 3, 2], "!|half"]);
});

/** Typed keys, and the resulting line. */
const EDITS: readonly [name: string, keys: readonly string[], line: string][] = [
  ["Ctrl+T swaps the last two characters at the end", ["abc", "\x14"], "acb|"],
  ["Ctrl+T swaps those around the cursor", ["abc", KEYS.left, "\x14"], "acb|"],
  ["Ctrl+T moves on", ["abcd", KEYS.home, "\x06", "\x14", "\x14"], "bca|d"],
  ["Ctrl+T does nothing at the start", ["ab", KEYS.home, "\x14"], "|ab"],
  ["Ctrl+T does nothing in a line of one", ["a", "\x14"], "a|"],
  ["Ctrl+T keeps characters of two units whole", ["a😀", "\x14"], "😀a|"],
  ["Alt+T swaps words", ["one two  three", "\x1bt"], "one three  two|"],
  ["Alt+T swaps the word at the cursor with that before", [
    "one two three",
    "\x1bb",
    KEYS.left,
    "\x1bt",
  ], "two one| three"],
  ["Alt+T leaves a word alone", ["one", "\x1bt"], "one|"],
  ["Alt+U makes a word upper-case", ["grüße euch", KEYS.home, "\x1bu"], "GRÜSSE| euch"],
  ["Alt+U takes the next word", ["a, b", KEYS.home, "\x06", "\x1bu"], "a, B|"],
  ["Alt+U goes to the end where no word follows", ["ab !", KEYS.left, "\x1bu"], "ab !|"],
  ["Alt+L makes a word lower-case", ["ABC DEF", KEYS.home, "\x1bl"], "abc| DEF"],
  ["Alt+C capitalises a word", ["hELLO you", KEYS.home, "\x1bc"], "Hello| you"],
  ["Ctrl+_ undoes text typed in a row", ["one", KEYS.undo], "|"],
  ["Ctrl+_ takes back a deletion", ["one two", "\x17", KEYS.undo], "one two|"],
  ["Ctrl+_ takes back one after the other", [
    "one",
    KEYS.left,
    "x",
    "\x01",
    "\x0b",
    KEYS.undo,
    KEYS.undo,
  ], "on|e"],
  ["Ctrl+_ in a new line does nothing", ["one\r", KEYS.undo], "|"],
  ["Ctrl+_ takes back a completed case", ["one", KEYS.home, "\x1bu", KEYS.undo], "|one"],
  ["Alt+Enter breaks the line", ["one", KEYS.newLine, "two"], "one\ntwo|"],
  ["Shift+Enter breaks it, where a terminal sends that", ["one", "\x1b[13;2u", "two"], "one\ntwo|"],
  ["Ctrl+W deletes up to a blank", ["see a-b.c/über ", "\x17"], "see |"],
  ["Alt+Backspace takes a word, of any letters", ["see a-grüße ", "\x1b\x7f"], "see a-|"],
  ["Alt+D takes the next word", ["ja, naïve Köpfe", KEYS.home, "\x1bd", "\x1bd"], "| Köpfe"],
  ["Ctrl+Y inserts the deleted text", ["eins zwölf", "\x17", "x ", "\x19"], "eins x zwölf|"],
  ["Alt+Y inserts the text deleted before", ["a b", "\x17", "\x17", "\x19", "\x1by"], "b|"],
  ["a word taken in the middle leaves the rest", ["a bc d", KEYS.left, KEYS.left, "\x17"], "a | d"],
  ["Ctrl+_ takes back a word taken", ["a b", "\x17", KEYS.undo], "a b|"],
  ["deleting does nothing where there is no text", ["a", KEYS.home, "\x17", "\x1b\x7f"], "|a"],
  ["Alt+B and Alt+F go by words, of any letters", [
    "für Ölöfen и всё",
    "\x1bb",
    "\x1bb",
    "\x1bb",
    "\x1bf",
  ], "für Ölöfen| и всё"],
  ["Ctrl and the arrows do so", ["für alle", "\x1b[1;5D", "\x1b[1;5D", "\x1b[1;5C"], "für| alle"],
  [
    "Alt+< moves to the first line, Alt+> back",
    ["a\r", "b\r", "c", "\x1b<", "\x1b>", "\x1b<"],
    "a|",
  ],
  ["PageUp goes to the first line entered", ["a\r", "b\r", "c\r", KEYS.pageUp], "a|"],
  ["PageDown comes back to the line that was typed", [
    "a\r",
    "b\r",
    "new",
    KEYS.pageUp,
    KEYS.pageDown,
  ], "new|"],
  ["PageUp and PageDown without a history do nothing", ["x", KEYS.pageUp, KEYS.pageDown], "x|"],
  ["PageDown keeps a new line", ["a\r", "new", KEYS.pageDown], "new|"],
  ["the arrows go on from there", ["a\r", "b\r", KEYS.pageUp, KEYS.down], "b|"],
  ["Ctrl+R finds the last line with a text", [
    ...SEARCH,
    "\x05",
  ], "tone|"],
  ["Ctrl+R again finds the one before", [
    ...SEARCH,
    KEYS.search,
    "\x05",
  ], "one|"],
  ["Ctrl+S goes back", [
    ...SEARCH,
    KEYS.search,
    KEYS.newer,
    "\x05",
  ], "tone|"],
  [
    "a search continues with each typed character",
    ["abc\r", "abd\r", KEYS.search, "ab", "c", "\x05"],
    "abc|",
  ],
  ["Backspace takes a letter of it back", [
    "abc\r",
    "abd\r",
    KEYS.search,
    "abc",
    KEYS.backspace,
    "\x05",
  ], "abd|"],
  ["the arrows bring the typed line back", ["a\r", "new", KEYS.home, KEYS.up, KEYS.down], "|new"],
  ["the arrows find lines that begin alike", ["ab\r", "b\r", "a", KEYS.up, KEYS.up], "ab|"],
  ["Ctrl+P and Ctrl+N are arrows", ["a\r", "b\r", "\x10", "\x10", "\x0e"], "b|"],
  ["a line that was changed is a new one", ["a\r", "b\r", KEYS.up, "c", KEYS.down], "bc|"],
  ["Ctrl+G gives the line back", ["one\r", "new", KEYS.search, "on", KEYS.giveUp], "new|"],
  ["Ctrl+C does so, too", ["one\r", "new", KEYS.search, "on", "\x03"], "new|"],
  [
    "a search without a match keeps the last match",
    ["one\r", "new", KEYS.search, "onx", "\x05"],
    "one|",
  ],
  ["a search with nothing found leaves the line", ["new", KEYS.search, "on", "\x05"], "new|"],
  [
    "typing continues at the found place",
    ["one two\r", KEYS.search, "two", KEYS.left, "x"],
    "onex| two",
  ],
  ["Ctrl+_ takes a search back", ["one\r", "new", KEYS.search, "on", "\x05", KEYS.undo], "new|"],
  [
    "keys without a meaning type nothing",
    ["a", "\x1b[15~", "\x1c", "\x1d", "\x1b.", "\x1bOM", "b"],
    "ab|",
  ],
  ["separators of lines and paragraphs enter nothing", ["a\u2028b\u2029c"], "a b c|"],
];

for (const [name, keys, line] of EDITS) {
  Deno.test(`line editor: ${name}`, () => {
    for (const cut of [false, true]) {
      const scene = editorOf();
      scene.type(
        ...(cut ? keys.flatMap((key) => key.startsWith("\x1b") ? [key] : [...key]) : keys),
      );
      assertEquals(scene.line(), line, cut ? "key by key" : "at once");
      // The screen shows the line.
      const { text } = scene.editor.line;
      assertEquals(scene.rows().slice(-text.split("\n").length).join("\n"), `> ${text}`.trimEnd());
      scene.editor.close();
    }
  });
}

Deno.test("line editor: a search shows its query, and that nothing matches", () => {
  const scene = editorOf();
  scene.type("one\r", "half", KEYS.search);
  assertEquals(scene.rows().at(-1), "(search) : half");
  scene.type("o", "n");
  assertEquals(scene.rows().at(-1), "(search) on: one");
  scene.type("x");
  assertEquals(scene.rows().at(-1), "(not found) onx: one");
  scene.type(KEYS.backspace, "\r");
  assertEquals(scene.entered, ["one", "one"], "Enter enters the found line");
  scene.editor.close();
});

Deno.test("line editor: Ctrl+C, Ctrl+D, Ctrl+L and Ctrl+Z are for the terminal", () => {
  const { type, pressed, line, editor } = editorOf();
  type("\x04", "ab", "\x0c", "\x1a", "\x04", KEYS.home, "\x04", "\x03");
  assertEquals(pressed, ["end", "clear", "suspend", "interrupt"]);
  assertEquals(line(), "|b", "in a line Ctrl+D deletes");
  editor.close();
});

Deno.test("line editor: passwords are in neither the history nor a search", () => {
  const { type, entered, line, editor } = editorOf();
  const secrets = ["/register secret", "/nick Ann secret", "/registr secret"];
  for (const text of ["one", ...secrets]) type(`${text}\r`);
  assertEquals(entered, ["one", ...secrets]);
  type(KEYS.up);
  assertEquals(line(), "one|");
  type(KEYS.up);
  assertEquals(line(), "one|");
  type(KEYS.down, KEYS.search, "secret");
  assert(!line().includes("/"), line());
  editor.close();
});

Deno.test("line editor: the history has no blank lines, no repeated ones, and an end", () => {
  const history: string[] = [];
  for (const line of ["one", "one", "", "  ", "two", "one"]) addEntered(history, line);
  assertEquals(history, ["one", "two", "one"]);
  for (let count = 1; count <= 1000; count++) addEntered(history, `${count}`);
  assertEquals([history.length, history[0], history.at(-1)], [1000, "1000", "1"]);
});

Deno.test("line editor: undo restores nothing of an entered line", () => {
  const { type, entered, line, editor } = editorOf();
  type("/register secret x", "\x17", KEYS.backspace, "\r", KEYS.undo, KEYS.undo);
  assertEquals([entered, line()], [["/register secret"], "|"]);
  editor.close();
});

Deno.test("line editor: the oldest of many changes cannot be undone", () => {
  const undo = new Undo();
  for (let count = 0; count < 600; count++) undo.changed({ text: `${count}`, cursor: 0 }, false);
  const texts: string[] = [];
  for (let line = undo.back(); line !== undefined; line = undo.back()) texts.push(line.text);
  assertEquals([texts.length, texts[0], texts.at(-1)], [500, "599", "100"]);
});

Deno.test("line editor: several lines are entered as one, also from the history", () => {
  const { type, entered, line, editor } = editorOf();
  type("one", KEYS.newLine, "two\r", "x\r", KEYS.up, KEYS.up);
  assertEquals(entered, ["one\ntwo", "x"]);
  assertEquals(line(), "one\ntwo|");
  editor.close();
});

for (
  const [how, piece, text] of [
    ["at once", 10_000, "x".repeat(10_000)],
    ["in pieces as a terminal sends them", 100, "word ".repeat(2000)],
    ["character by character", 1, "x".repeat(10_000)],
    ["of wide characters and emoji", 7, "日本語 😀 ".repeat(1500)],
  ] as const
) {
  Deno.test(`line editor: 10,000 characters ${how} take under 500 ms`, () => {
    const { editor, clock, rows, entered, pressed } = editorOf();
    const took = cpuMilliseconds(() => {
      for (let at = 0; at < text.length; at += piece) {
        editor.type(text.slice(at, at + piece));
        // A frame for every hundred characters: two at ten thousand per second.
        if (at % 100 === 0) clock.advance(16);
      }
      editor.type("\x03");
    });
    assertEquals(pressed, ["interrupt"]);
    assert(took < 500, `${took} ms`);
    assertEquals(editor.line.text, text);
    assertEquals(rows().join("").replaceAll(" ", ""), `>${text}`.replaceAll(" ", ""));
    editor.type("\r");
    assertEquals(entered, [text]);
    editor.close();
  });
}

Deno.test("line editor: keys find the first row of a line that arrived at once", () => {
  for (const keys of [[KEYS.home], ["\x15", "\x19", KEYS.home], [KEYS.home, KEYS.end]]) {
    const scene = editorOf(10);
    scene.type("abcdefghijklmnopqrstuvwxyz", ...keys);
    assertEquals(scene.rows(), ["> abcdefgh", "ijklmnopqr", "stuvwxyz"]);
    scene.editor.close();
  }
});

Deno.test("line editor: a terminal without a size has one endless row", () => {
  const { editor, type, line } = editorOf(0);
  type("x".repeat(100), KEYS.home, "日本", KEYS.end, KEYS.newLine, KEYS.left);
  assertEquals(line(), "日本" + "x".repeat(100) + "|\n");
  assertEquals(editor.cursorRow, 0);
  editor.close();
});

Deno.test("line editor: a line is limited in length", () => {
  const { editor, full } = editorOf();
  editor.type("x".repeat(MAX_TYPED_CHARACTERS + 10));
  assertEquals(editor.line.text.length, MAX_TYPED_CHARACTERS);
  assert(full() > 0);
  editor.insert("more");
  editor.type(KEYS.newLine);
  editor.type("\x15\x19\x19");
  assertEquals(editor.line.text.length, MAX_TYPED_CHARACTERS);
  editor.close();
});

Deno.test("line editor: rows are drawn with its own measure", () => {
  const narrow = editorOf(10);
  narrow.type("x".repeat(25));
  assertEquals(narrow.editor.cursorRow, 2);
  assertEquals(narrow.rows(), ["> xxxxxxxx", "xxxxxxxxxx", "xxxxxxx"]);
  narrow.editor.close();
});
