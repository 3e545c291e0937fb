import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { RoomSegments } from "../../../server/storage/room_segments.ts";
import { messagesOf, type Segment, segmentLine } from "../../../server/storage/segment.ts";
import { range, sampleMessage } from "./samples.ts";

const line = (seq: number, id?: string) => {
  return segmentLine(sampleMessage(seq, { id }));
};

function segmentOf(lines: string[]): Segment {
  const body = Buffer.from(lines.join(""), "latin1");
  return { firstSeq: 1, lastSeq: lines.length, firstTime: 0, lastTime: 0, body };
}

const numbers = (segment: Segment, after: number, before: number) =>
  messagesOf(segment, after, before).map(({ message }) => message.seq);

Deno.test("segment: a line contains the session, the id and the message", () => {
  const message = "\tlobby\tAlice\t1769860801000\tmessage 1\n";
  assertEquals(line(1), "7\t" + message);
  assertEquals(line(1, "a"), "7\ta" + message);
  assertEquals(line(1, ""), '7\t""' + message);
  assertEquals(line(1, '\t"'), '7\t"\\t\\""' + message);
  const action = sampleMessage(2, { action: true, text: "é\n" });
  assertEquals(segmentLine(action), '7\t\tlobby\tAlice\t1769860802000\t"\xc3\xa9\\n"\t*\n');
  assertEquals(
    segmentLine(sampleMessage(2, { notice: true })),
    "7\t\tlobby\tAlice\t1769860802000\tmessage 2\t-\n",
  );
});

Deno.test("segment: reads any message unchanged, in any sequence", () => {
  const word = fc.constantFrom("", "a", "b", '"', "\\", "é", "😀", "a\n", "\t");
  // A name is one line.
  const name = word.map((text) => text.replace("\n", "#"));
  const stored = fc.record({
    by: fc.nat(3),
    id: fc.option(word, { nil: undefined }),
    message: fc.record({
      type: fc.constant("message" as const),
      room: name,
      from: name,
      text: word,
      time: fc.nat(2),
    }),
  });
  fc.assert(fc.property(fc.array(stored), (rows) => {
    const messages = rows.map(({ message, ...row }, index) => ({
      ...row,
      message: { ...message, seq: index + 1 },
    }));
    const segment = segmentOf(messages.map(segmentLine));
    assertEquals(messagesOf(segment, 0, Infinity), messages);
  }));
});

Deno.test("segment: leaves out damaged lines only", () => {
  const damages = ["\n", "7\t\tlobby\n", '7\t"\ta\tb\t1\tc\n', "7\t\ta\tb\tnoon\tc\n", "\t\n"];
  for (const damaged of damages) {
    assertEquals(numbers(segmentOf([line(1), damaged, line(3)]), 0, 99), [1, 3]);
  }
  const cut = { ...segmentOf([line(1), line(2)]), lastSeq: 9 };
  assertEquals(numbers(cut, 0, 99), [1, 2]);
});

Deno.test("room segments: joins quiet turns, not busy ones, and keeps nothing twice", () => {
  const room = new RoomSegments("lobby");
  for (let seq = 1; seq <= 1000; seq++) {
    assert(room.append(sampleMessage(seq)));
    room.seal();
  }
  assert(room.segments.length < 40, `${room.segments.length} segments`);
  assertEquals(room.segments.flatMap((segment) => numbers(segment, 0, 9999)), range(1, 1000));
  assertEquals(room.messages, 1000);
  assertEquals(room.bytes, room.segments.reduce((sum, { body }) => sum + body.length, 0));
  for (const { body } of room.segments) {
    assert(body.length <= 8192);
    assertEquals(body.buffer.byteLength, body.byteLength, "not a part of a pool");
  }
});

Deno.test("room segments: splits a turn of megabytes into several segments", () => {
  const room = new RoomSegments("lobby");
  const text = "x".repeat(4096);
  for (let seq = 1; seq <= 500; seq++) {
    const stored = sampleMessage(seq, { text });
    room.append(stored);
  }
  room.seal();
  assert(room.segments.length >= 7 && room.segments.length <= 9);
  assertEquals(room.segments.flatMap((segment) => numbers(segment, 0, 9999)), range(1, 500));
});
