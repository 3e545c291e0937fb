/**
 * Frames of WebSocket (RFC 6455) as a client sends them, valid or not, for raw sockets.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Opcodes (RFC 6455, section 5.2). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A mask that changes nothing, for clients that send a lot. */
export const ZERO_MASK: readonly number[] = [0, 0, 0, 0];

const MASK: readonly number[] = [0x37, 0xfa, 0x21, 0x3d];

/** What is unusual about a frame. */
export interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  /** Four bytes. */
  readonly mask?: readonly number[];
  /** Bits 1 to 3 of the first byte, which no extension has given a meaning. */
  readonly reserved?: number;
}

/** A frame as a client sends it; without a mask, as a server does. */
export function clientFrame(
  payload: string | Uint8Array,
  { isMasked = true, mask = MASK, ...options }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const head = frameHead(bytes.length, { ...options, isMasked });
  if (!isMasked) return Buffer.concat([head, bytes]);
  const masked = mask === ZERO_MASK ? bytes : bytes.map((byte, at) => byte ^ mask[at % 4]!);
  return Buffer.concat([head, Buffer.from(mask), masked]);
}

/** The bytes of a frame before its mask and its payload. */
export function frameHead(
  length: number,
  { opcode = OPCODE.text, isFinal = true, isMasked = true, reserved = 0 }: FrameOptions = {},
): Buffer {
  const maskBit = isMasked ? 0x80 : 0;
  const size = length < 126
    ? [maskBit | length]
    : length < 65_536
    ? [maskBit | 126, length >> 8, length & 0xff]
    : [maskBit | 127, 0, 0, 0, 0, ...uint32(length)];
  return Buffer.from([(isFinal ? 0x80 : 0) | reserved << 4 | opcode, ...size]);
}

function uint32(value: number): number[] {
  return [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}

/** The request that opens a WebSocket. */
export function upgradeRequest(port: number, headers: Record<string, string> = {}): string {
  const all: Record<string, string> = {
    "Host": `127.0.0.1:${port}`,
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET /ws HTTP/1.1\r\n${lines.join("")}\r\n`;
}
