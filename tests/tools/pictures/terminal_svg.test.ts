import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseScreen } from "../../../tools/pictures/screen.ts";
import { terminalSvg } from "../../../tools/pictures/terminal_svg.ts";

/** Runs without the properties that are not set. */
function parsed(screen: string) {
  return parseScreen(screen).map((runs) =>
    runs.map((run) => Object.fromEntries(Object.entries(run).filter(([, value]) => value)))
  );
}

Deno.test("screen: colours of each form, and what ends them", () => {
  assertEquals(
    parsed("\x1b[32mok\x1b[39m \x1b[38;5;208mdue\x1b[0m \x1b[38;2;1;2;3mred\x1b[m end   "),
    [[
      { text: "ok", color: "#6bc46d" },
      { text: " ", column: 2 },
      { text: "due", column: 3, color: "rgb(255,135,0)" },
      { text: " ", column: 6 },
      { text: "red", column: 7, color: "rgb(1,2,3)" },
      { text: " end", column: 10 },
    ]],
  );
});

Deno.test("screen: bold, dim, underlined and reversed text, a style over a line end, greys", () => {
  assertEquals(parsed("\x1b[1;2;4;7mA\x1b[22;24;27mB\x1b[48;5;244mC\nD\x1b[49m\n\n"), [
    [
      { text: "A", isBold: true, isDim: true, isUnderlined: true, isReversed: true },
      { text: "B", column: 1 },
      { text: "C", column: 2, background: "rgb(128,128,128)" },
    ],
    [{ text: "D", background: "rgb(128,128,128)" }],
  ]);
});

Deno.test("screen: the text of a link stays, characters outside the BMP take one column", () => {
  assertEquals(parsed("𝄞\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\"), [[
    { text: "𝄞" },
    { text: "here", column: 1 },
  ]]);
});

Deno.test("terminal picture: texts are escaped, each run has its place, blank rows fill the height", () => {
  const picture = (lines: number) =>
    terminalSvg({
      title: "a < b",
      rows: parseScreen("x <y>\n  \x1b[7mz\x1b[0m"),
      columns: 10,
      lines,
    });
  const svg = picture(0);
  assertStringIncludes(svg, 'aria-label="a &lt; b"');
  assertStringIncludes(svg, 'x="14" y="56" textLength="40">x &lt;y&gt;</text>');
  // Reversed: a box in the colour of the text, and the text in that of the background.
  assertStringIncludes(svg, '<rect x="30" y="60" width="8" height="16" fill="#dde3ea"/>');
  const heightOf = (text: string) => Number(/ height="(\d+)"/.exec(text)![1]);
  assertEquals(heightOf(picture(5)) - heightOf(svg), 3 * 16);
  assert(!svg.includes("\x1b"));
});
