import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  cleanLine,
  cleanText,
  hasTooManyLines,
  hostPort,
  isBlank,
  shorten,
} from "../../protocol/text.ts";
import { hostileText } from "./texts.ts";
import { sizeText } from "../../protocol/mod.ts";

const ROWS: readonly (readonly [why: string, text: string, clean: string])[] = [
  ["plain text stays", "Hey Alice!", "Hey Alice!"],
  ["TAB stays", "a\tb", "a\tb"],
  ["a line feed stays", "a\nb", "a\nb"],
  ["CR LF is a line feed", "a\r\nb", "a\nb"],
  ["CR alone goes: it would write over the sender's name", "a\rBob: b", "aBob: b"],
  ["CR CR LF is one line feed", "a\r\r\nb", "a\nb"],
  ["NUL goes", "a\0b", "ab"],
  ["BEL goes", "a\x07b", "ab"],
  ["backspace goes", "a\bb", "ab"],
  ["vertical tab and form feed go", "a\v\fb", "ab"],
  ["an escape loses what makes it one", "a\x1b[2Jb", "a[2Jb"],
  ["DEL goes", "a\x7fb", "ab"],
  ["the one-byte escape of C1 goes", "a\x9b2Jb", "a2Jb"],
  ["NEL goes: it is a line end to some terminals", "a\x85b", "ab"],
  ["the ends of C1 go, what stands beside them stays", "\x7e\x80\x9f\xa0", "\x7e\xa0"],
  ["line and paragraph separators go", "a\u2028\u2029b", "ab"],
  ["bidirectional overrides and embeddings go", "a\u202a\u202b\u202c\u202d\u202eb", "ab"],
  ["bidirectional isolates go", "a\u2066\u2067\u2068\u2069b", "ab"],
  ["Arabic stays", "مرحبا", "مرحبا"],
  ["an emoji stays", "😀", "😀"],
  ["an emoji of many parts stays", "👩‍👩‍👧‍👦🏽❤️", "👩‍👩‍👧‍👦🏽❤️"],
  ["a lone high surrogate is replaced", "a\ud83db", "a\ufffdb"],
  ["a lone low surrogate is replaced", "\ude00", "\ufffd"],
  ["swapped surrogates are two lone ones", "\ude00\ud83d", "\ufffd\ufffd"],
  ["taking out a control joins no surrogates", "\ud83d\0\ude00", "\ufffd\ufffd"],
];

for (const [why, text, clean] of ROWS) {
  Deno.test(`text: ${why}`, () => assertEquals(cleanText(text), clean));
}

/** By code, apart from the expression under test. */
function isForbidden(code: number): boolean {
  return (code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
    (code >= 0xd800 && code <= 0xdfff);
}

Deno.test("text: exactly the forbidden code points are removed", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const kept = cleanText(String.fromCodePoint(code)) !== "";
    if (kept === isForbidden(code)) throw new Error(`U+${code.toString(16)} kept: ${kept}`);
  }
});

Deno.test("text: cleaned text has no forbidden characters, and cleaning is idempotent", () => {
  fc.assert(fc.property(hostileText, (text) => {
    const clean = cleanText(text);
    assert([...clean].every((character) => !isForbidden(character.codePointAt(0)!)));
    assertEquals(cleanText(clean), clean);
    assertEquals(cleanLine(text).includes("\n"), false);
    assertEquals(cleanLine(cleanLine(text)), cleanLine(text));
  }));
});

Deno.test("text: clean text stays unchanged", () => {
  fc.assert(fc.property(hostileText, (text) => {
    const isClean = [...text].every((character) => !isForbidden(character.codePointAt(0)!));
    if (isClean) assertEquals(cleanText(text), text);
  }));
});

Deno.test("text: cleanLine replaces line feeds by spaces", () => {
  assertEquals(cleanLine("a\nb\r\nc\x1bd"), "a b cd");
});

Deno.test("text: white space is blank", () => {
  for (const text of ["", " ", "\t\n", "\u00a0\u3000", "\r\n"]) {
    assert(isBlank(text), JSON.stringify(text));
  }
  for (const text of ["a", " a", "\na", "é", "😀", "~", "!", "\x7f"]) {
    assert(!isBlank(text), JSON.stringify(text));
  }
});

Deno.test("text: isBlank agrees with trim, also on its fast path", () => {
  fc.assert(fc.property(hostileText, (text) => assertEquals(isBlank(text), text.trim() === "")));
});

Deno.test("text: shorten counts characters and adds an ellipsis", () => {
  assertEquals(shorten("abc", 3), "abc");
  assertEquals(shorten("abcd", 3), "ab…");
  assertEquals(shorten("😀😀😀", 3), "😀😀😀");
  assertEquals(shorten("😀😀😀😀", 3), "😀😀…");
  assertEquals(shorten("", 3), "");
});

Deno.test("text: lines are counted up to the limit of a message", () => {
  for (
    const [text, isOver] of [["", false], ["\n".repeat(255), false], [
      "\n".repeat(256),
      true,
    ]] as const
  ) {
    assertEquals(hasTooManyLines(text), isOver);
  }
});

Deno.test("text: an IPv6 address before a port has brackets, also with a zone", () => {
  assertEquals(hostPort({ host: "127.0.0.1", port: 8080 }), "127.0.0.1:8080");
  assertEquals(hostPort({ host: "chat.example", port: 1 }), "chat.example:1");
  assertEquals(hostPort({ host: "::1", port: 80 }), "[::1]:80");
  assertEquals(hostPort({ host: "fe80::1%eth0", port: 80 }), "[fe80::1%eth0]:80");
});

Deno.test("text: only hostPort joins a host and a port", async () => {
  const byHand: string[] = [];
  const root = new URL("../../", import.meta.url).pathname;
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (name.endsWith(".ts") && name !== "page_files.ts") {
        const source = await Deno.readTextFile(path);
        for (const [found] of source.matchAll(/\$\{(?:[^{}]|\$\{[^}]*\})*\}:\$\{[^}]*port/gi)) {
          byHand.push(`${path.slice(root.length)}: ${found}`);
        }
      }
    }
  };
  for (const folder of ["protocol", "server", "client", "bench", "cli", "web"]) {
    await visit(root + folder);
  }
  assertEquals(byHand, ["protocol/text.ts: ${host}:${port"], "hostPort itself");
});

for (
  const [bytes, text] of [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1 KB"],
    [1999, "1.9 KB"],
    [9999, "9.9 KB"],
    [10_999, "10 KB"],
    [2_345_678, "2.3 MB"],
    [25_000_000, "25 MB"],
    [1e12, "1 TB"],
    [Number.MAX_SAFE_INTEGER, "9007 TB"],
  ] as const
) Deno.test(`sizes: ${bytes} is ${text}`, () => assertEquals(sizeText(bytes), text));
