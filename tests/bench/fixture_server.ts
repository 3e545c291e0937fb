import { createServer, type Server, type Socket } from "node:net";
import type { Target } from "../../bench/load/options.ts";
import type { DrainLimits } from "../../bench/load/run_context.ts";

/** How long tests wait for what is still in flight: long enough for a busy machine. */
export const DRAIN: DrainLimits = { quiet: 500, settle: 20 };

/** What the fixture does to one delivery. `flip` changes a bit in its middle, `swap` sends it behind the
 * next one of another sender, `hold` sends it behind the next one of the same sender. */
export type Fault = "drop" | "double" | "hold" | "cut" | "flip" | "swap" | undefined;

/** How a fixture server misbehaves. */
export interface Misbehaviour {
  /** What happens to the message `n` (from 0) of a sender at a receiver (numbers from 0, in the order
   * in which they joined). */
  readonly fault?: (receiver: number, sender: number, n: number) => Fault;
  /** Members that are let in; the others are refused. */
  readonly capacity?: number;
  /** Send nothing at all. */
  readonly silent?: boolean;
  /** Close each connection, in good order, after it has sent this number of lines. */
  readonly hangUpAfter?: number;
  /** Send the sender its own messages too. */
  readonly echo?: boolean;
  /** Destroy the connection of a member when it has sent a number of messages. */
  readonly breakAfter?: { readonly member: number; readonly messages: number };
  /** Deliver messages this much later. */
  readonly delayMilliseconds?: number;
  /** Called for every received message. */
  readonly onMessage?: () => void;
}

interface Member {
  readonly socket: Socket;
  readonly index: number;
  readonly speaks: "json" | "text";
  messages: number;
  /** Held back, by sender. */
  readonly held: Map<number, string>;
  /** A delivery that is sent behind the next one of another sender. */
  swapped?: { readonly sender: number; readonly text: string } | undefined;
}

/** A small broadcast server for JSON and text lines, correct unless a fault is asked for. */
export class FixtureServer {
  readonly #members: (Member | undefined)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #delayed = new Set<ReturnType<typeof setTimeout>>();
  /** How many deliveries each fault has hit. What is held with nothing behind it is a drop: how many
   * messages a sender says is not always known beforehand. */
  readonly faults = { drop: 0, double: 0, hold: 0, cut: 0, flip: 0, swap: 0 };

  constructor(private readonly how: Misbehaviour = {}) {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Listens on a port of this machine; without one, on a free one. */
  listen(at = 0): Promise<Target> {
    return new Promise((resolve) => {
      this.#server.listen(at, "127.0.0.1", () => {
        const { port } = this.#server.address() as { port: number };
        resolve({ host: "127.0.0.1", port });
      });
    });
  }

  /** Closes everything. */
  close(): Promise<void> {
    this.#delayed.forEach(clearTimeout);
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    let rest = "";
    let count = 0;
    let member: Member | undefined;
    this.#sockets.add(socket);
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (member !== undefined) this.#members[member.index] = undefined;
    });
    socket.on("data", (chunk: string | Uint8Array) => {
      // It introduces itself as hubbub does, without a limit of the rate.
      if (chunk === "\x1e") {
        socket.write(`{"type":"server","server":"fixture","protocol":0}\n`);
        return;
      }
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (this.how.silent) return;
        if (count++ === this.how.hangUpAfter) {
          socket.end();
          return;
        }
        if (line === `{"type":"quit"}`) socket.end();
        else if (member === undefined) member = this.#join(socket, line);
        else this.#sayDelayed(member, line);
      }
    });
  }

  #join(socket: Socket, line: string): Member | undefined {
    const speaks = line.startsWith("{") ? "json" : "text";
    if (this.#members.length >= (this.how.capacity ?? Infinity)) {
      const text = "Server is full.";
      socket.end(
        speaks === "json"
          ? `{"type":"error","code":"server_full","text":"${text}"}\n`
          : `[12:00:00] [ERROR]: ${text}\n`,
      );
      return undefined;
    }
    const index = this.#members.length;
    const member: Member = { socket, index, speaks, messages: 0, held: new Map() };
    this.#members.push(member);
    socket.write(
      speaks === "json"
        ? `{"type":"welcome","name":"x","rooms":[{"room":"lobby","seq":0}],"server":"fixture","session":"s"}\n`
        : `Enter your username: [12:00:00] [SYSTEM]: Welcome, ${line}! Type /help.\n`,
    );
    return member;
  }

  #sayDelayed(sender: Member, line: string): void {
    const { delayMilliseconds } = this.how;
    if (delayMilliseconds === undefined) return this.#say(sender, line);
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#say(sender, line);
    }, delayMilliseconds);
    this.#delayed.add(timer);
  }

  #say(sender: Member, line: string): void {
    const n = sender.messages++;
    const said = sender.speaks === "json" ? (JSON.parse(line) as { text: string }).text : line;
    for (const receiver of this.#members) {
      if (receiver === undefined || (receiver === sender && !this.how.echo)) continue;
      const out = (text: string) => receiver.socket.write(lineFor(receiver, text), "latin1");
      const fault = this.how.fault?.(receiver.index, sender.index, n);
      if (fault !== undefined) this.faults[fault === "hold" ? "drop" : fault]++;
      const swapped = receiver.swapped;
      if (swapped?.sender === sender.index) {
        receiver.swapped = undefined;
        out(swapped.text);
        this.faults.swap--;
      }
      if (fault === "swap") receiver.swapped = { sender: sender.index, text: said };
      else if (fault === "hold") receiver.held.set(sender.index, said);
      else if (fault === "cut") out(said.slice(0, -1));
      else if (fault === "flip") out(flipped(said));
      else if (fault !== "drop") out(said);
      if (fault === "double") out(said);
      if (swapped !== undefined && swapped.sender !== sender.index) {
        receiver.swapped = undefined;
        out(swapped.text);
      }
      const held = receiver.held.get(sender.index);
      if (held !== undefined && fault !== "hold") {
        receiver.held.delete(sender.index);
        this.faults.drop--;
        this.faults.hold++;
        out(held);
      }
    }
    this.how.onMessage?.();
    const { breakAfter } = this.how;
    if (sender.index === breakAfter?.member && sender.messages === breakAfter.messages) {
      sender.socket.destroy();
    }
  }
}

/** A text with one bit of its middle changed. */
export function flipped(text: string): string {
  const middle = text.length >> 1;
  return text.slice(0, middle) + String.fromCharCode(text.charCodeAt(middle) ^ 1) +
    text.slice(middle + 1);
}

function lineFor(receiver: Member, text: string): string {
  return receiver.speaks === "json"
    ? `{"type":"message","seq":1,"room":"lobby","from":"member-1","text":"${text}","time":1}\n`
    : `[12:00:00] member-1: ${text}\n`;
}
