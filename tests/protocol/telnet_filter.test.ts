import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TelnetFilter } from "../../protocol/telnet_filter.ts";
import { byteByByte, cut, cutAnywhere } from "./streams.ts";

/** The text of a stream, and the answers. */
function filtered(chunks: readonly string[]): { text: string; answers: string } {
  let answers = "";
  const filter = new TelnetFilter((bytes) => answers += bytes);
  const text = chunks.map((chunk) => filter.filter(chunk)).join("");
  return { text, answers };
}

const CASES: readonly (readonly [why: string, stream: string, text: string, answers?: string])[] = [
  ["plain text stays", "hello\r\n", "hello\r\n"],
  ["UTF-8 stays", "caf\xc3\xa9 \xf0\x9f\x98\x80\n", "caf\xc3\xa9 \xf0\x9f\x98\x80\n"],
  ["DO is refused with WONT", "a\xff\xfd\x01b", "ab", "\xff\xfc\x01"],
  ["WILL is refused with DONT", "a\xff\xfb\x18b", "ab", "\xff\xfe\x18"],
  ["WONT and DONT need no answer", "\xff\xfc\x01\xff\xfe\x03x", "x"],
  [
    "what PuTTY opens with",
    "\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03Ann\r\n",
    "Ann\r\n",
    "\xff\xfe\x1f\xff\xfe\x20\xff\xfe\x18\xff\xfe\x27\xff\xfc\x01\xff\xfe\x03\xff\xfc\x03",
  ],
  ["Ctrl+C in telnet: IP, then DO TIMING-MARK", "ab\xff\xf4\xff\xfd\x06\n", "ab\n", "\xff\xfc\x06"],
  ["commands without an option go", "a\xff\xf1b\xff\xf6c\xff\xf9d\xff\xefe", "abcde"],
  ["a doubled IAC is one byte of the text", "a\xff\xffb", "a\xffb"],
  ["three of them and a command", "\xff\xff\xff\xf1x", "\xffx"],
  ["a subnegotiation goes, line feeds and all", "a\xff\xfa\x1f\x00\x50\x00\x0a\xff\xf0b\n", "ab\n"],
  ["a doubled IAC does not end a subnegotiation", "\xff\xfa\x18\xff\xff\xf0\xff\xf0x", "x"],
  ["0xFF before what is no command is rubbish that stays", "\xffA\n", "\xffA\n"],
  ["a line feed in the place of an option ends the line", "x\xff\xfe\n\xff\xfd\ny", "x\n\ny"],
  ["a subnegotiation without an end ends", "\xff\xfa" + "x".repeat(1024) + "y", "y"],
  ["nor does it end for half commands", "\xff\xfa" + "\xff\x01".repeat(512) + "y", "y"],
  ["a command at the end of the stream is left open", "a\xff\xfd", "a"],
];

for (const [why, stream, text, answers = ""] of CASES) {
  Deno.test(`telnet: ${why}`, () => {
    assertEquals(filtered([stream]), { text, answers });
    assertEquals(filtered(byteByByte(stream)), { text, answers }, "byte by byte");
    for (let place = 1; place < Math.min(stream.length, 40); place++) {
      assertEquals(filtered(cut(stream, [place])), { text, answers }, `cut at ${place}`);
    }
  });
}

Deno.test("telnet: a chunk without commands is returned unchanged", () => {
  const filter = new TelnetFilter(() => assert(false));
  const chunk = "x".repeat(65_536);
  assert(Object.is(filter.filter(chunk), chunk));
});

Deno.test("telnet: the number of answers is limited", () => {
  const { text, answers } = filtered([...Array(100).fill("\xff\xfd\x01".repeat(100)), "x"]);
  assertEquals(text, "x");
  assertEquals(answers.length, 512 * 3);
});

Deno.test("telnet: after the maximum number of commands the rest of a chunk is text", () => {
  for (const command of ["\xff\xfd\x01", "\xff\xf1", "\xff\xfaa\xff\xf0", "\xff\xff", "\xffa"]) {
    const filter = new TelnetFilter(() => {});
    const flood = command.repeat(20_000) + "\n";
    assert(filter.filter(flood).length > flood.length - 2000, JSON.stringify(command));
    assertEquals(filter.filter("\xff\xfd\x01x"), "x", "the next chunk begins anew");
  }
});

const BYTES = fc.array(
  fc.oneof(
    fc.constantFrom("\xff", "\xfa", "\xf0", "\xfb", "\xfd", "\n", "a"),
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  ),
).map((bytes) => bytes.join(""));

Deno.test("telnet: the result is the same for all chunks", () => {
  fc.assert(fc.property(cutAnywhere(BYTES), ({ stream, chunks }) => {
    assertEquals(filtered(chunks), filtered([stream]));
  }));
});

Deno.test("telnet: other data passes unchanged", () => {
  const withoutIac = BYTES.map((bytes) => bytes.replaceAll("\xff", ""));
  fc.assert(fc.property(cutAnywhere(withoutIac), ({ stream, chunks }) => {
    assertEquals(filtered(chunks), { text: stream, answers: "" });
  }));
});

Deno.test("telnet: any answer to a probe is detected, and gets no answer", () => {
  for (const answer of ["\xff\xfb\x06", "\xff\xfc\x06"]) {
    let answers = "";
    const filter = new TelnetFilter((bytes) => answers += bytes);
    filter.filter("\xff\xf1 no option \xff\xff\n");
    assertEquals([filter.hasNegotiated, filter.hasAnsweredProbe], [false, false]);
    filter.filter("\xff\xfb\x1f");
    assertEquals([filter.hasNegotiated, filter.hasAnsweredProbe], [true, false]);
    answers = "";
    assertEquals(filter.filter("a" + answer + "b"), "ab");
    assertEquals([filter.hasAnsweredProbe, answers], [true, ""]);
  }
});
