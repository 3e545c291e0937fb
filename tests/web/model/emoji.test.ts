/** Emoji by their names. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { EMOJI, suggestEmoji, withAllEmoji, withEmoji } from "../../../web/model/emoji.ts";
import { EMOJI_TABLE } from "../../../web/model/emoji_table.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";

Deno.test("emoji: each name of the table is typeable, unique, and has one emoji", () => {
  const words = EMOJI_TABLE.trim().split(/\s+/);
  assertEquals(words.length, 2 * EMOJI.size);
  const graphemes = new Intl.Segmenter();
  for (const [name, emoji] of EMOJI) {
    assert(/^[a-z0-9_+-]+$/.test(name), name);
    assert(/\p{Extended_Pictographic}/u.test(emoji), name);
    assertEquals([...graphemes.segment(emoji)].length, 1, name);
  }
});

Deno.test("emoji: a name that begins after a space is completed, from two letters on", () => {
  const labels = (text: string) =>
    suggestEmoji(text, text.length)?.suggestions.map(({ label }) => label) ?? [];
  assertEquals(labels(":tad"), ["🎉 :tada:"]);
  assertEquals(labels("so (:unic"), ["🦄 :unicorn:"]);
  assertEquals(labels(":thumbs"), ["👍 :thumbsup:", "👎 :thumbsdown:"]);
  assertEquals(labels(":+1"), ["👍 :+1:"]);
  assertEquals(labels(":umbr"), ["☔ :umbrella:", "🏖️ :beach_umbrella:"]);
  assertEquals(labels(":he").length, 10);
  const none = [":", ":t", "10:30", "http:tada", "a:tada", ":D", ":-)", ":zzzz", "`:tad"];
  for (const text of none) assertEquals(labels(text), [], text);
  assertEquals(suggestEmoji("hi :tad there", 7)?.start, 3);
});

Deno.test("emoji: the last colon of a name replaces it", () => {
  assertEquals(withEmoji("yes :tada: and", 10), { text: "yes 🎉 and", caret: 6 });
  assertEquals(withEmoji(":+1:", 4), { text: "👍", caret: 2 });
  for (const text of [":nonsense:", "10:30:", "::", "x:tada:", "`:tada:"]) {
    assertEquals(withEmoji(text, text.length), undefined, text);
  }
});

Deno.test("emoji: names in a text that is sent become emoji, except in code", () => {
  for (
    const [text, expected] of [
      [":tada: and (:+1:)\n:fire:", "🎉 and (👍)\n🔥"],
      ["`:tada:` :tada: ```\n:fire:\n```", "`:tada:` 🎉 ```\n:fire:\n```"],
      ["10:30:40 :nonsense: a:tada:", "10:30:40 :nonsense: a:tada:"],
      ["/me :wave:", "/me 👋"],
    ]
  ) assertEquals(withAllEmoji(text!), expected, text);
  const hostile = ["```".repeat(30_000), "` ".repeat(50_000), ":a".repeat(50_000)];
  for (const text of hostile) assertLess(cpuMilliseconds(() => withAllEmoji(text)), 1000);
});
