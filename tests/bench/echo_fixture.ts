import { createServer, type Server, type Socket } from "node:net";
import { flipped } from "./fixture_server.ts";
import type { Target } from "../../bench/load/options.ts";

/** How an echo server misbehaves. */
export interface EchoFaults {
  /** Milliseconds from a line to its reply. */
  readonly delay?: number;
  /** Answers nothing for a time, again and again; what has come in by then is answered at once. In
   * milliseconds from the first line on. */
  readonly freeze?: { readonly every: number; readonly for: number };
  /** What happens to line `n`, from 0, of a connection. `hold` sends it behind the next one. */
  readonly fault?: (n: number) => "drop" | "double" | "flip" | "hold" | undefined;
  /** Serves a connection in place of all that. */
  readonly instead?: (socket: Socket) => void;
  /** Called for every line. */
  readonly onLine?: () => void;
}

/** A reply, and the milliseconds of `performance.now` at which it passed the server. */
export interface Reply {
  /** The lines of it, each with its line feed. */
  readonly text: string;
  /** When its lines had been read. */
  readonly readAt: number;
  /** When it was to be sent. */
  readonly dueAt: number;
  /** Just before it was written to the socket. */
  sentAt: number;
  /** When the system had accepted all of it; `Infinity` until then. */
  flushedAt: number;
}

/** An echo server of lines, without faults by default. */
export class EchoFixture {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** The replies that were sent, in that order. */
  readonly replies: Reply[] = [];
  #began: number | undefined;

  constructor(private readonly how: EchoFaults = {}) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      if (how.instead === undefined) this.#serve(socket);
      else how.instead(socket);
    });
  }

  /** Listens on a free port of this machine. */
  listen(): Promise<Target> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        const { port } = this.#server.address() as { port: number };
        resolve({ host: "127.0.0.1", port });
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    let rest = "";
    let count = 0;
    let held = "";
    const waiting: Reply[] = [];
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string | Uint8Array) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      let replies = "";
      for (const line of lines) {
        this.how.onLine?.();
        const fault = this.how.fault?.(count++);
        if (fault === "hold") {
          held = `${line}\n`;
          continue;
        }
        if (fault !== "drop") replies += `${fault === "flip" ? flipped(line) : line}\n`;
        if (fault === "double") replies += `${line}\n`;
        replies += held;
        held = "";
      }
      this.#reply(socket, waiting, replies);
    });
  }

  /** Sends replies when they are due, in their order. */
  #reply(socket: Socket, waiting: Reply[], text: string): void {
    if (text === "") return;
    const readAt = performance.now();
    const dueAt = readAt + this.#waitAt(readAt);
    const reply = { text, readAt, dueAt, sentAt: Infinity, flushedAt: Infinity };
    if (waiting.push(reply) === 1) this.#send(socket, waiting);
  }

  #send(socket: Socket, waiting: Reply[]): void {
    while (waiting.length > 0) {
      const reply = waiting[0]!;
      reply.sentAt = performance.now();
      const left = reply.dueAt - reply.sentAt;
      // A timer may fire a little early, and a reply must not come before its time.
      if (left > 0) {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#send(socket, waiting);
        }, left);
        this.#timers.add(timer);
        return;
      }
      waiting.shift();
      this.replies.push(reply);
      socket.write(reply.text, "latin1", () => reply.flushedAt = performance.now());
    }
  }

  #waitAt(now: number): number {
    this.#began ??= now;
    const { delay = 0, freeze } = this.how;
    if (freeze === undefined) return delay;
    const phase = (now - this.#began) % freeze.every;
    const thawed = freeze.every - freeze.for;
    return delay + (phase < thawed ? 0 : freeze.every - phase);
  }
}
