import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename, join } from "node:path";
import fc from "fast-check";
import { numberedName, safeFileName } from "../../../client/files/file_name.ts";

const NAMES: readonly (readonly [raw: string, safe: string])[] = [
  ["photo.png", "photo.png"],
  ["Grüße aus Köln.txt", "Grüße aus Köln.txt"],
  ["写真 😀.jpg", "写真 😀.jpg"],
  ["../../etc/passwd", "_.._etc_passwd"],
  ["/etc/passwd", "_etc_passwd"],
  ["..\\..\\boot.ini", "_.._boot.ini"],
  ["C:\\Windows\\win.ini", "C__Windows_win.ini"],
  ["..", "file"],
  [".", "file"],
  ["", "file"],
  [" . . ", "file"],
  [".bashrc", "bashrc"],
  ["  ..profile", "profile"],
  ["name. . .", "name"],
  ["a\nb\tc\0d\x1b[31m.txt", "a_b_c_d_[31m.txt"],
  ["file.txt:stream", "file.txt_stream"],
  ['a<b>c"d|e?f*g', "a_b_c_d_e_f_g"],
  ["invoice\u202egpj.exe", "invoicegpj.exe"],
  ["zero\u200bwidth\ufeff.txt", "zerowidth.txt"],
  ["con", "_con"],
  ["CON.txt", "_CON.txt"],
  ["com1.tar.gz", "_com1.tar.gz"],
  ["LPT¹", "_LPT¹"],
  ["nul .txt", "_nul .txt"],
  ["console.log", "console.log"],
  ["\ud800.txt", "\ufffd.txt"],
  ["e\u0301.txt", "\u00e9.txt"],
];

for (const [raw, safe] of NAMES) {
  Deno.test(`file name: ${JSON.stringify(raw)} becomes ${JSON.stringify(safe)}`, () => {
    assertEquals(safeFileName(raw), safe);
  });
}

Deno.test("file name: a long one keeps its ending and fits into a file system", () => {
  const long = safeFileName("é".repeat(300) + ".tar");
  assert(long.endsWith("é.tar"));
  assert(new TextEncoder().encode(long).length <= 200);
  assertEquals(safeFileName("x." + "y".repeat(300)).length, 200);
});

Deno.test("file name: any text stays in its folder, is visible, and does not change when cleaned again", () => {
  const raw = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("/", "\\", ".", " ", ":", "\0", "a", "con", "\u202e") }),
  );
  fc.assert(fc.property(raw, (text) => {
    const name = safeFileName(text);
    assertEquals(basename(join("/downloads", name)), name);
    assertMatch(name, /^[^./\\\s][^/\\]*$/);
    assertEquals(safeFileName(name), name);
  }));
});

Deno.test("file name: a number is inserted before the extension", () => {
  assertEquals(numberedName("a.txt", 1), "a.txt");
  assertEquals(numberedName("a.txt", 2), "a (2).txt");
  assertEquals(numberedName("a.tar.gz", 3), "a.tar (3).gz");
  assertEquals(numberedName("README", 2), "README (2)");
});
