import { assertEquals } from "@std/assert";
import { mentionsOf, splitAtMentions } from "../../../client/core/mentions.ts";

const MENTIONS: [text: string, name: string, count: number, why: string][] = [
  ["Ann: look", "Ann", 1, "addressed"],
  ["hey ann, and @ANN!", "Ann", 2, "without regard to case"],
  ["Annie and Joann", "Ann", 0, "within other names"],
  ["ann_b ann2", "Ann", 0, "underscores and digits are of a word"],
  ["Änn änn", "änn", 2, "beyond ASCII"],
  ["Joänn", "änn", 0, "within a word beyond ASCII"],
  ["𝒜nn", "nn", 0, "behind a letter of two code units"],
  ["😀ann😀", "Ann", 1, "between emoji"],
  ["a.b a+b", "a.b", 1, "a name is no pattern"],
  ["İ ann", "Ann", 1, "a letter that grows in lower case shifts nothing"],
  ["дарья, привет", "Дарья", 1, "in Cyrillic"],
  ["a+b?", "a+b", 1, "followed by punctuation"],
  ["aab", "a+b", 0, "a plus sign is no quantifier"],
  ["anything", "", 0, "no name yet"],
];

for (const [text, name, count, why] of MENTIONS) {
  Deno.test(`mentions of ${JSON.stringify(name)} in ${JSON.stringify(text)}: ${why}`, () => {
    const spans = mentionsOf(text, name);
    assertEquals(spans.length, count);
    assertEquals(splitAtMentions(text, name).map((part) => part.text).join(""), text);
    for (const [start, end] of spans) {
      assertEquals(text.slice(start, end).toLowerCase(), name.toLowerCase());
    }
  });
}

Deno.test("a text is split at the mentions of a name", () => {
  assertEquals(splitAtMentions("ann, hi @Ann", "Ann"), [
    { text: "ann", isMention: true },
    { text: ", hi @", isMention: false },
    { text: "Ann", isMention: true },
  ]);
});
