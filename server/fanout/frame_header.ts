/**
 * The binary headers of length-prefixed and of WebSocket frames.
 *
 * A batch is collected as a byte string, whose conversion to a buffer is ten times as fast if all of it
 * is ASCII (see `byte_buffer.ts`). A header has other bytes. So a stand-in of the same length, with seven
 * bits per byte, is replaced by the header after the conversion.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { ByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../byte_buffer.ts";

export interface FrameHeader {
  /** The stand-in for the header of a frame of a size in bytes below 2^28. */
  standIn(length: number): ByteString;
  /** Replaces the stand-in by the header; returns the end of its frame. */
  put(buffer: Buffer, at: number): number;
}

/** Converts frames with stand-ins for their headers. */
export function toFramedBuffer(bytes: ByteString, header: FrameHeader): Buffer {
  const buffer = toBuffer(bytes);
  let at = 0;
  while (at < buffer.length) at = header.put(buffer, at);
  return buffer;
}

/** A length of four bytes, the most significant first. */
export const LENGTH_HEADER: FrameHeader = {
  standIn: (length) => digits(length, 4),
  put(buffer, at) {
    const length = readDigits(buffer, at, 4);
    putUint32(buffer, at, length);
    return at + 4 + length;
  },
};

/** FIN and the opcode of a text message: the frame is the message (RFC 6455, section 5.2). */
const WHOLE_TEXT = 0x81;
/** Maximum length in the seven bits of the short header. */
const MAX_SHORT_LENGTH = 125;
/** In place of the length, which follows in 16 or 64 bits. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/** The header of a WebSocket frame of a server, without a mask, with a text message. Its stand-in starts
 * with its own size. */
export const WEBSOCKET_HEADER: FrameHeader = {
  standIn(length) {
    const size = length <= MAX_SHORT_LENGTH ? 2 : length <= 0xffff ? 4 : 10;
    return String.fromCharCode(size) + digits(length, size - 1);
  },
  put(buffer, at) {
    const size = buffer[at]!;
    const length = readDigits(buffer, at + 1, size - 1);
    buffer[at] = WHOLE_TEXT;
    if (size === 2) buffer[at + 1] = length;
    else if (size === 4) {
      buffer[at + 1] = LENGTH_IN_16_BITS;
      buffer[at + 2] = length >> 8;
      buffer[at + 3] = length;
    } else {
      buffer[at + 1] = LENGTH_IN_64_BITS;
      putUint32(buffer, at + 2, 0);
      putUint32(buffer, at + 6, length);
    }
    return at + size + length;
  },
};

/** A number as bytes of seven bits, the most significant first. */
function digits(value: number, count: number): ByteString {
  let bytes = "";
  for (let shift = 7 * (count - 1); shift >= 0; shift -= 7) {
    bytes += String.fromCharCode(shift > 28 ? 0 : (value >>> shift) & 0x7f);
  }
  return bytes;
}

function readDigits(buffer: Buffer, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) value = value << 7 | buffer[index]!;
  return value;
}

function putUint32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
