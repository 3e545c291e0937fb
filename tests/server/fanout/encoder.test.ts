import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  lengthPrefix,
  parseServerFrame,
  type ServerFrame,
  toByteString,
} from "../../../protocol/mod.ts";
import { createEncoders, type Encoder } from "../../../server/fanout/encoder.ts";
import { anyServerFrame } from "../../protocol/server_frames.ts";
import { FakeClock } from "../fakes.ts";

const clock = new FakeClock();
const formats = createEncoders(clock.now);
/** The output of a client for a frame, as a byte string. */
function onTheWire(format: Encoder, frame: ServerFrame): string {
  return format.toBuffer(format.encode(frame)).toString("latin1");
}

const message = {
  type: "message",
  seq: 1,
  room: "lobby",
  from: "Zoë",
  text: "日\nb",
  time: clock.now(),
} as const;

Deno.test("encoder: text is lines in UTF-8, each with its prefix", () => {
  assertEquals(
    formats.text.encode(message),
    toByteString("[12:00:00] Zoë: 日\n[12:00:00] Zoë: b\n"),
  );
});

Deno.test("encoder: text distinguishes a sent whisper from a received one", () => {
  const frame = {
    type: "whisper",
    from: "Bob",
    to: "Alice",
    text: "x",
    time: clock.now(),
  } as const;
  assertEquals(formats.text.encode(frame, "Alice"), "[12:00:00] [WHISPER from Bob]: x\n");
  assertEquals(formats.text.encode(frame, "Bob"), "[12:00:00] [WHISPER to Alice]: x\n");
});

Deno.test("encoder: text shows the time of encoding for a frame without a time", () => {
  const clock = new FakeClock();
  const { text } = createEncoders(clock.now);
  assertEquals(text.encode({ type: "notice", text: "x" }), "[12:00:00] [SYSTEM]: x\n");
  clock.advance(61_000);
  assertEquals(text.encode({ type: "notice", text: "x" }), "[12:01:01] [SYSTEM]: x\n");
});

Deno.test("encoder: JSON is one object on one line, and the same object after its length", () => {
  fc.assert(fc.property(anyServerFrame, (frame) => {
    const line = formats.json.encode(frame);
    assertEquals(line.indexOf("\n"), line.length - 1);
    assertEquals(parseServerFrame(line), frame);
    const json = line.slice(0, -1);
    assertEquals(onTheWire(formats.length, frame), lengthPrefix(json.length) + json);
    // A text message whole in one frame, without a mask (RFC 6455, section 5.2).
    const { length } = json;
    const header = length < 126
      ? String.fromCharCode(length)
      : String.fromCharCode(126, length >> 8, length & 0xff);
    assertEquals(onTheWire(formats.websocket, frame), `\x81${header}${json}`);
  }));
});

Deno.test("encoder: frames of one batch may be joined before they become bytes", () => {
  fc.assert(fc.property(fc.array(anyServerFrame), (frames) => {
    for (const format of Object.values(formats)) {
      const joined = frames.map((frame) => format.encode(frame)).join("");
      assertEquals(
        format.toBuffer(joined).toString("latin1"),
        frames.map((frame) => onTheWire(format, frame)).join(""),
      );
      assertEquals(format.toBuffer(joined).length, joined.length);
    }
  }));
});

Deno.test("encoder: each has its own kind", () => {
  for (const [kind, format] of Object.entries(formats)) assertEquals(format.kind, kind);
});
