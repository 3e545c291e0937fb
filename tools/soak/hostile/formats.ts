import { Buffer } from "node:buffer";

/** A frame of the chat, right or wrong. */
export type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The ways to speak that hostile clients take in turns. */
export const FORMATS = ["json", "text", "length", "websocket"] as const;

/** A way to speak. */
export type Format = typeof FORMATS[number];

/** Opcodes of WebSocket frames (RFC 6455, section 5.2). */
export const OPCODE = { continuation: 0, text: 1, ping: 9 } as const;

/** A frame in bytes. Text lines have the commands that hostile clients use. */
export function encode(format: Format, frame: Frame): Buffer {
  const json = () => JSON.stringify(frame);
  switch (format) {
    case "json":
      return Buffer.from(json() + "\n");
    case "length":
      return lengthFrame(Buffer.from(json()));
    case "websocket":
      return webSocketFrame(json());
    case "text":
      return Buffer.from(command(frame) + "\n");
  }
}

/** What a client of a format sends before its first frame. */
export function preamble(format: Format, port: number): string {
  return format === "websocket" ? upgradeRequest(port) : "";
}

/** A frame with its length before it. */
function lengthFrame(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** A WebSocket frame of up to 65,535 bytes, masked with zeros. */
export function webSocketFrame(
  payload: string | Uint8Array,
  opcode: number = OPCODE.text,
  isFinal = true,
): Buffer {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([
    Buffer.from([(isFinal ? 0x80 : 0) | opcode, ...size, 0, 0, 0, 0]),
    bytes,
  ]);
}

/** The request that opens a WebSocket. */
export function upgradeRequest(port: number): string {
  return `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
    "Sec-WebSocket-Version: 13\r\n\r\n";
}

function command(frame: Frame): string {
  switch (frame.type) {
    case "hello":
      return String(frame.name);
    case "message":
      return String(frame.text);
    case "whisper":
      return `/whisper ${frame.to} ${frame.text}`;
    case "history":
      return `/history ${frame.limit ?? ""}`;
    default: {
      const [value = ""] = Object.entries(frame).flatMap(([key, field]) =>
        key === "type" ? [] : [String(field)]
      );
      return `/${frame.type} ${value}`.trimEnd();
    }
  }
}
