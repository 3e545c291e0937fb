/** A server, a clock and streams under the control of a test, without delays. */

import { setImmediate } from "node:timers";
import { PassThrough } from "node:stream";
import type { ClientClock as Clock, OpenTransport, TransportListener } from "../../client/mod.ts";
import {
  type ClientFrame,
  fromByteString,
  type IntroductionFrame,
  jsonOf,
  type MessageFrame,
  PROTOCOL_VERSION,
  RECORD_SEPARATOR,
  type ServerFrame,
} from "../../protocol/mod.ts";

/** A clock that only {@link FakeClock.advance} changes. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; action: () => void }[] = [];

  now = (): number => this.#now;

  after = (milliseconds: number, action: () => void): () => void => {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((other) => other !== timer);
  };

  /** Number of pending timers. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Advances the time, and runs the timers that are due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
  }
}

/** The other end of a transport. */
export class FakeServer {
  readonly received: ClientFrame[] = [];
  isPaused = false;
  isDestroyed = false;
  /** Connections so far. */
  connections = 0;
  /** Called with each frame; answers by {@link send}. */
  onFrame: (frame: ClientFrame) => void = () => {};
  /** Called for a new connection; default: opens it. */
  onConnect: () => void = () => this.listener.opened();
  /** Called for the separator, which asks for an introduction; default: introduces itself as hubbub. */
  onAsked: () => void = () => this.send(INTRODUCTION);
  /** All received bytes, of all connections. */
  bytesReceived = "";
  listener!: TransportListener;

  open: OpenTransport = (_endpoint, listener) => {
    this.listener = listener;
    this.connections++;
    this.isDestroyed = false;
    queueMicrotask(() => this.onConnect());
    return {
      write: (bytes) => {
        this.bytesReceived += bytes;
        if (bytes === RECORD_SEPARATOR) return queueMicrotask(() => this.onAsked());
        for (const line of bytes.trimEnd().split("\n")) {
          const frame = JSON.parse(fromByteString(line)!) as ClientFrame;
          this.received.push(frame);
          queueMicrotask(() => this.onFrame(frame));
        }
      },
      pause: () => void (this.isPaused = true),
      resume: () => void (this.isPaused = false),
      end: () => {},
      destroy: () => void (this.isDestroyed = true),
    };
  };

  send(...frames: ServerFrame[]): void {
    this.listener.received(frames.map((frame) => jsonOf(frame) + "\n").join(""));
  }

  bytes(bytes: string): void {
    this.listener.received(bytes);
  }

  /** Ends the connection. */
  drop(error?: Error): void {
    this.listener.closed(error);
  }

  /** Ids of the received messages without an acknowledgement. */
  readonly unanswered: string[] = [];

  /** Answers each frame as hubbub does. */
  beFriendly({ acknowledges = true, taken = [] as string[] } = {}): this {
    let seq = 0;
    let name = "";
    this.onFrame = (frame) => {
      switch (frame.type) {
        case "hello":
          if (taken.includes(frame.name!)) {
            return this.send({
              type: "error",
              code: "name_taken",
              text: `${frame.name} is taken.`,
            });
          }
          name = frame.name ?? "";
          return this.send(welcome(name));
        case "join":
          return this.send({ type: "joined", room: frame.room, name, time: 1, seq });
        case "leave":
          return this.send({ type: "left", room: frame.room!, name, time: 1, online: true });
        case "message":
        case "whisper":
        case "reply": {
          if (!acknowledges) return void this.unanswered.push(frame.id!);
          if (frame.type === "message") {
            return this.send({
              type: "ack",
              id: frame.id!,
              room: frame.room ?? "lobby",
              seq: ++seq,
            });
          }
          if (frame.type === "reply") return this.send({ type: "ack", id: frame.id!, to: "Bob" });
          return this.send({ type: "ack", id: frame.id!, to: frame.to });
        }
        case "ping":
          return this.send({ type: "pong", t: frame.t });
        case "quit":
          this.send({ type: "bye", reason: "quit", text: "Goodbye!" });
          return this.drop();
      }
    };
    return this;
  }
}

/** How it introduces itself. */
export const INTRODUCTION: IntroductionFrame = {
  type: "server",
  server: "fake",
  protocol: PROTOCOL_VERSION,
};

export function welcome(name: string, seq = 0): ServerFrame {
  return { type: "welcome", name, rooms: [{ room: "lobby", seq }], server: "fake", session: "s" };
}

/** The answer to a client that reconnects after the server has moved it to another room. */
export function welcomeElsewhere(name: string, room: string): ServerFrame {
  const rooms = [{ room, seq: 9 }];
  return { type: "welcome", name, rooms, server: "fake", session: "s", resumed: true };
}

export function message(seq: number, text: string, from = "Bob"): MessageFrame {
  return { type: "message", seq, room: "lobby", from, text, time: 1_700_000_000_000 };
}

/** Runs everything that is due: microtasks, ticks of streams, immediates. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A stream that stores the written text. */
export class Sink extends PassThrough {
  text = "";
  columns = 80;

  constructor() {
    super();
    this.setEncoding("utf8");
    this.on("data", (chunk: string) => this.text += chunk);
  }
}

/** The time of day in front of lines, which depends on the time zone of the machine. */
export function withoutTimes(text: string): string {
  return text.replaceAll(/\[\d\d:\d\d:\d\d\] /g, "");
}

/** The options of a chat with a fake server: its streams, its clock and its connection. */
export function streamsTo(server: FakeServer) {
  return {
    ...{ input: new PassThrough(), output: new Sink(), errors: new Sink(), clock: new FakeClock() },
    openTransport: server.open,
    plainPeers: false, // it would listen first
  };
}
