import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkName, nameSkeleton } from "../../protocol/mod.ts";
import { hostileText } from "./texts.ts";

const SAME: readonly (readonly [why: string, one: string, other: string])[] = [
  ["a Cyrillic а", "\u0430lice", "alice"],
  ["a capital Cyrillic А", "\u0410lice", "Alice"],
  ["all of it Cyrillic", "\u0441\u043e\u0440\u0435", "cope"],
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
  ["upper and lower case", "ALEX", "alex"],
  ["full width", "\uff21lex", "alex"],
  ["white space around", " alex ", "alex"],
  ["a capital We of Cyrillic, which is a W to the eye", "\u051cade", "Wade"],
  ["a capital Qa of Cyrillic, which is a Q to the eye", "\u051auentin", "Quentin"],
];

for (const [why, one, other] of SAME) {
  Deno.test(`look-alikes: ${why} cannot be told apart`, () => {
    assertEquals(nameSkeleton(one), nameSkeleton(other));
  });
}

Deno.test("look-alikes: names that can be told apart stay apart", () => {
  const names = ["alice", "alicé", "alicia", "bob", "bop", "Мария", "小明", "a", "e", "7", "x2"];
  assertEquals(new Set(names.map(nameSkeleton)).size, names.length);
});

Deno.test("look-alikes: every script may be used, as long as nobody looks the same", () => {
  for (const name of ["Мария", "Ελένη", "Արամ", "小明"]) {
    assertEquals(checkName(name).name, name);
    assert(nameSkeleton(name) !== "");
  }
});

Deno.test("look-alikes: a name looks like itself, however it is normalized", () => {
  fc.assert(fc.property(hostileText, (text) => {
    const { name } = checkName(text);
    if (name === undefined) return;
    assertEquals(nameSkeleton(name), nameSkeleton(` ${name.normalize("NFD")} `));
    assert(nameSkeleton(name) !== "", "or it would look like any other such name");
  }));
});
