import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LengthDecoder, lengthPrefix } from "../../protocol/length_decoder.ts";
import { MAX_FRAME_BYTES, TOO_LONG } from "../../protocol/mod.ts";
import {
  cutAnywhere,
  type DecoderRow,
  found,
  foundToTheEnd,
  LEFT_OUT,
  testRows,
} from "./streams.ts";

/** Long enough for a length of two bytes. */
const LIMIT = 300;
const LONG = "x".repeat(LIMIT);

const ROWS: readonly DecoderRow[] = [
  { why: "one frame, cut inside the prefix", stream: "\0\0\0\x02ab", found: ["ab"], worstCut: 2 },
  { why: "cut between prefix and frame", stream: "\0\0\0\x02ab", found: ["ab"], worstCut: 4 },
  { why: "cut before the last byte", stream: "\0\0\0\x02ab", found: ["ab"], worstCut: 5 },
  {
    why: "an empty frame is a frame, cut behind it",
    stream: "\0\0\0\0\0\0\0\x01a",
    found: ["", "a"],
    worstCut: 4,
  },
  {
    why: "line ends mean nothing, cut behind one",
    stream: "\0\0\0\x03a\nb\0\0\0\x01\n",
    found: ["a\nb", "\n"],
    worstCut: 6,
  },
  {
    why: "the most significant byte comes first, cut between the two that count",
    stream: `\0\0\x01\x2c${LONG}`,
    found: [LONG],
    worstCut: 3,
  },
  {
    why: "one over the limit, told by the prefix alone",
    stream: "\0\0\x01\x2d",
    found: [LEFT_OUT],
    worstCut: 3,
  },
  {
    why: "half a frame is none",
    stream: "\0\0\0\x01a\0\0\0\x05ab",
    found: ["a"],
    worstCut: 10,
  },
  {
    why: "a frame that looks like a prefix, cut where it would begin",
    stream: "\0\0\0\x04\0\0\0\x01\0\0\0\x01z",
    found: ["\0\0\0\x01", "z"],
    worstCut: 4,
  },
];

testRows("length decoder", ROWS, (chunks) => {
  const decoder = new LengthDecoder(LIMIT);
  return chunks.flatMap((chunk) => {
    decoder.push(chunk);
    const frames: string[] = [];
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      frames.push(frame === TOO_LONG ? LEFT_OUT : frame);
      // It returns TOO_LONG endlessly: once is enough.
      if (frame === TOO_LONG) break;
    }
    return frames;
  });
});

Deno.test("length decoder: four gigabytes are refused before anything is buffered", () => {
  const decoder = new LengthDecoder(MAX_FRAME_BYTES);
  decoder.push("\xff\xff\xff\xff");
  assertEquals(decoder.next(), TOO_LONG);
  for (let megabytes = 0; megabytes < 8; megabytes++) {
    decoder.push("x".repeat(1_000_000));
    assertEquals(decoder.next(), TOO_LONG, "it says so again: the stream is at its end");
  }
  assertEquals(decoder.finish(), undefined);
});

Deno.test("length decoder: after a refusal nothing is buffered", () => {
  const decoder = new LengthDecoder(LIMIT);
  decoder.push("\xff\xff\xff\xffabc");
  decoder.next();
  assertEquals(decoder.buffered, 0);
});

Deno.test("length decoder: at the real limit 32768 bytes pass and 32769 do not", () => {
  const most = "x".repeat(MAX_FRAME_BYTES);
  const decoder = new LengthDecoder(MAX_FRAME_BYTES);
  assertEquals(found(decoder, [lengthPrefix(MAX_FRAME_BYTES), most]), [most]);
  decoder.push(lengthPrefix(MAX_FRAME_BYTES + 1));
  assertEquals(decoder.next(), TOO_LONG);
});

Deno.test("length decoder: every byte of the length counts", () => {
  for (const length of [0x000001, 0x000100, 0x010000, 0x010203]) {
    const frame = "x".repeat(length);
    const decoder = new LengthDecoder(0x020000);
    assertEquals(found(decoder, [lengthPrefix(length) + frame, "\0\0\0\x01y"]), [frame, "y"]);
  }
});

Deno.test("length decoder: buffered counts what was pushed and not pulled", () => {
  const decoder = new LengthDecoder(LIMIT);
  decoder.push("\0\0\0\x02ab\0\0");
  assertEquals(decoder.buffered, 8);
  assertEquals(decoder.next(), "ab");
  assertEquals(decoder.buffered, 2);
  assertEquals(decoder.next(), undefined);
  assertEquals(decoder.buffered, 2);
  decoder.push("\0\x01");
  assertEquals(decoder.next(), undefined);
  decoder.push("a");
  assertEquals(decoder.next(), "a");
  assertEquals(decoder.buffered, 0);
});

const bytes = fc.array(fc.constantFrom("\0", "\x01", "\x02", "\n", "é"), { maxLength: 12 })
  .map((parts) => parts.join(""));
const frames = fc.array(bytes, { maxLength: 8 });
const framed = (frame: string) => lengthPrefix(frame.length) + frame;

Deno.test("length decoder: frames survive encoding and decoding, whatever the chunks are", () => {
  const streams = frames.chain((frames) =>
    fc.record({
      frames: fc.constant(frames),
      cutStream: cutAnywhere(fc.constant(frames.map(framed).join(""))),
    })
  );
  fc.assert(fc.property(streams, ({ frames, cutStream: { chunks } }) => {
    assertEquals(foundToTheEnd(new LengthDecoder(LIMIT), chunks), frames);
  }));
});

Deno.test("length decoder: a prefix has four bytes, the most significant first", () => {
  assertEquals(lengthPrefix(0), "\0\0\0\0");
  assertEquals(lengthPrefix(28), "\0\0\0\x1c");
  assertEquals(lengthPrefix(0x01020304), "\x01\x02\x03\x04");
  assertEquals(lengthPrefix(0xffffffff), "\xff\xff\xff\xff");
});
