import { Buffer } from "node:buffer";
import { MAX_FRAME_BYTES } from "../../../protocol/mod.ts";
import { HostileClient } from "./hostile_client.ts";
import { clientFrame, OPCODE } from "../../../tests/support/websocket_frames.ts";
import { encode, type Frame } from "./hostile_socket.ts";

/** Telnet: IAC DO for every option (RFC 854). */
const TELNET_REQUESTS = Buffer.from(
  Array.from({ length: 300 }, (_, option) => [255, 253, option % 240]).flat(),
);

/** Sends pings as fast as it can. */
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

/** Floods over WebSocket without chat messages: pings, fragments, empty frames. */
export class WebSocketFlooder extends HostileClient {
  protected async live(): Promise<void> {
    const { index } = this.context;
    const { socket } = await this.enter({ format: "websocket", reads: index % 2 === 0 });
    const floods = [
      clientFrame("p".repeat(100), { opcode: OPCODE.ping }),
      clientFrame(""),
      clientFrame("{}"),
    ];
    const small = floods[index % 4];
    if (small === undefined) await socket.send(clientFrame("{", { isFinal: false }));
    const frame = small ?? clientFrame("", { opcode: OPCODE.continuation, isFinal: false });
    const flood = Buffer.concat(Array.from({ length: 100 }, () => frame));
    while (true) {
      await socket.send(flood);
      this.context.count("hundred frames");
      await this.pause(1);
    }
  }
}

/** Floods with telnet requests, which are answered, and never reads the answers. */
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

/** Floods with cheap frames that are ignored: empty lines, stale confirmations. */
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

/** Milliseconds between two frames of one client. */
const FRAME_MILLISECONDS = 20;

/** Bytes of a frame for the fields around the worst one. */
const ROOM_BYTES = 200;

const SIZE = MAX_FRAME_BYTES - ROOM_BYTES;

/** Texts of the largest size that a frame can carry, each the worst for something. */
const TEXTS: readonly string[] = [
  filled("a", "\u0315\u0300\u05ae\u0344"), // normal forms sort combining marks
  filled("", "\u{1d15e}\u{1d165}"), // they take some characters apart
  filled("", "\ufdfa"), // which become 18
  filled("", "\u202e\u2066"), // are removed
  filled("", "a\n"),
  filled("", " "),
  filled("@", "a"),
  filled("", "аΑa"), // look-alikes of three scripts
];

/** Every string field of every frame. */
const FIELDS: readonly (readonly [type: string, field: string])[] = [
  ["hello", "name"],
  ["users", "room"],
  ["hello", "password"],
  ["message", "text"],
  ["whisper", "to"],
  ["whisper", "text"],
  ["reply", "text"],
  ["nick", "name"],
  ["join", "room"],
  ["topic", "text"],
  ["away", "text"],
  ["ignore", "name"],
  ["unignore", "name"],
  ["register", "password"],
  ["kick", "name"],
  ["ban", "target"],
  ["mute", "name"],
  ["offer", "to"],
  ["offer", "name"],
  ["cancel", "reason"],
  ["chunk", "data"],
  ["finish", "sha256"],
  ["history", "room"],
  ["message", "id"],
  ["dance", "type"],
];

/** Valid fields, so that the worst one is read. */
const USUAL: Readonly<Record<string, unknown>> = {
  ...{ name: "worst", to: "worst", text: "x", room: "noise", target: "worst" },
  ...{ size: 1, transfer: 1, file: 1, password: "p", data: "aaaa", sha256: "0", bytes: 1 },
};

/** The largest accepted frames, with the worst text in every field in turn. */
export class WorstFrames extends HostileClient {
  protected async live(): Promise<void> {
    const { index } = this.context;
    const frames = FIELDS.map(([type, field], number): Frame => ({
      ...USUAL,
      type,
      [field]: TEXTS[(number + index) % TEXTS.length]!,
    })).filter(({ type }) => type !== "history");
    // Every second one has no name: its frames are parsed and refused.
    const send = index % 2 === 0 ? await this.#inside() : await this.#outside();
    while (true) {
      for (const frame of frames) {
        await send(JSON.stringify(frame));
        this.context.count("frames");
        await this.pause(FRAME_MILLISECONDS);
      }
    }
  }

  async #inside(): Promise<(json: string) => Promise<void>> {
    const { socket } = await this.enter({ format: "json" });
    return (json) => socket.send(json + "\n");
  }

  async #outside(): Promise<(json: string) => Promise<void>> {
    const socket = await this.connect(true);
    return (json) => socket.send(json + "\n");
  }
}

/** JSON that is deep, wide, or full of large numbers. */
export class WorstJson extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ format: "json" });
    const deep = SIZE / 2;
    const shapes = [
      `{"type":"message","text":${"[".repeat(deep)}${"]".repeat(deep)}}`,
      `{"a":`.repeat(SIZE / 6) + "1" + "}".repeat(SIZE / 6),
      `{"type":"message",${'"a":1,'.repeat(SIZE / 6)}"text":"x"}`,
      `{${Array.from({ length: SIZE / 12 }, (_, key) => `"k${key}":0,`).join("")}"type":"users"}`,
      `{"type":"ping","t":${"9".repeat(SIZE)}}`,
      `{"type":"history","limit":${"1".repeat(300)}e-${"1".repeat(300)}}`,
      `{"type":"message","text":"${"\\u0041".repeat(SIZE / 6)}"}`,
      `{"type":"message","text":"${"\\ud800".repeat(SIZE / 6)}"}`,
      "{".repeat(SIZE),
      `{"__proto__":{"type":"quit"},"type":"users"}`,
    ];
    while (true) {
      for (const shape of shapes) {
        await socket.send(shape + "\n");
        this.context.count("frames");
        await this.pause(FRAME_MILLISECONDS);
      }
    }
  }
}

/** A text of the largest size in UTF-8. */
function filled(start: string, part: string): string {
  const bytes = new TextEncoder().encode(part).length;
  // A frame writes a line end as two bytes.
  const written = part.includes("\n") ? bytes + 1 : bytes;
  return start + part.repeat(Math.floor((SIZE - start.length) / written));
}
