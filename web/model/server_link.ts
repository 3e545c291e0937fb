import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import { retryDelay } from "./retry_delay.ts";

/** A WebSocket, as far as it is needed. */
export interface Channel {
  send(text: string): void;
  close(): void;
}

/** What a channel tells. */
export interface ChannelListener {
  opened(): void;
  received(text: string): void;
  /** Comes once, also where it could not be opened. */
  closed(): void;
}

/** What a link takes from its surroundings. */
export interface LinkEnvironment {
  open(listener: ChannelListener): Channel;
  setTimer(run: () => void, milliseconds: number): unknown;
  clearTimer(timer: unknown): void;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
}

/** Whoever uses a link. */
export interface LinkListener {
  /** A connection stands, and hubbub has introduced itself: it is time for a `hello`. */
  connected(): void;
  received(frame: ServerFrame): void;
  /** The connection broke, or could not be made. The next attempt follows by itself. */
  broke(): void;
}

/** How long connecting may take. */
const CONNECT_MILLISECONDS = 10_000;
/** Silence after which the server is asked for a sign of life, and how long it may take. */
const SILENCE_MILLISECONDS = 15_000;
const ANSWER_MILLISECONDS = 10_000;
/** Time to answer when the browser has reported that it is offline. */
const CHECK_MILLISECONDS = 2000;

/**
 * The connection to the server, made again whenever it breaks, with growing delays.
 *
 * 1. A connection on which nothing comes, not even the answer to a `ping`, counts as broken: behind a
 *    network that is gone, a browser would wait for many minutes.
 * 2. What an old connection still says, after a new one was begun, is not heard.
 * 3. Nothing is sent before hubbub has introduced itself: another program may have the port by now,
 *    and would get a password or a token. A refusal may come in place of the introduction.
 * 4. The delays begin anew when a server has welcomed somebody, not when it merely answers.
 */
export class ServerLink {
  #channel: Channel | undefined;
  #timer: unknown;
  #failures = 0;
  #isWanted = false;
  #isOpen = false;
  /** Time of the last frame. */
  #heardAt = 0;
  /** Whether the timer that runs is the one of silence. */
  #isListening = false;

  constructor(
    private readonly environment: LinkEnvironment,
    private readonly listener: LinkListener,
  ) {}

  /** Whether what is sent now goes out now. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Connects, and stays connected. */
  start(): void {
    this.#isWanted = true;
    this.#failures = 0;
    this.#connect();
  }

  /** Does not wait any longer for the next attempt: the network is back. */
  hurry(): void {
    if (this.#isWanted && this.#channel === undefined) this.#connect();
  }

  /** Sends a ping at once, and gives the server only 2 s to answer. */
  check(): void {
    if (this.#isOpen) this.#ask(CHECK_MILLISECONDS);
  }

  /** The server has let its client in. */
  succeeded(): void {
    this.#failures = 0;
  }

  send(frame: ClientFrame): void {
    if (this.#isOpen) this.#channel!.send(JSON.stringify(frame));
  }

  /** Closes, for good. */
  stop(): void {
    this.#isWanted = false;
    this.#drop();
  }

  #connect(): void {
    this.#drop();
    const isCurrent = () => this.#channel === channel;
    const channel = this.environment.open({
      opened: () => {
        if (!isCurrent()) return;
        this.#waitForFrame();
      },
      received: (text) => {
        if (!isCurrent()) return;
        this.#waitForFrame();
        const frame = readFrame(text);
        if (!this.#isOpen) return this.#introduced(frame);
        if (frame?.type === "ping") this.send({ type: "pong", t: frame.t });
        else if (frame !== undefined) this.listener.received(frame);
      },
      closed: () => {
        if (isCurrent()) this.#broke();
      },
    });
    this.#channel = channel;
    this.#setTimer(() => this.#broke(), CONNECT_MILLISECONDS);
  }

  /** Takes what comes first over a connection. */
  #introduced(frame: ServerFrame | undefined): void {
    switch (frame?.type) {
      case "server":
        this.#isOpen = true;
        return this.listener.connected();
      case "error":
      case "bye":
        return this.listener.received(frame);
      default:
        this.#broke();
    }
  }

  /** One timer serves many frames: a file arrives in thousands of them. */
  #waitForFrame(): void {
    this.#heardAt = this.environment.now();
    if (!this.#isListening) this.#listen(SILENCE_MILLISECONDS);
  }

  #listen(milliseconds: number): void {
    this.#setTimer(() => {
      const left = this.#heardAt + SILENCE_MILLISECONDS - this.environment.now();
      if (left > 0) this.#listen(left);
      else this.#ask(ANSWER_MILLISECONDS);
    }, milliseconds);
    this.#isListening = true;
  }

  /** Sends a ping, and treats the connection as broken if no frame arrives in that time. */
  #ask(milliseconds: number): void {
    this.send({ type: "ping", t: 0 });
    this.#setTimer(() => this.#broke(), milliseconds);
  }

  #broke(): void {
    this.#drop();
    this.#failures++;
    const delay = retryDelay(this.#failures, this.environment.random());
    this.#setTimer(() => this.#connect(), delay);
    this.listener.broke();
  }

  #drop(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#isOpen = false;
    this.#isListening = false;
    this.environment.clearTimer(this.#timer);
    channel?.close();
  }

  #setTimer(run: () => void, milliseconds: number): void {
    this.#isListening = false;
    this.environment.clearTimer(this.#timer);
    this.#timer = this.environment.setTimer(run, milliseconds);
  }
}

/** Reads a server's frame. It trusts the server for the fields. */
function readFrame(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isFrame = typeof value === "object" && value !== null && "type" in value;
    return isFrame ? value as ServerFrame : undefined;
  } catch {
    return undefined;
  }
}
