import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import {
  fromByteString,
  ircLine,
  ircTagValue,
  LineDecoder,
  MAX_IRC_INPUT_BYTES,
  MAX_IRC_LINE_BYTES,
  MAX_IRC_TAG_BYTES,
  packWords,
  parseIrcLine,
  splitBytes,
  toByteString,
  TOO_LONG,
  withoutIrcFormatting,
} from "../../protocol/mod.ts";
import { type DecoderRow, found, testRows } from "./streams.ts";

/** Each line as `COMMAND(parameters)`, or its fault. */
function shown(line: string): string[] {
  const parsed = parseIrcLine(line);
  if (parsed === undefined) return [];
  if (parsed.fault !== undefined) return [parsed.fault];
  const { command, params } = parsed.line;
  return [`${command}(${params.join("|")})`];
}

const fill = (length: number) => "x".repeat(length);

const ROWS: readonly DecoderRow[] = [
  { why: "a command, cut in its CR LF", stream: "QUIT\r\n", found: ["QUIT()"], worstCut: 5 },
  { why: "a bare LF ends a line, cut before it", stream: "QUIT\n", found: ["QUIT()"], worstCut: 4 },
  { why: "commands have no case", stream: "nick bob\r\n", found: ["NICK(bob)"], worstCut: 4 },
  {
    why: "the last parameter has spaces and colons, cut at its colon",
    stream: "PRIVMSG #tea :a : b  c \r\n",
    found: ["PRIVMSG(#tea|a : b  c )"],
    worstCut: 13,
  },
  {
    why: "an empty last parameter counts, cut before its colon",
    stream: "TOPIC #tea :\r\n",
    found: ["TOPIC(#tea|)"],
    worstCut: 11,
  },
  {
    why: "several spaces separate like one, cut between them",
    stream: "  JOIN   #tea  \r\n",
    found: ["JOIN(#tea)"],
    worstCut: 8,
  },
  {
    why: "a source is left out, cut after it",
    stream: ":bob!u@h JOIN #tea\r\n",
    found: ["JOIN(#tea)"],
    worstCut: 8,
  },
  {
    why: "tags are left out, cut inside them",
    stream: "@label=1;+typing=active PING x\r\n",
    found: ["PING(x)"],
    worstCut: 9,
  },
  { why: "tags without a command are nothing", stream: "@label=1\r\n", found: [], worstCut: 3 },
  { why: "empty lines are nothing", stream: "\r\n \r\n\n", found: [], worstCut: 2 },
  {
    why: "NUL and CR within a line are removed, cut between them",
    stream: "PRIVMSG b :a\0\rb\r\n",
    found: ["PRIVMSG(b|ab)"],
    worstCut: 13,
  },
  {
    why: "UTF-8 across the cut",
    stream: toByteString("PRIVMSG b :ä\r\n"),
    found: ["PRIVMSG(b|ä)"],
    worstCut: 12,
  },
  {
    why: "invalid UTF-8 is a fault, and the next line is read",
    stream: "PRIVMSG b :\xff\r\nQUIT\r\n",
    found: ["invalid UTF-8", "QUIT()"],
    worstCut: 12,
  },
  {
    why: "after 15 parameters the rest is the last one",
    stream: "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\r\n",
    found: ["X(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15 16)"],
    worstCut: 36,
  },
  {
    why: "a line of the maximum length, cut before its end",
    stream: `${fill(MAX_IRC_LINE_BYTES)}\r\n`,
    found: [`${fill(MAX_IRC_LINE_BYTES).toUpperCase()}()`],
    worstCut: MAX_IRC_LINE_BYTES,
  },
  {
    why: "one byte more is too long, and the next line is read",
    stream: `${fill(MAX_IRC_LINE_BYTES + 1)}\r\nQUIT\r\n`,
    found: ["too long", "QUIT()"],
    worstCut: MAX_IRC_LINE_BYTES + 1,
  },
  {
    why: "tags of the maximum length beside a line of the maximum length",
    stream: `@${fill(MAX_IRC_TAG_BYTES - 2)} ${fill(MAX_IRC_LINE_BYTES)}\r\n`,
    found: [`${fill(MAX_IRC_LINE_BYTES).toUpperCase()}()`],
    worstCut: MAX_IRC_TAG_BYTES,
  },
  {
    why: "one byte more of tags is too long",
    stream: `@${fill(MAX_IRC_TAG_BYTES - 1)} QUIT\r\n`,
    found: ["too long"],
    worstCut: MAX_IRC_TAG_BYTES,
  },
  {
    why: "tags of 8192 bytes are too long, and the next line is read",
    stream: `@${fill(8190)} QUIT\r\nQUIT\r\n`,
    found: ["too long", "QUIT()"],
    worstCut: 8191,
  },
  {
    why: "more than any line may have is dropped while it arrives",
    stream: `@${fill(20_000)}\r\nQUIT\r\n`,
    found: ["too long", "QUIT()"],
    worstCut: MAX_IRC_INPUT_BYTES + 1,
  },
];

testRows("lines of IRC", ROWS, (chunks) => {
  const decoder = new LineDecoder(MAX_IRC_INPUT_BYTES);
  return found({
    push: (chunk) => decoder.push(chunk),
    finish: () => decoder.finish(),
    next: () => decoder.next(),
  }, chunks).flatMap((line) => line === "<too long>" ? ["too long"] : shown(line));
});

Deno.test("lines of IRC: any bytes are parsed or refused", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const decoder = new LineDecoder(MAX_IRC_INPUT_BYTES);
    decoder.push(toByteString(text) + "\n");
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) {
      assert(line !== TOO_LONG);
      const parsed = parseIrcLine(line);
      assertLessOrEqual(parsed?.line?.params.length ?? 0, 15);
    }
  }));
});

Deno.test("lines of IRC: a line of the server ends within its limit, at a character", () => {
  assertEquals(ircLine(":hubbub PONG hubbub", "1 2"), ":hubbub PONG hubbub :1 2\r\n");
  assertEquals(ircLine("PING x"), "PING x\r\n");
  for (const letter of ["x", "ä", "€", "😀"]) {
    const line = ircLine("X", letter.repeat(600));
    assertLessOrEqual(line.length, MAX_IRC_LINE_BYTES + 2);
    assert(fromByteString(line)!.endsWith(`${letter}\r\n`), letter);
  }
});

Deno.test("lines of IRC: a long text is split between characters, and nothing is lost", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.integer({ min: 4, max: 40 }),
      (text, size) => {
        const parts = splitBytes(toByteString(text), size);
        assertEquals(parts.map((part) => fromByteString(part)).join(""), text);
        for (const part of parts) assertLessOrEqual(part.length, size);
      },
    ),
  );
});

Deno.test("lines of IRC: words are packed up to a size", () => {
  assertEquals(packWords(["aa", "bb", "cc"], 6), ["aa bb", "cc"]);
  assertEquals(packWords(["much too long", "b"], 4), ["much too long", "b"]);
  assertEquals(packWords([], 4), []);
});

Deno.test("lines of IRC: values of tags are escaped", () => {
  assertEquals(ircTagValue("a;b c\\d\r\n"), "a\\:b\\sc\\\\d\\r\\n");
});

Deno.test("lines of IRC: formatting is removed, and digits after a colour stay", () => {
  assertEquals(
    withoutIrcFormatting("\x02bold\x0f \x0304,05red\x03 \x04ff0000hex \x1d5"),
    "bold red hex 5",
  );
  assertEquals(withoutIrcFormatting("\x03123"), "3", "a colour has two digits");
});
