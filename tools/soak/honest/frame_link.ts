import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { NAME_PROMPT } from "../../../protocol/mod.ts";
import { type Link, type LinkEvents, openStream } from "./link.ts";

/** How frames are put into bytes. */
interface Transport {
  send(json: string): void;
  close(): void;
}

/** JSON frames over any transport. */
export class FrameLink implements Link {
  #transport: Transport | undefined;
  #lastId = 0;

  private constructor(private readonly events: LinkEvents) {}

  /** Connects with one JSON object a line. */
  static async overLines(port: number, tls: boolean, events: LinkEvents): Promise<FrameLink> {
    const stream = await openStream(port, tls);
    const link = new FrameLink(events);
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line !== NAME_PROMPT) link.#read(line);
    });
    return link.#over(stream, (json) => stream.write(json + "\n"));
  }

  /** Connects with a length before each object. */
  static async overLengths(port: number, tls: boolean, events: LinkEvents): Promise<FrameLink> {
    const stream = await openStream(port, tls);
    const link = new FrameLink(events);
    let rest: Buffer = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
        const end = 4 + rest.readUInt32BE();
        link.#read(rest.toString("utf8", 4, end));
        rest = rest.subarray(end);
      }
    });
    return link.#over(stream, (json) => {
      const body = Buffer.from(json);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      stream.write(Buffer.concat([head, body]));
    });
  }

  /** Connects with a WebSocket. */
  static async overWebSocket(port: number, tls: boolean, events: LinkEvents): Promise<FrameLink> {
    const link = new FrameLink(events);
    const scheme = tls ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://127.0.0.1:${port}/ws`, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("message", (data: Buffer) => link.#read(data.toString()));
    socket.on("close", () => events.onClosed());
    link.#transport = { send: (json) => socket.send(json), close: () => socket.terminate() };
    return link;
  }

  hello(name: string, password?: string): void {
    this.#send({ type: "hello", name, ...(password === undefined ? {} : { password }) });
  }

  join(room: string): void {
    this.#send({ type: "join", room });
  }

  message(text: string): void {
    this.#send({ type: "message", text, id: String(++this.#lastId) });
  }

  whisper(to: string, text: string): void {
    this.#send({ type: "whisper", to, text, id: String(++this.#lastId) });
  }

  register(password: string): void {
    this.#send({ type: "register", password, id: "register" });
  }

  close(): void {
    this.#transport?.close();
  }

  #over(stream: Duplex, send: (json: string) => void): this {
    stream.on("error", () => {}); // "close" follows
    stream.on("close", () => this.events.onClosed());
    this.#transport = { send, close: () => stream.destroy() };
    return this;
  }

  #send(frame: Record<string, unknown>): void {
    this.#transport!.send(JSON.stringify(frame));
  }

  #read(json: string): void {
    const { events } = this;
    const frame = JSON.parse(json);
    switch (frame.type) {
      case "welcome":
        return events.onWelcome();
      case "joined":
        return frame.seq === undefined ? undefined : events.onRoom();
      case "message":
        return events.onMessage(frame.from, frame.text);
      case "whisper":
        return events.onWhisper(frame.from, frame.text);
      case "ack":
        return events.onAcknowledged();
      case "notice":
        return events.onNotice?.(frame.text);
      case "ping":
        return this.#send({ type: "pong", t: frame.t });
      case "error":
        return events.onComplaint(frame.code);
      case "skipped":
        return events.onComplaint("skipped");
      case "bye":
        return events.onComplaint(`bye ${frame.reason}`);
    }
  }
}
