import { Buffer } from "node:buffer";
import { RawClient } from "./raw_client.ts";

/** Opcodes (RFC 6455, section 5.2). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What is unusual about a frame. */
interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  /** Bits 1 to 3 of the first byte, which no extension has given a meaning. */
  readonly reserved?: number;
}

/** A frame as a client sends it. */
export function clientFrame(
  payload: string | Uint8Array,
  { opcode = OPCODE.text, isFinal = true, isMasked = true, reserved = 0 }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const maskBit = isMasked ? 0x80 : 0;
  const length = bytes.length < 126
    ? [maskBit | bytes.length]
    : bytes.length < 65_536
    ? [maskBit | 126, bytes.length >> 8, bytes.length & 0xff]
    : [maskBit | 127, 0, 0, 0, 0, ...uint32(bytes.length)];
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  return Buffer.concat([
    Buffer.from([(isFinal ? 0x80 : 0) | reserved << 4 | opcode, ...length]),
    ...(isMasked ? [Buffer.from(mask), bytes.map((byte, at) => byte ^ mask[at % 4]!)] : [bytes]),
  ]);
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

/** A frame of the server's. */
export interface ServerWebSocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A WebSocket made of a bare socket. */
export class RawWebSocket {
  private constructor(readonly client: RawClient) {}

  /** @param first what is sent in the same segment as the request. */
  static async open(port: number, first: Uint8Array = Buffer.alloc(0)): Promise<RawWebSocket> {
    const client = await RawClient.connect(port, "latin1");
    client.send(Buffer.concat([Buffer.from(upgradeRequest(port)), first]));
    const answer = await client.until("\r\n\r\n");
    // The example of RFC 6455, section 1.3.
    if (!/^HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i.test(answer)) {
      throw new Error(`Cannot open a WebSocket: ${answer}`);
    }
    return new RawWebSocket(client);
  }

  send(payload: string | Uint8Array, options: FrameOptions = {}): void {
    this.client.send(clientFrame(payload, options));
  }

  sendFrame(frame: Record<string, unknown>): void {
    this.send(JSON.stringify(frame));
  }

  /** The next WebSocket frame, checked: whole, without a mask, its length in the shortest form. */
  async next(): Promise<ServerWebSocketFrame> {
    const [first, second] = Buffer.from(await this.client.until(/^[^]{2}/), "latin1");
    if ((first! & 0xf0) !== 0x80) throw new Error(`Wrong first byte: ${first}`);
    let length = second!;
    if (length === 126) {
      length = Buffer.from(await this.client.until(/^[^]{2}/), "latin1").readUInt16BE();
      if (length < 126) throw new Error("A length in more bytes than it needs");
    } else if (length > 126) throw new Error(`Wrong second byte: ${length}`);
    const payload = await this.client.until(new RegExp(`^[^]{${length}}`));
    return { opcode: first! & 0x0f, payload: Buffer.from(payload, "latin1") };
  }

  /** The next text message as JSON; with a type, the next of that type. */
  // deno-lint-ignore no-explicit-any -- a test looks at whatever fields it expects
  async frame(type?: string): Promise<any> {
    while (true) {
      const { opcode, payload } = await this.next();
      if (opcode !== OPCODE.text) throw new Error(`Expected a text message, got ${opcode}`);
      const frame = JSON.parse(payload.toString());
      if (type === undefined || frame.type === type) return frame;
    }
  }

  /** The code of the closing frame; text messages before it are passed over. */
  async closeCode(): Promise<number> {
    while (true) {
      const { opcode, payload } = await this.next();
      if (opcode === OPCODE.close) return payload.readUInt16BE();
    }
  }

  close(): void {
    this.client.close();
  }
}
