/** The private parts of `node:readline` that the line editor uses, and those that it replaces. */

import { assertEquals } from "@std/assert";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { DisplayPosition } from "../../../client/terminal/readline.ts";
import { Sink } from "../fakes.ts";

Deno.test("readline: has the private parts that the line editor uses", () => {
  const output = new Sink();
  output.columns = 10;
  const input = new PassThrough();
  const editor = createInterface({ input, output, terminal: true, historySize: 0 }) as
    & ReturnType<typeof createInterface>
    & Record<string, unknown>;
  const entered: string[] = [];
  editor.on("line", (text) => entered.push(text));
  const position = editor._getDisplayPos as (text: string) => { rows: number; cols: number };
  assertEquals({ ...position.call(editor, "日本") }, { cols: 4, rows: 0 });
  editor.setPrompt("");
  editor.write("hello");
  assertEquals([editor.line, editor.cursor], ["hello", 5]);
  Object.assign(editor, { line: `${"x".repeat(25)}\ny`, cursor: 27 });
  editor.prompt(true);
  assertEquals(editor.prevRows, 3);
  editor.write("\r", { name: "return" });
  assertEquals(entered, [`${"x".repeat(25)}\ny`]);
  assertEquals(editor.prevRows, 0);
  editor.close();
});

Deno.test("display positions are those of readline", () => {
  const output = new Sink();
  const editor = createInterface({ input: new PassThrough(), output, terminal: true });
  // Private to node, and the method that ours replaces.
  const slow = (editor as unknown as Record<string, (text: string) => unknown>)._getDisplayPos!;
  for (const columns of [1, 2, 7, 80]) {
    output.columns = columns;
    const positions = new DisplayPosition((character) =>
      (slow.call({ columns: Infinity, tabSize: 8 } as never, character) as { cols: number }).cols
    );
    for (
      const text of [
        "",
        "a",
        "abcdefg",
        "abcdefgh",
        "日本語日本語",
        "a日b本c語",
        "é́",
        "👩‍👩‍👧",
        "one\ntwo",
        "abcdefg\n",
        "\n\n",
      ]
    ) {
      if (columns === 1 && /[日👩]/u.test(text)) continue; // it fits nowhere
      assertEquals({ ...positions.of(text, columns) }, slow.call(editor as never, text), text);
    }
  }
  editor.close();
});
