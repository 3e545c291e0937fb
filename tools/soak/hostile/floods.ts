import { Buffer } from "node:buffer";
import { encode, OPCODE, webSocketFrame } from "./formats.ts";
import { HostileClient } from "./hostile_client.ts";

/** Telnet: IAC DO for every option (RFC 854). */
const TELNET_REQUESTS = Buffer.from(
  Array.from({ length: 300 }, (_, option) => [255, 253, option % 240]).flat(),
);

/** Asks for signs of life as fast as it can. */
export class Pinger extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ format: "json", reads: this.context.index % 2 === 0 });
    const pings = '{"type":"ping","t":1}\n'.repeat(50);
    while (true) {
      await socket.send(pings);
      this.context.count("fifty pings");
      await this.pause(1);
    }
  }
}

/** Sends one byte at a time. */
export class Fragmenter extends HostileClient {
  protected async live(): Promise<void> {
    const { socket, format } = await this.enter();
    const bytes = encode(format, { type: "message", text: "one byte at a time" });
    while (true) {
      for (const byte of bytes) {
        await socket.send(Uint8Array.of(byte));
        await this.pause(1);
      }
      this.context.count("messages");
    }
  }
}

/** Floods over WebSocket with what is no message of the chat: pings, fragments, empty messages. */
export class WebSocketFlooder extends HostileClient {
  protected async live(): Promise<void> {
    const { index } = this.context;
    const { socket } = await this.enter({ format: "websocket", reads: index % 2 === 0 });
    const floods = [
      webSocketFrame("p".repeat(100), OPCODE.ping),
      webSocketFrame(""),
      webSocketFrame("{}"),
    ];
    const small = floods[index % 4];
    if (small === undefined) await socket.send(webSocketFrame("{", OPCODE.text, false));
    const frame = small ?? webSocketFrame("", OPCODE.continuation, false);
    const flood = Buffer.concat(Array.from({ length: 100 }, () => frame));
    while (true) {
      await socket.send(flood);
      this.context.count("hundred frames");
      await this.pause(1);
    }
  }
}

/** Floods with telnet requests, which are answered, and reads no answer. */
export class TelnetFlooder extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ format: "text", reads: this.context.index % 2 === 0 });
    while (true) {
      await socket.send(TELNET_REQUESTS);
      this.context.count("three hundred requests");
      await this.pause(1);
    }
  }
}

/** Floods with what costs nothing to send and is passed over: empty lines, stale confirmations. */
export class TrifleFlooder extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ format: "json" });
    const floods = [
      "\n".repeat(30_000),
      '{"type":"pong","t":1}\n'.repeat(500),
      '{"type":"received","transfer":999,"bytes":1}\n'.repeat(500),
      '{"type":"complete","transfer":999}\n'.repeat(500),
      "x\n".repeat(5000),
    ];
    while (true) {
      await socket.send(floods[this.context.index % floods.length]!);
      this.context.count("floods");
      await this.pause(1);
    }
  }
}
