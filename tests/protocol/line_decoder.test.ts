import { assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { LineDecoder } from "../../protocol/line_decoder.ts";
import { MAX_LINE_BYTES, TOO_LONG } from "../../protocol/mod.ts";
import {
  byteByByte,
  cut,
  cutAnywhere,
  type DecoderRow,
  found,
  foundToTheEnd,
  LEFT_OUT,
  testRows,
} from "./streams.ts";

/** Short enough that every row can be read. */
const LIMIT = 4;

const ROWS: readonly DecoderRow[] = [
  { why: "one line, cut before its end", stream: "ab\n", found: ["ab"], worstCut: 2 },
  { why: "CR belongs to the end, cut inside it", stream: "ab\r\n", found: ["ab"], worstCut: 3 },
  { why: "an empty line, cut after its CR", stream: "\r\n", found: [""], worstCut: 1 },
  { why: "empty lines count, cut between them", stream: "\n\n", found: ["", ""], worstCut: 1 },
  { why: "CR inside a line stays, cut behind it", stream: "a\rb\n", found: ["a\rb"], worstCut: 2 },
  { why: "only the last CR is the end's", stream: "a\r\r\n", found: ["a\r"], worstCut: 2 },
  {
    why: "two lines in one chunk, cut in the second",
    stream: "a\nb\n",
    found: ["a", "b"],
    worstCut: 3,
  },
  { why: "without an end there is no line yet", stream: "a\nbc", found: ["a"], worstCut: 3 },
  { why: "as long as may be, cut before the end", stream: "abcd\n", found: ["abcd"], worstCut: 4 },
  {
    why: "as long as may be and CR: with the CR the head is one over the limit",
    stream: "abcd\r\n",
    found: ["abcd"],
    worstCut: 5,
  },
  {
    why: "one too long, cut where it may still be the CR",
    stream: "abcde\nx\n",
    found: [LEFT_OUT, "x"],
    worstCut: 5,
  },
  {
    why: "one too long with CR: the byte at the limit was not the CR",
    stream: "abcde\r\nx\n",
    found: [LEFT_OUT, "x"],
    worstCut: 5,
  },
  {
    why: "a CR at the limit with more behind it is part of a line that is too long",
    stream: "abcd\rx\ny\n",
    found: [LEFT_OUT, "y"],
    worstCut: 5,
  },
  {
    why: "too long is reported once for any length, split while dropping",
    stream: "abcdefghijkl\nx\n",
    found: [LEFT_OUT, "x"],
    worstCut: 7,
  },
  {
    why: "two too long lines are reported twice, split at the end of the first",
    stream: "abcdef\nabcdef\nx\n",
    found: [LEFT_OUT, LEFT_OUT, "x"],
    worstCut: 6,
  },
  {
    why: "the end alone in the chunk while discarding",
    stream: "abcdef\n\nx\n",
    found: [LEFT_OUT, "", "x"],
    worstCut: 7,
  },
  {
    why: "bytes beyond ASCII count one each, cut inside a character",
    stream: "\xc3\xa9\xc3\xa9\n\xc3\xa9\xc3\xa9\xc3\n",
    found: ["\xc3\xa9\xc3\xa9", LEFT_OUT],
    worstCut: 1,
  },
  { why: "NUL is a byte like any other", stream: "a\0b\n", found: ["a\0b"], worstCut: 2 },
];

testRows("line decoder", ROWS, (chunks) => found(new LineDecoder(LIMIT), chunks));

Deno.test("line decoder: at the real limit 4096 bytes pass and 4097 do not", () => {
  const most = "x".repeat(MAX_LINE_BYTES);
  const stream = `${most}\n${most}\r\n${most}x\n${most}x\r\nend\n`;
  const lines = [most, most, LEFT_OUT, LEFT_OUT, "end"];
  assertEquals(found(new LineDecoder(MAX_LINE_BYTES), [stream]), lines);
  for (const chunk of [1, 7, 4095, 4096, 4097, 4098]) {
    const places = Array.from({ length: stream.length / chunk }, (_, number) => number * chunk);
    assertEquals(found(new LineDecoder(MAX_LINE_BYTES), cut(stream, places)), lines, `${chunk}`);
  }
});

const stream = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("a", "é") },
    fc.constantFrom("\r", "\n", "\r\n"),
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));

/** The lines of a stream, by the rules and without chunks. */
function linesOf(stream: string): string[] {
  return stream.split("\n").slice(0, -1)
    .map((line) => line.endsWith("\r") ? line.slice(0, -1) : line)
    .map((line) => line.length > LIMIT ? LEFT_OUT : line);
}

Deno.test("line decoder: any chunks of a stream result in the lines of the rules", () => {
  fc.assert(fc.property(cutAnywhere(stream), ({ stream, chunks }) => {
    const complete = stream.slice(0, stream.lastIndexOf("\n") + 1);
    assertEquals(found(new LineDecoder(LIMIT), [complete]), linesOf(stream));
    assertEquals(
      foundToTheEnd(new LineDecoder(LIMIT), chunks),
      foundToTheEnd(new LineDecoder(LIMIT), [stream]),
    );
  }));
});

Deno.test("line decoder: lines may be pulled one at a time, with chunks in between", () => {
  fc.assert(fc.property(cutAnywhere(stream), fc.array(fc.nat(3)), ({ stream, chunks }, pulls) => {
    const decoder = new LineDecoder(LIMIT);
    const lines: string[] = [];
    const pull = (most: number) => {
      for (let count = 0; count < most; count++) {
        const line = decoder.next();
        if (line === undefined) return;
        lines.push(line === TOO_LONG ? LEFT_OUT : line);
      }
    };
    for (const [index, chunk] of chunks.entries()) {
      decoder.push(chunk);
      pull(pulls[index] ?? 0);
    }
    pull(Infinity);
    assertEquals(lines, found(new LineDecoder(LIMIT), [stream]));
  }));
});

Deno.test("line decoder: its buffer stays limited while a line is dropped", () => {
  const decoder = new LineDecoder(MAX_LINE_BYTES);
  const told = [];
  for (let megabytes = 0; megabytes < 16; megabytes++) {
    decoder.push("x".repeat(1_000_000));
    told.push(decoder.next());
    assertEquals(decoder.next(), undefined);
    assertEquals(decoder.buffered, 0);
  }
  assertEquals(told, [TOO_LONG, ...new Array(15).fill(undefined)]);
});

Deno.test("line decoder: a line in chunks of one byte is buffered up to the limit", () => {
  const decoder = new LineDecoder(LIMIT);
  for (const byte of "x".repeat(20)) {
    decoder.push(byte);
    decoder.next();
    assertLessOrEqual(decoder.buffered, LIMIT + 1);
  }
});

Deno.test("line decoder: buffered counts what was pushed and not pulled", () => {
  const decoder = new LineDecoder(LIMIT);
  decoder.push("a\nb\ncd");
  assertEquals(decoder.buffered, 6);
  decoder.next();
  assertEquals(decoder.buffered, 4);
  decoder.push("e");
  assertEquals(decoder.buffered, 5);
  decoder.next();
  assertEquals(decoder.next(), undefined);
  assertEquals(decoder.buffered, 3);
  decoder.push("\n");
  decoder.next();
  assertEquals(decoder.buffered, 0);
});

Deno.test("line decoder: the incomplete line is returned at the end of the stream, once", () => {
  const decoder = new LineDecoder(LIMIT);
  assertEquals(found(decoder, ["a\nb", "c"]), ["a"]);
  assertEquals(decoder.finish(), "bc");
  assertEquals(decoder.finish(), undefined);
});

Deno.test("line decoder: a dropped line is not reported again at the end", () => {
  assertEquals(foundToTheEnd(new LineDecoder(LIMIT), ["abcdef", "gh"]), [LEFT_OUT]);
});

Deno.test("line decoder: the limit also holds for the incomplete line at the end", () => {
  assertEquals(foundToTheEnd(new LineDecoder(LIMIT), ["abcd"]), ["abcd"]);
  assertEquals(foundToTheEnd(new LineDecoder(LIMIT), ["abcde"]), [LEFT_OUT]);
});

Deno.test("line decoder: a CR before the end of the stream is removed, as before LF", () => {
  const rows: readonly (readonly [stream: string, lines: string[]])[] = [
    ["abcd\r", ["abcd"]],
    ["abcde\r", [LEFT_OUT]],
    ["abc\r\r", ["abc\r"]],
    ["abcd\r\r", [LEFT_OUT]],
    ["\r", [""]],
    ["a\n\r", ["a", ""]],
  ];
  for (const [stream, lines] of rows) {
    assertEquals(foundToTheEnd(new LineDecoder(LIMIT), [stream]), lines, stream);
    assertEquals(foundToTheEnd(new LineDecoder(LIMIT), byteByByte(stream)), lines, stream);
  }
});

Deno.test("line decoder: the incomplete line is available once all earlier lines were pulled", () => {
  const decoder = new LineDecoder(LIMIT);
  decoder.push("a\nbc");
  assertEquals(decoder.unfinished, "");
  while (decoder.next() !== undefined);
  assertEquals(decoder.unfinished, "bc");
  decoder.push("d\n");
  assertEquals(decoder.unfinished, "");
  decoder.next();
  assertEquals(decoder.unfinished, "");
});
