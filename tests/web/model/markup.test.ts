/** Code, quoted lines and links in the text of a message. */

import { assertEquals, assertLess } from "@std/assert";
import { type InlinePart, inlineParts, parseMarkup } from "../../../web/model/markup.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";

/** A short notation of the parts: code in brackets, links in angle brackets. */
const inline = (parts: readonly InlinePart[]) =>
  parts.map(({ text, isCode, href }) => isCode ? `[${text}]` : href ? `<${text}>` : text).join("");

Deno.test("markup: a code span ends at as many backticks as begin it", () => {
  for (
    const [text, expected] of [
      ["run `ls -l` now", "run [ls -l] now"],
      ["``a`b`` c", "[a`b] c"],
      ["`` ` ``", "[`]"],
      ["` `", "[ ]"],
      ["```one line```", "[one line]"],
      ["a ` b", "a ` b"],
      ["a `` b ` c", "a `` b ` c"],
      ["`a``b`", "[a``b]"],
      ["`a` and `b`", "[a] and [b]"],
      ["`http://a.example` http://b.example", "[http://a.example] <http://b.example>"],
      ["*a* _b_ **c** <b>", "*a* _b_ **c** <b>"],
    ]
  ) assertEquals(inline(inlineParts(text!)), expected, text);
});

Deno.test("markup: fenced blocks and quoted lines are blocks; a fence without an end is text", () => {
  for (
    const [text, ...expected] of [
      ["a\nb", "lines a\nb"],
      [
        "see\n```ts\nlet a = `b`;\n\n> c\n```\nok",
        "lines see",
        "code let a = `b`;\n\n> c",
        "lines ok",
      ],
      ["```\na\n```", "code a"],
      ["```\n```", "code "],
      ["```\na\n``` b", "lines ```\na\n``` b"],
      ["a ```\nb\n```", "lines a ```\nb\n```"],
      ["> Ann: hi\n> you\nhello", "quote Ann: hi\nyou", "lines hello"],
      ["`a\nb`", "lines `a\nb`"],
      [">\n>a", "quote \na"],
      ["a > b", "lines a > b"],
      ["```\na\n```\n```\nb\n```", "code a", "code b"],
      ["", "lines "],
    ]
  ) {
    const blocks = parseMarkup(text!).map((block) =>
      `${block.kind} ${block.kind === "code" ? block.text : inline(block.parts)}`
    );
    assertEquals(blocks, expected, text);
  }
});

Deno.test("markup: hostile texts cost no more than their length", () => {
  const growing = Array.from({ length: 400 }, (_, length) => "`".repeat(length)).join(" ");
  for (const text of ["`".repeat(200_000), "` ".repeat(100_000), growing, "```\n".repeat(50_000)]) {
    assertLess(cpuMilliseconds(() => parseMarkup(text)), 2000); // minutes if it were quadratic
  }
});
