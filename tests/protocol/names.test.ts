import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_NAME_LENGTH } from "../../protocol/limits.ts";
import { checkName, nameKey } from "../../protocol/names.ts";
import { hostileText } from "./texts.ts";

const GOOD: readonly (readonly [why: string, typed: string, name: string])[] = [
  ["a plain name", "Alice", "Alice"],
  ["one character", "a", "a"],
  ["white space around it is cut off", " \tAlice\r\n", "Alice"],
  ["decomposed letters are composed", "Ame\u0301lie", "Amélie"],
  ["other scripts", "Мария", "Мария"],
  ["Chinese", "小明", "小明"],
  ["digits first", "007", "007"],
  ["punctuation inside", "J.R.-R_T!", "J.R.-R_T!"],
  ["a mark inside belongs to its letter", "a\u0323\u0308x", "ạ\u0308x"],
  ["a start character elsewhere", "a/[*#@", "a/[*#@"],
  ["an emoji", "😀", "😀"],
  ["32 characters", "x".repeat(32), "x".repeat(32)],
  ["32 emoji: characters are counted, not their halves", "😀".repeat(32), "😀".repeat(32)],
  [
    "33 characters that normal form makes 32",
    "x".repeat(31) + "e\u0301",
    "x".repeat(31) + "é",
  ],
  ["a name that objects have", "__proto__", "__proto__"],
];

for (const [why, typed, name] of GOOD) {
  Deno.test(`names: accepts ${why}`, () => assertEquals(checkName(typed), { name }));
}

const BAD: readonly (readonly [why: string, typed: string, fault: string])[] = [
  ["nothing", "", "empty"],
  ["white space alone", " \t\u00a0\u3000", "empty"],
  ["33 characters", "x".repeat(33), "too long"],
  ["33 emoji", "😀".repeat(33), "too long"],
  ["a million characters", "x".repeat(1_000_000), "too long"],
  ["a space inside", "Alice Smith", "characters"],
  ["a no-break space", "Alice\u00a0Smith", "characters"],
  ["an ideographic space", "小\u3000明", "characters"],
  ["a line feed", "Alice\nBob", "characters"],
  ["a comma, which separates names in lists", "Alice,Bob", "characters"],
  ["a colon, which separates names from text", "Alice:", "characters"],
  ["an escape", "\x1b[31mAlice", "characters"],
  ["NUL", "Al\0ice", "characters"],
  ["DEL", "Alice\x7f", "characters"],
  ["a C1 control", "Alice\x9b", "characters"],
  ["a zero-width space", "Al\u200bice", "characters"],
  ["a zero-width joiner", "Al\u200dice", "characters"],
  ["a byte order mark inside", "Al\ufeffice", "characters"],
  ["a soft hyphen", "Al\u00adice", "characters"],
  ["a variation selector", "Alice\ufe0f", "characters"],
  ["a tag character", "Alice\u{e0041}", "characters"],
  ["a Hangul filler, which takes room and shows nothing", "Al\u3164ice", "characters"],
  ["a combining grapheme joiner", "Al\u034fice", "characters"],
  ["a right-to-left override", "Al\u202eice", "characters"],
  ["a right-to-left isolate", "Al\u2067ice", "characters"],
  ["a right-to-left mark", "Al\u200fice", "characters"],
  ["a line separator", "Al\u2028ice", "characters"],
  ["a lone surrogate", "Al\ud83dice", "characters"],
  ["a Braille pattern of no dots", "\u2800", "characters"],
  ["the object replacement character", "Al\ufffcice", "characters"],
  ["the replacement character", "Al\ufffdice", "characters"],
  ["the Hangul fillers", "\u115f\u1160\uffa0", "characters"],
  ["a soft hyphen alone", "\u00ad", "characters"],
  ["a variation selector alone", "\ufe0f", "characters"],
  ["tag characters alone", "\u{e0061}\u{e0062}", "characters"],
  ["a Mongolian vowel separator", "\u180e", "characters"],
  ["an invisible plus", "a\u2064b", "characters"],
  ["the musical null notehead", "\u{1d159}", "characters"],
  ["an Egyptian blank", "\u{13441}", "characters"],
  ["an unassigned code point", "Al\u0378ice", "characters"],
  ["a private one", "Al\ue000ice", "characters"],
  ["a slash first: it starts a command", "/Alice", "characters"],
  ["a bracket first: the server's lines start so", "[SYSTEM]", "characters"],
  ["a star first: so do others", "***", "characters"],
  ["a hash first", "#lobby", "characters"],
  ["an at sign first", "@Alice", "characters"],
  ["a full-width bracket first: it looks like one", "\uff3bSYSTEM]", "characters"],
  ["a full-width slash first", "\uff0fAlice", "characters"],
  ["a full-width star first", "\uff0a\uff0a\uff0a", "characters"],
  ["a full-width hash first", "\uff03lobby", "characters"],
  ["a full-width at sign first", "\uff20Alice", "characters"],
  ["a small at sign first", "\ufe6bAlice", "characters"],
  ["a full-width colon", "Alice\uff1a", "characters"],
  ["a full-width comma", "Alice\uff0cBob", "characters"],
  ["a small comma", "Alice\ufe50Bob", "characters"],
  ["what is two words in its plain form", "a\u00a8b", "characters"],
  ["a combining mark first: it would attach itself to the bracket", "\u0301a", "characters"],
];

for (const [why, typed, fault] of BAD) {
  Deno.test(`names: refuses ${why}`, () => {
    assertEquals(checkName(typed).fault, fault);
    assertEquals(checkName(typed).name, undefined);
  });
}

const SAME: readonly (readonly [why: string, one: string, other: string])[] = [
  ["upper and lower case", "Alice", "aLICE"],
  ["full-width letters", "Alice", "\uff21lice"],
  ["composed and decomposed", "Amélie", "Ame\u0301lie"],
  ["a ligature", "ﬁona", "fiona"],
  ["Cyrillic case", "МАРИЯ", "мария"],
  ["surrounding white space", " alice ", "Alice"],
];

for (const [why, one, other] of SAME) {
  Deno.test(`names: ${why} are one name`, () => assertEquals(nameKey(one), nameKey(other)));
}

Deno.test("names: different names stay different", () => {
  const names = ["alice", "alicé", "al1ce", "alice2", "ålice", "小明", "constructor"];
  assertEquals(new Set(names.map(nameKey)).size, names.length);
});

Deno.test("names: an accepted name is accepted again unchanged, with the same key", () => {
  fc.assert(fc.property(hostileText, (typed) => {
    const { name } = checkName(typed);
    if (name === undefined) return;
    assertEquals(checkName(name), { name });
    assertEquals(nameKey(name), nameKey(typed));
    assert([...name].length <= MAX_NAME_LENGTH);
    // deno-lint-ignore no-control-regex -- what must not be there
    assert(!/[\s\x00-\x1f\x7f-\x9f,:]/u.test(name));
    assert(name.isWellFormed());
  }));
});

Deno.test("names: a text over 128 units is invalid, and its key is that of no name", () => {
  for (
    const text of ["x".repeat(129), " ".repeat(128) + "x", "a" + "\u0315\u0300".repeat(16_000)]
  ) {
    assertEquals(checkName(text).fault, "too long");
    assertEquals(checkName(nameKey(text)).name, undefined);
  }
  assertEquals(checkName(" ".repeat(127) + "x"), { name: "x" });
  assertEquals(nameKey(" ".repeat(127) + "X"), "x");
});
