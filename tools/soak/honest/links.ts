import { Buffer } from "node:buffer";
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { lengthPrefix, NAME_PROMPT, toBytes } from "../../../protocol/mod.ts";

/** The events of an honest client, in every protocol. */
export interface LinkEvents {
  /** The name was accepted. */
  onWelcome(): void;
  /** The room was entered. */
  onRoom(): void;
  onMessage(from: string, text: string): void;
  onWhisper(from: string, text: string): void;
  /** The server has acknowledged a message or whisper. */
  onAcknowledged(): void;
  /** The server has sent an error, or skipped messages. */
  onProblem(what: string): void;
  /** The server has confirmed a command. */
  onNotice?(text: string): void;
  onClosed(): void;
}

export interface Link {
  /** Logs in; {@link LinkEvents.onWelcome} follows. */
  hello(name: string, password?: string): void;
  join(room: string): void;
  message(text: string): void;
  whisper(to: string, text: string): void;
  register(password: string): void;
  close(): void;
}

/** Maximum time to connect, in milliseconds. */
const CONNECT_MILLISECONDS = 10_000;

/** Connects a socket, plain or with TLS. */
export function openStream(port: number, tls: boolean): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const host = "127.0.0.1";
    const socket = tls
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connectSocket({ host, port });
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error("the server does not answer")),
      CONNECT_MILLISECONDS,
    );
    socket.setNoDelay(true);
    socket.once("error", fail);
    socket.once("close", () => fail(new Error("closed")));
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

/** Encodes and sends frames. */
interface Transport {
  send(json: string): void;
  close(): void;
}

/** JSON frames over any transport. */
export class FrameLink implements Link {
  #transport: Transport | undefined;
  #lastId = 0;

  private constructor(private readonly events: LinkEvents) {}

  /** Connects with one JSON object per line. */
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
      stream.write(Buffer.concat([toBytes(lengthPrefix(body.length)), body]));
    });
  }

  /** Connects with a WebSocket. */
  static async overWebSocket(port: number, tls: boolean, events: LinkEvents): Promise<FrameLink> {
    const link = new FrameLink(events);
    const scheme = tls ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://127.0.0.1:${port}/ws`, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_MILLISECONDS,
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
    this.#send({ type: "leave", room: "lobby" });
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
        return events.onProblem(frame.code);
      case "skipped":
        return events.onProblem("skipped");
      case "bye":
        return events.onProblem(`bye ${frame.reason}`);
    }
  }
}

/** Text lines, as a user of `nc` types and reads them. */
export class TextLink implements Link {
  #rest = "";

  private constructor(
    private readonly stream: Duplex,
    private readonly events: LinkEvents,
  ) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#push(chunk));
    stream.on("error", () => {}); // "close" follows
    stream.on("close", () => events.onClosed());
  }

  static async open(port: number, tls: boolean, events: LinkEvents): Promise<TextLink> {
    return new TextLink(await openStream(port, tls), events);
  }

  hello(name: string): void {
    this.#send(name);
  }

  join(room: string): void {
    this.#send(`/join ${room}`);
  }

  message(text: string): void {
    this.#send(text);
  }

  whisper(to: string, text: string): void {
    this.#send(`/whisper ${to} ${text}`);
  }

  register(password: string): void {
    this.#send(`/register ${password}`);
  }

  close(): void {
    this.stream.destroy();
  }

  #send(line: string): void {
    this.stream.write(line + "\n");
  }

  #push(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.#read(line.replace(/^(?:Enter your username: )?\[[\d:]+\] /, ""));
    }
  }

  #read(line: string): void {
    const { events } = this;
    const [, direction, other, secret] = /^\[WHISPER (to|from) (\S+)\]: (.*)$/.exec(line) ?? [];
    if (direction === "to") return events.onAcknowledged();
    if (direction === "from") return events.onWhisper(other!, secret!);
    const [, level, notice] = /^\[(SYSTEM|ERROR)\]: (.*)$/.exec(line) ?? [];
    if (level === "ERROR") return events.onProblem(notice!);
    if (level === "SYSTEM" && notice!.startsWith("Welcome, ")) return events.onWelcome();
    if (level === "SYSTEM" && notice!.startsWith("You are now in ")) return events.onRoom();
    if (/^\*\*\* \d+ messages? skipped\./.test(line)) return events.onProblem("skipped");
    const [, from, text] = /^([^\s:*[][^\s:]*): (.*)$/.exec(line) ?? [];
    if (from !== undefined) events.onMessage(from, text!);
  }
}
