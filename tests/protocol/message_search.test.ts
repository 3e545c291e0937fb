import { assert, assertEquals, assertLess } from "@std/assert";
import { isFound, parseSearch, searchWords } from "../../protocol/mod.ts";
import { cpuMilliseconds } from "../support/cpu_time.ts";

const isMatch = (words: string, text: string) => isFound(text, parseSearch(words));

/** Typed words, a message that has them, and one that has not. */
const CASES: readonly (readonly [what: string, words: string, found: string, other: string])[] = [
  ["a word", "tea", "I like tea.", "I like coffee."],
  ["a word in another case", "TEA", "Tea?", "Eat"],
  ["all words, in any order", "tea green", "green, then tea", "green"],
  ["the beginning of the last word", "green te", "green tea", "green cat"],
  ["no beginning of an earlier word", "gre tea", "gre tea", "green tea"],
  ["no middle of a word", "een", "een", "green"],
  ["words without accents", "cafe", "Café", "cave"],
  ["words with accents", "café", "CAFE", "cave"],
  ["decomposed accents", "cafe\u0301", "caf\u00e9", "cave"],
  ["Cyrillic in another case", "МОСКВА", "Москва", "Минск"],
  ["a final sigma", "ΟΔΟΣ", "οδος", "οδο"],
  ["a phrase", '"green tea"', "a green tea", "tea, green"],
  ["a phrase with whole words", '"green te"', "green te", "green tea"],
  ["a phrase without its end", '"green tea', "green tea", "tea green"],
  ["two phrases", '"a b" "c d"', "c d a b", "a b c x d"],
  ["a phrase before the beginning of a word", '"a b" c', "c1 a b", "a c1 b"],
  ["a text with punctuation as a phrase", "e-mail", "an e-mail", "mail e"],
  ["an address", "example.org/x", "see https://example.org/x1", "org example x"],
  ["a number", "8080", "port=8080", "port=808"],
  ["Chinese characters that follow each other", "文字", "中文字符", "字文"],
  ["Japanese with Latin letters", "東京tower", "東京Tower", "tower東京"],
  ["Thai", "ไทย", "ภาษาไทย", "ภาษา"],
  ["Korean by the beginning of a word", "한국", "한국어", "국한"],
  ["an emoji", "🎉", "done🎉🎉", "done"],
  ["compatibility forms", "file", "ﬁle", "fie"],
  ["operators as words", "tea OR coffee", "tea or coffee", "tea"],
  ["the syntax of FTS5 as separators", "NEAR(tea, 2) * ^", "near tea, 2", "tea"],
];

for (const [what, words, found, other] of CASES) {
  Deno.test(`search: finds ${what}`, () => {
    assert(isMatch(words, found), found);
    assert(!isMatch(words, other), other);
  });
}

Deno.test("search: a text without letters and digits has no words", () => {
  for (const text of ["", " ", '"', '""', "!?*-", "\u0301", "、。"]) {
    assertEquals(parseSearch(text), [], text);
  }
});

Deno.test("search: words are those of the message, with digits and without punctuation", () => {
  assertEquals(searchWords('He said: "2 Cafés, l\'été_3"'), [
    ...["he", "said", "2", "cafes", "l", "ete", "3"],
  ]);
});

Deno.test("search: a text of combining marks takes no longer than others", () => {
  const marks = "a" + "\u0301\u0323\u05b0\u05c1".repeat(512);
  // Measured: 0.1 ms each; 4 ms without the bound.
  const milliseconds = cpuMilliseconds(() => {
    for (let times = 0; times < 20; times++) isMatch("x", marks);
  });
  assertLess(milliseconds, 40);
});

Deno.test("search: many words in a message of many words take little time", () => {
  const letters = Array.from({ length: 1365 }, (_, at) => String.fromCodePoint(0x4e00 + at));
  const text = letters.join("");
  // The shortest of several times: other work of the machine is not in all of them.
  const timeOf = (terms: ReturnType<typeof parseSearch>) => {
    let shortest = Infinity;
    for (let times = 0; times < 20; times++) {
      const start = performance.now();
      assert(isFound(text, terms));
      shortest = Math.min(shortest, performance.now() - start);
    }
    return shortest;
  };
  const one = parseSearch(letters.at(-1)!);
  const many = parseSearch(letters.slice(-128).join(" "));
  timeOf(one);
  // Measured: 2 times as long; 20 to 40 times, where each word is compared with all of the message.
  assert(timeOf(many) < 10 * timeOf(one));
});

Deno.test("search: a word that is typed again is searched for once", () => {
  assertEquals(parseSearch("tea ".repeat(64)).length, 2, "as a word, and as the beginning of one");
});
