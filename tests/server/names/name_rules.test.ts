import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkName, MAX_NAME_LENGTH } from "../../../protocol/mod.ts";
import { checkNewName, isReserved, RESERVED_NAMES } from "../../../server/names/name_rules.ts";
import { hostileText } from "../../protocol/texts.ts";

const GOOD: readonly (readonly [why: string, name: string])[] = [
  ["Latin", "Alice"],
  ["Latin with accents", "Amélie"],
  ["Vietnamese, with two marks on a letter", "Nguyễn"],
  ["two marks that do not compose", "a\u0323\u0308x"],
  ["polytonic Greek, with three", "\u1fa7δή"],
  ["Cyrillic with digits", "Мария-7"],
  ["Greek", "Ελένη"],
  ["Armenian", "Արամ"],
  ["Cherokee", "ᏣᎳᎩ"],
  ["Hebrew with points", "שׁוּלָה"],
  ["Arabic with vowels", "مُحَمَّد"],
  ["Devanagari with a nukta, a vowel and a nasal", "ज़िंदा"],
  ["Devanagari with a visarga, which looks like a colon", "रामः"],
  ["Kannada, whose vowel takes three marks", "ತೋಂ"],
  ["Thai", "สิทธิ์"],
  ["Tibetan with subjoined letters", "བསྒྲུབས"],
  ["Chinese", "小明"],
  ["Japanese in its three scripts", "田中さんテスト"],
  ["Japanese and Latin", "Ken田中さん"],
  ["Korean and Latin", "Bob김李"],
  ["Bopomofo, Chinese and Latin", "ㄅㄆ李Bob"],
  ["katakana that looks like a slash", "ノリ"],
  ["full-width Latin", "ＡＢ"],
  ["an emoji", "😀"],
  ["an emoji with a skin tone", "👩🏽"],
  ["a flag", "🇩🇪"],
  ["emoji and letters", "Мария😀"],
  ["punctuation", "J.R.-R_T!"],
];
for (const [why, name] of GOOD) {
  Deno.test(`name rules: ${why} may be used`, () => {
    assertEquals(checkNewName(name), { name: name.normalize("NFC") });
  });
}

const BAD: readonly (readonly [why: string, name: string, fault: string])[] = [
  ["what the protocol refuses", "Alice Smith", "characters"],
  ["a Cyrillic letter among Latin ones", "\u0430lice", "scripts"],
  ["a Greek letter among Latin ones", "b\u03bfb", "scripts"],
  ["an Armenian letter among Latin ones", "b\u0585b", "scripts"],
  ["a Cherokee letter among Latin ones", "\u13aalice", "scripts"],
  ["Cyrillic and Greek", "Мα", "scripts"],
  ["Cyrillic and Chinese", "М小", "scripts"],
  ["Greek, Chinese and Latin", "Aα小", "scripts"],
  ["Korean and kana", "김さ", "scripts"],
  ["Bopomofo and kana", "ㄅさ", "scripts"],
  ["Thai and Lao", "กກ", "scripts"],
  ["Arabic digits among Latin letters", "x\u06f1", "scripts"],
  ["mathematical Latin among Cyrillic", "\u{1d41a}лиса", "scripts"],
  ["full-width Latin among Cyrillic", "\uff41лиса", "scripts"],
  ["circled Latin among Cyrillic", "ⓐлиса", "scripts"],
  ["a combining Latin letter on a Cyrillic one", "а\u0363", "marks"],
  ["three marks on a letter", "e\u0301\u0302\u0303", "marks"],
  ["three marks, and one of them composes with a letter", "\u00e9\u0302\u0303", "marks"],
  ["the same mark twice", "b\u0308\u0308", "marks"],
  ["the same Thai mark three times", "ก็็็", "marks"],
  ["five marks of a script of its own", "ས\u0f92\u0fb2\u0fb4\u0f74\u0f7e", "marks"],
  ["a mark on a digit", "1\u0301", "marks"],
  ["a mark on an emoji", "😀\u0301", "marks"],
  ["a mark on punctuation", "_\u0308", "marks"],
  ["a mark of another script", "a\u0e47", "marks"],
  ["a mark of Latin on a Chinese letter", "小\u0301", "marks"],
  ["an enclosing circle", "a\u20dd", "marks"],
  ["a keycap", "1\u20e3", "marks"],
  ["a low asterisk first", "\u204e\u204e\u204e", "characters"],
  ["a division slash first", "\u2215help", "characters"],
  ["a letter colon, which is punctuation to the eye", "Bob\ua789", "characters"],
  ["a ratio sign", "Bob\u2236", "characters"],
  ["a low quotation mark, which looks like a comma", "a\u201ab", "characters"],
];
for (const [why, name, fault] of BAD) {
  Deno.test(`name rules: ${why} may not be used`, () => {
    assertEquals(checkNewName(name), { fault } as never);
  });
}

Deno.test("name rules: an accepted name is accepted again unchanged, also by the protocol", () => {
  fc.assert(fc.property(hostileText, (typed) => {
    const { name } = checkNewName(typed);
    if (name === undefined) return;
    assertEquals(checkNewName(name), { name });
    assertEquals(checkName(name), { name });
    assert([...name].length <= MAX_NAME_LENGTH);
  }));
});

const RESERVED = [
  ...RESERVED_NAMES,
  "SYSTEM",
  "Server",
  "You",
  "Hubbub",
  "\u0405YSTEM", // a Cyrillic Ѕ
  "\uff33\uff39\uff33\uff34\uff25\uff2d",
  "err0r",
  "ERR0R",
  "~SYSTEM~",
  "SYSTEM]",
  "_you_",
  "Server.",
  "SYSTEM😀",
  "hubbub\u02bc", // a modifier letter that looks like an apostrophe
  "\u02bcServer\u02bc",
];
for (const name of RESERVED) {
  Deno.test(`reserved names: ${name} is one`, () => assertEquals(isReserved(name), true));
}

for (
  const name of ["Alice", "Al", "Youri", "Server1", "Systema", "...", "😀", "Hub", "Allan", "a11"]
) {
  Deno.test(`reserved names: ${name} is none`, () => assertEquals(isReserved(name), false));
}
