import { Buffer } from "node:buffer";
import { RawClient } from "./raw_client.ts";
import { clientFrame, type FrameOptions, OPCODE, upgradeRequest } from "./websocket_frames.ts";

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
