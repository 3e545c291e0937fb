import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CONFUSABLES, CONFUSABLES_VERSION } from "../../../server/names/confusable_table.ts";
import { looksOf, skeleton } from "../../../server/names/confusables.ts";
import { checkNewName } from "../../../server/names/name_rules.ts";
import { hostileText } from "../../protocol/texts.ts";

/** Whether two names look the same. */
function lookAlike(one: string, other: string): boolean {
  return !new Set(looksOf(one)).isDisjointFrom(new Set(looksOf(other)));
}

const ALIKE: readonly (readonly [why: string, one: string, other: string])[] = [
  ["a Cyrillic а", "\u0430lice", "alice"],
  ["a capital Cyrillic А", "\u0410lice", "Alice"],
  ["all of it Cyrillic", "\u0441\u043e\u0440\u0435", "cope"],
  ["all of it Cyrillic in capitals", "\u0412\u041e\u0412", "bob"],
  ["a Greek ο", "b\u03bfb", "bob"],
  ["a capital Greek Β", "\u0392ob", "Bob"],
  ["an Armenian օ", "b\u0585b", "bob"],
  ["a Cherokee Ꭺ", "\u13aalice", "Alice"],
  ["a dotless ı", "al\u0131ce", "alice"],
  ["a one for an l", "a1ice", "alice"],
  ["a bar for an l", "a|ice", "alice"],
  ["a capital I for an l", "aIice", "alice"],
  ["a zero for an o", "b0b", "bob"],
  ["a zero for a capital O", "0scar", "Oscar"],
  ["r and n for an m", "rnary", "Mary"],
  ["an Arabic-Indic digit one for an l", "a\u0661ice", "alice"],
  ["upper and lower case", "ALEX", "alex"],
  ["one letter of another script among capitals", "\u0430LICE", "alice"],
  ["full width", "\uff21lex", "alex"],
  ["mathematical letters", "\u{1d41a}\u{1d425}\u{1d41e}\u{1d431}", "alex"],
  ["letterlike symbols", "a\u2113ex", "alex"],
  ["a Lisu letter", "\ua4d0ob", "Bob"],
  ["a capital We of Cyrillic", "\u051cade", "Wade"],
  ["a capital Qa of Cyrillic", "\u051auentin", "Quentin"],
  ["two accents that look the same", "a\u030ca", "\u0103a"],
  ["white space around", " alex ", "alex"],
];
for (const [why, one, other] of ALIKE) {
  Deno.test(`confusables: ${why} look alike`, () => assert(lookAlike(one, other)));
}

Deno.test("confusables: different names do not look alike", () => {
  const names = ["alice", "alicé", "alicia", "bob", "bop", "Мария", "小明", "a", "e", "7", "x2"];
  const looks = names.flatMap(looksOf);
  assertEquals(new Set(looks).size, looks.length);
});

Deno.test("confusables: the table is complete", () => {
  assert(Number.parseInt(CONFUSABLES_VERSION) >= 16);
  assert(CONFUSABLES.split(/[,:]/).length > 6000);
});

Deno.test("confusables: a skeleton is its own skeleton", () => {
  for (const line of CONFUSABLES.trimEnd().split("\n")) {
    const [prototype, sources] = line.split(":");
    const codes = [prototype!.split("+"), ...sources!.split(",").map((code) => [code])];
    for (const code of codes) {
      const text = String.fromCodePoint(...code.map((hex) => Number.parseInt(hex, 16)));
      assertEquals(skeleton(skeleton(text)), skeleton(text), code.join("+"));
    }
  }
});

Deno.test("confusables: a name looks like itself in every normal form", () => {
  fc.assert(fc.property(hostileText, (text) => {
    const { name } = checkNewName(text);
    if (name === undefined) return;
    assertEquals(looksOf(name), looksOf(` ${name.normalize("NFD")} `));
    assert(
      looksOf(name).every((look) => look !== ""),
      "an empty look would equal that of other such names",
    );
  }));
});

Deno.test("confusables: a text that is too long for a name has no look", () => {
  assertEquals(looksOf("a".repeat(129)), []);
});
