import {
  type ByteString,
  type ErrorCode,
  LineDecoder,
  MAX_SERVER_FRAME_BYTES,
  NAME_PROMPT,
  parseServerFrame,
  type ServerFrame,
  TOO_LONG,
} from "../protocol/mod.ts";
import { type Clock, systemClock } from "./clock.ts";
import {
  ConnectionError,
  type ConnectionErrorCode,
  connectionErrorOf,
  type ConnectionPhase,
} from "./connection_errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { usableFrame } from "./server_frames.ts";
import { describeStranger, mayBeJson, speaksLines } from "./stranger.ts";
import { openTcp } from "./tcp_transport.ts";
import { type Endpoint, endpointOf, type OpenTransport, type Transport } from "./transport.ts";

/** Errors that are the server's last words, since it closes the connection after them. */
const LAST_WORDS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "registration_timeout",
  "server_full",
  "too_many_attempts",
  "too_many_from_address",
  "too_slow",
]);

/** How long a server that has asked for a name may take to understand that this is a program. */
const LATE_ANSWER_MILLISECONDS = 2000;

/** Sent when nothing was heard for a while. Its number is no request's, so nobody waits for it. */
const ARE_YOU_THERE = '{"type":"ping","t":0}';

/** How to reach a server. */
export interface OpenOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 1 to 65535; default 8080. */
  readonly port?: number;
  /** How long the connection may take, and how long each answer on the way in; default 10,000. */
  readonly connectTimeoutMilliseconds?: number;
  /** Silence after which the server is asked whether it is there; after three times as long the
   * connection counts as lost. Default 30,000. */
  readonly heartbeatMilliseconds?: number;
  /** Default: TCP. */
  readonly openTransport?: OpenTransport;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** How a connection ended. */
export type Closing =
  /** This client left. */
  | { readonly type: "left" }
  /** The server said why it closes. */
  | { readonly type: "server closed"; readonly text: string }
  /** It broke, or was never made. */
  | { readonly type: "lost"; readonly error: ConnectionError };

/** Who is told what happens on a connection. */
export interface FrameListener {
  /** A frame, checked and cleaned. */
  received(frame: ServerFrame): void;
  /** All frames of a piece of input were told. */
  caughtUp(): void;
  /** Told once. The error is for whoever still waits for an answer. */
  closed(closing: Closing, error: ConnectionError): void;
}

/**
 * From the server's bytes to its frames, from the first attempt to the end.
 *
 * 1. Whoever answers first with something that is no frame of a hubbub server is told to be none.
 * 2. Later, a frame that cannot be used is passed over, since a newer server may say more; bytes
 *    that are no JSON end the connection.
 * 3. The end is told once, with the best reason there is: that this client left, what the server
 *    said last, what the system says.
 */
export class FrameConnection {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly #timeout: number;
  readonly #transport: Transport;
  readonly #decoder = new LineDecoder(MAX_SERVER_FRAME_BYTES);
  readonly #heartbeat: Heartbeat;
  readonly #opened = Promise.withResolvers<void>();
  #phase: ConnectionPhase = "connect";
  /** Whether what came first may be JSON. */
  #isJson = false;
  #isRecognised = false;
  #isLeaving = false;
  #lastSent: ByteString = "";
  #lastWords: string | undefined;
  #error: ConnectionError | undefined;

  constructor(options: OpenOptions, private readonly listener: FrameListener) {
    const { heartbeatMilliseconds = 30_000 } = options;
    this.endpoint = endpointOf(options);
    this.clock = options.clock ?? systemClock;
    this.#timeout = options.connectTimeoutMilliseconds ?? 10_000;
    this.#heartbeat = new Heartbeat(
      this.clock,
      heartbeatMilliseconds,
      () => this.send(ARE_YOU_THERE),
      (silence) => this.#fail("silent", seconds(silence)),
    );
    this.#opened.promise.catch(() => {}); // nobody need ask
    this.#transport = (options.openTransport ?? openTcp)(this.endpoint, {
      opened: () => {
        this.#phase = "join";
        this.#opened.resolve();
      },
      received: (bytes) => this.#received(bytes),
      closed: (error) => this.#disconnected(error),
    });
  }

  /** Why it is over; `undefined` while it lasts. */
  get error(): ConnectionError | undefined {
    return this.#error;
  }

  /** True once there is somebody to talk to. */
  get isOpen(): boolean {
    return this.#phase !== "connect" && this.#error === undefined;
  }

  /** Waits until the connection stands. */
  async opened(): Promise<void> {
    await this.inTime(this.#opened.promise, "timed_out");
  }

  /** Sends one JSON object. */
  send(json: ByteString): void {
    if (this.#error !== undefined) return;
    this.#lastSent = json;
    this.#transport.write(json + "\n");
  }

  /** The server let this client in: from here on silence is suspicious. */
  joined(): void {
    this.#phase = "chat";
    this.#heartbeat.start();
  }

  /** This client is about to leave: the end will be what it wanted. */
  leaving(): void {
    this.#isLeaving = true;
  }

  /** Stops reading. */
  pause(): void {
    this.#heartbeat.stop();
    this.#transport.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#heartbeat.start();
    this.#transport.resume();
  }

  /** Closes at once. */
  close(): void {
    const error = new ConnectionError("left", this.#phase, this.endpoint);
    this.#end({ type: "left" }, error);
  }

  /** Waits for something on the way in, and gives up the connection when it takes too long. */
  async inTime<T>(work: Promise<T>, code: "timed_out" | "no_answer"): Promise<T> {
    const cancel = this.clock.after(this.#timeout, () => this.#fail(code, seconds(this.#timeout)));
    try {
      return await work;
    } finally {
      cancel();
    }
  }

  #received(bytes: ByteString): void {
    this.#heartbeat.reset();
    // What begins as JSON may come in pieces, of which only the first begins so.
    if (!this.#isJson && bytes.startsWith(NAME_PROMPT)) this.#awaitLateAnswer(bytes);
    else if (!this.#isJson && !mayBeJson(bytes)) return this.#failAsStranger(bytes);
    else this.#isJson ||= bytes.trim() !== "";
    this.#decoder.push(bytes);
    while (this.#error === undefined) {
      const line = this.#decoder.next();
      if (line === undefined) break;
      if (line === TOO_LONG) return this.#fail("not_understood");
      if (line.trim() !== "") this.#handleLine(line);
    }
    this.listener.caughtUp();
  }

  /** hubbub answers a program that is late at once; another chat may wait for a name with the same
   * prompt. */
  #awaitLateAnswer(prompt: ByteString): void {
    this.clock.after(LATE_ANSWER_MILLISECONDS, () => {
      if (!this.#isRecognised && this.#error === undefined) this.#failAsStranger(prompt);
    });
  }

  #handleLine(line: ByteString): void {
    // A ping that comes back looks like a server that asks the same.
    if (!this.#isRecognised && line.trim() === this.#lastSent) return this.#failAsStranger(line);
    // This machine was busy for longer than the server waits for a program's first words.
    if (!this.#isRecognised && line === NAME_PROMPT) return;
    const parsed = parseServerFrame(line);
    const frame = parsed && usableFrame(parsed);
    if (frame === undefined) {
      if (!this.#isRecognised) this.#failAsStranger(line);
      else if (parsed === undefined) this.#fail("not_understood");
      return;
    }
    this.#isRecognised = true;
    if (frame.type === "ping") return this.send(`{"type":"pong","t":${frame.t}}`);
    if (frame.type === "bye" && frame.reason === "quit") this.#isLeaving = true;
    if (frame.type === "bye" || (frame.type === "error" && LAST_WORDS.has(frame.code))) {
      this.#lastWords = frame.text;
    }
    this.listener.received(frame);
  }

  #disconnected(cause: Error | undefined): void {
    if (this.#isLeaving) return this.close();
    if (this.#lastWords !== undefined) {
      const text = this.#lastWords;
      const error = new ConnectionError("server_closed", this.#phase, this.endpoint, {
        detail: text,
      });
      return this.#end({ type: "server closed", text }, error);
    }
    if (cause === undefined) {
      return this.#fail(this.#phase === "chat" ? "closed" : "closed_while_joining");
    }
    const error = connectionErrorOf(cause, this.#phase, this.endpoint);
    this.#end({ type: "lost", error }, error);
  }

  #failAsStranger(answer: ByteString): void {
    this.#fail("not_hubbub", describeStranger(answer, this.#lastSent), speaksLines(answer));
  }

  #fail(code: ConnectionErrorCode, detail?: string, speaksLines = false): void {
    const error = new ConnectionError(code, this.#phase, this.endpoint, { detail, speaksLines });
    this.#end({ type: "lost", error }, error);
  }

  #end(closing: Closing, error: ConnectionError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#heartbeat.stop();
    this.#transport.destroy();
    this.#opened.reject(error);
    this.listener.closed(closing, error);
  }
}

function seconds(milliseconds: number): string {
  return String(milliseconds / 1000);
}
