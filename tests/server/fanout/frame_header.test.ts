import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { lengthPrefix, toByteString } from "../../../protocol/mod.ts";
import {
  LENGTH_HEADER,
  toFramedBuffer,
  WEBSOCKET_HEADER,
} from "../../../server/fanout/frame_header.ts";
import { frameHead } from "../../support/websocket_frames.ts";

/** The header of a WebSocket text frame as RFC 6455, section 5.2 draws it. */
function webSocketHeader(length: number): string {
  return frameHead(length, { isMasked: false }).toString("latin1");
}

/** Lengths on both sides of every place where a header or its stand-in changes. */
const LENGTHS = [0, 1, 125, 126, 127, 128, 255, 256, 16_383, 16_384, 65_535, 65_536, 2_097_152];

for (
  const [name, header, expected] of [
    ["length", LENGTH_HEADER, lengthPrefix],
    ["WebSocket", WEBSOCKET_HEADER, webSocketHeader],
  ] as const
) {
  const framed = (bytes: string) => header.standIn(bytes.length) + bytes;
  const onTheWire = (bytes: string) => expected(bytes.length) + bytes;

  Deno.test(`frame header, ${name}: every size`, () => {
    for (const length of LENGTHS) {
      const bytes = "x".repeat(length);
      const stood = framed(bytes);
      const buffer = toFramedBuffer(stood, header);
      assertEquals(buffer.length, stood.length);
      assertEquals(buffer.toString("latin1"), onTheWire(bytes), `${length} bytes`);
    }
  });

  Deno.test(`frame header, ${name}: the stand-in is ASCII`, () => {
    for (const length of LENGTHS) {
      for (const character of header.standIn(length)) {
        assertEquals(character.charCodeAt(0) < 0x80, true);
      }
    }
  });

  Deno.test(`frame header, ${name}: many frames in one buffer, also beyond ASCII`, () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 300 })), (texts) => {
      const payloads = texts.map(toByteString);
      assertEquals(
        toFramedBuffer(payloads.map(framed).join(""), header).toString("latin1"),
        payloads.map(onTheWire).join(""),
      );
    }));
  });
}
