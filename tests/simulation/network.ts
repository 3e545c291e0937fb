import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { OpenTransport, TransportListener } from "../../client/mod.ts";
import { type ByteString, fromBytes } from "../../protocol/mod.ts";
import { Pipe, type PipeWeather } from "./pipe.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { RunTrace } from "./trace.ts";

/** How a network fails. */
export interface NetworkWeather extends PipeWeather {
  /** Probability that a connection breaks at one of its bytes. */
  readonly breakChance: number;
  /** Maximum number of bytes before. */
  readonly breakWithin: number;
  /** Probability that a client gets no answer when it connects. */
  readonly lostConnectChance: number;
}

/**
 * How a connection breaks: both ends are reset; the cable is cut, which no end is informed of; the end of
 * what is on its way is lost, and both ends see an orderly close.
 */
export type Break = "reset" | "cut" | "truncated";
const BREAKS: readonly Break[] = ["reset", "cut", "truncated"];

/** Probes without an answer after which the system of the server closes a connection. */
const LOST_PROBES = 9;

/** Time after which Linux closes a connection whose bytes are not confirmed (`tcp_retries2`). */
const RETRANSMISSION_MILLISECONDS = 924_600;

/** Accepts connections while a server runs. */
export interface Acceptor {
  accept(socket: SimulatedSocket): void;
}

/** The network between the clients and the server. */
export class Network {
  /** The server, while it listens. */
  acceptor: Acceptor | undefined;
  readonly #links = new Set<Link>();
  #connections = 0;
  readonly #weather: NetworkWeather;

  constructor(
    readonly timeline: Timeline,
    private readonly random: Random,
    weather: NetworkWeather,
    private readonly trace: RunTrace,
  ) {
    this.#weather = { ...weather };
  }

  /** From now on nothing stalls, breaks or is lost, also on open connections. */
  calm(): void {
    Object.assign(this.#weather, { breakChance: 0, lostConnectChance: 0, stallChance: 0 });
  }

  /** Whether no bytes and no ends of connections are on their way. */
  get isIdle(): boolean {
    return [...this.#links].every((link) => link.isIdle);
  }

  /** Opens a connection of a client at an address. */
  connect(address: string, listener: TransportListener): Link {
    const number = ++this.#connections;
    const weather = this.#weather;
    const link = new Link(
      { timeline: this.timeline, random: this.random.fork(), weather, trace: this.trace },
      number,
      address,
      listener,
      () => this.#links.delete(link),
    );
    this.#links.add(link);
    if (this.random.chance(weather.lostConnectChance)) return link;
    this.timeline.after(this.random.between(...weather.latency), () => this.#arrive(link));
    return link;
  }

  /** The `openTransport` of a client at an address. */
  transportOf(address: string, onLink: (link: Link) => void = () => {}): OpenTransport {
    return (_endpoint, listener) => {
      const link = this.connect(address, listener);
      onLink(link);
      return link;
    };
  }

  /** The process of the server has died: what it has written may still arrive. */
  serverDied(): void {
    this.acceptor = undefined;
    for (const link of [...this.#links]) link.serverDied();
  }

  #arrive(link: Link): void {
    const { acceptor } = this;
    if (acceptor === undefined) return link.refuse();
    if (!link.open()) return;
    const { breakChance, breakWithin } = this.#weather;
    if (this.random.chance(breakChance)) {
      link.breakAfter(this.random.whole(1, breakWithin), this.random.pick(BREAKS));
    }
    acceptor.accept(link.socket);
  }
}

interface LinkContext {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly weather: NetworkWeather;
  readonly trace: RunTrace;
}

/** One connection; its methods without a comment are those of the client's transport. */
export class Link {
  readonly socket: SimulatedSocket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #state: "connecting" | "open" | "closed" = "connecting";
  /** Whether the client has yet to be informed of the end. */
  #isClosing = false;

  constructor(
    private readonly context: LinkContext,
    readonly number: number,
    address: string,
    private readonly listener: TransportListener,
    private readonly onGone: () => void,
  ) {
    const { timeline, random, weather, trace } = context;
    this.#up = new Pipe(timeline, random, weather, {
      received: (bytes) => {
        trace.add(`${number} > ${bytes}`);
        this.socket.receive(bytes);
      },
      ended: () => this.socket.endInput(),
    });
    this.#down = new Pipe(timeline, random, weather, {
      received: (bytes) => {
        trace.add(`${number} < ${bytes}`);
        if (this.#state === "open") listener.received(bytes);
      },
      ended: () => this.#serverEnded(),
    });
    this.socket = new SimulatedSocket(timeline, address, number, this.#up, this.#down, () => {
      this.#forgetIfOver();
    });
  }

  get isIdle(): boolean {
    return this.#up.isIdle && this.#down.isIdle && !this.#isClosing;
  }

  /** Whether the cable is cut. */
  get isCut(): boolean {
    return this.socket.isCut;
  }

  write(bytes: ByteString): void {
    if (this.#state === "open") this.#up.write(bytes);
  }

  pause(): void {
    this.#down.pause();
  }

  resume(): void {
    this.#down.resume();
  }

  end(): void {
    this.#up.finish();
  }

  destroy(): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#close();
    if (!wasOpen) return this.onGone();
    this.#down.break();
    // Unread input makes the system reset the connection, and then the end of the output may be lost.
    if (this.context.random.chance(0.3)) this.#up.truncate();
    else this.#up.finish();
  }

  /** @returns whether the client still waits for the connection. */
  open(): boolean {
    if (this.#state !== "connecting") return false;
    const { timeline, random, weather } = this.context;
    this.#state = "open";
    timeline.after(random.between(...weather.latency), () => {
      if (this.#state === "open") this.listener.opened();
    });
    return true;
  }

  /** No server listens. */
  refuse(): void {
    this.socket.die();
    this.#close(systemError("ECONNREFUSED"));
  }

  /** Breaks once this many bytes have passed in both directions. */
  breakAfter(bytes: number, how: Break): void {
    const check = () => {
      const isStormy = this.context.weather.breakChance > 0;
      if (isStormy && this.#up.delivered + this.#down.delivered >= bytes) this.break(how);
    };
    this.#up.onDelivered = check;
    this.#down.onDelivered = check;
  }

  break(how: Break): void {
    if (this.#state !== "open") return;
    this.#up.onDelivered = () => {};
    this.#down.onDelivered = () => {};
    const { timeline, random, weather, trace } = this.context;
    trace.add(`${this.number} ${how}`);
    if (how === "truncated") {
      this.#up.truncate();
      return this.#down.truncate();
    }
    this.#up.break();
    this.#down.break();
    if (how === "cut") {
      this.socket.isCut = true;
      timeline.after(RETRANSMISSION_MILLISECONDS, () => this.socket.destroy());
      return;
    }
    const delay = () => random.between(...weather.latency);
    timeline.after(delay(), () => this.#close(systemError("ECONNRESET")));
    timeline.after(delay(), () => this.socket.destroy());
  }

  serverDied(): void {
    this.socket.die();
    if (this.#state === "connecting") return this.refuse();
    const { random } = this.context;
    this.#up.break();
    if (random.chance(0.5)) return this.#down.truncate();
    if (random.chance(0.5)) return this.#down.finish();
    this.#down.break();
    this.#close(systemError("ECONNRESET"));
  }

  #serverEnded(): void {
    this.#up.finish();
    this.#close();
  }

  #close(error?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#isClosing = true;
    this.context.timeline.after(0, () => {
      this.#isClosing = false;
      this.listener.closed(error);
      this.#forgetIfOver();
    });
  }

  #forgetIfOver(): void {
    const isOver = this.#state === "closed" && !this.#isClosing && this.socket.isClosed;
    if (isOver) this.onGone();
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The server's end: the members of a socket of `node:net` that the server uses. */
export class SimulatedSocket {
  readonly remotePort: number;
  readonly #events = new EventEmitter();
  #isDead = false;
  #hasEndedInput = false;
  #lostProbes = 0;
  isClosed = false;
  /** Whether nothing arrives any more, and neither side is informed. */
  isCut = false;
  /** Called before each write; false if the process has died. */
  onWrite: () => boolean = () => true;

  readonly on = this.#events.on.bind(this.#events);
  readonly once = this.#events.once.bind(this.#events);
  readonly removeListener = this.#events.removeListener.bind(this.#events);

  constructor(
    private readonly timeline: Timeline,
    readonly remoteAddress: string,
    number: number,
    private readonly up: Pipe,
    private readonly down: Pipe,
    private readonly onClosed: () => void,
  ) {
    this.remotePort = 10_000 + number;
  }

  setNoDelay(): void {}

  /** The system probes the other side. A cable that was cut is noticed after {@link LOST_PROBES}. */
  setKeepAlive(): void {
    if (this.isCut && ++this.#lostProbes === LOST_PROBES) this.destroy();
  }

  write(bytes: Uint8Array, written?: () => void): void {
    if (this.#isDead || !this.onWrite()) return;
    this.down.write(fromBytes(bytes), written);
  }

  end(bytes?: Uint8Array): void {
    if (this.#isDead) return;
    if (bytes !== undefined) this.write(bytes);
    this.down.finish();
    if (this.#hasEndedInput) this.#close();
  }

  destroySoon(): void {
    this.end();
    this.timeline.after(1, () => this.destroy());
  }

  destroy(): void {
    if (this.isClosed || this.#isDead) return;
    this.up.break();
    this.down.truncate();
    this.#close();
  }

  pause(): void {
    if (!this.#isDead) this.up.pause();
  }

  resume(): void {
    if (!this.#isDead) this.up.resume();
  }

  receive(bytes: ByteString): void {
    if (!this.isClosed && !this.#isDead) this.#events.emit("data", Buffer.from(bytes, "latin1"));
  }

  endInput(): void {
    if (this.isClosed || this.#isDead) return;
    this.#hasEndedInput = true;
    this.#events.emit("end");
    if (!this.down.isOpen) this.#close();
  }

  /** The process is gone: its code does not run any more. */
  die(): void {
    this.#isDead = true;
    this.isClosed = true;
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.timeline.after(0, () => {
      if (!this.#isDead) this.#events.emit("close");
      this.onClosed();
    });
  }
}
