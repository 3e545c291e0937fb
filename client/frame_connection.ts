import {
  type ByteString,
  type ErrorCode,
  type IntroductionFrame,
  LineDecoder,
  MAX_SERVER_FRAME_BYTES,
  parseServerFrame,
  PROTOCOL_VERSION,
  RECORD_SEPARATOR,
  type ServerFrame,
  TOO_LONG,
} from "../protocol/mod.ts";
import { ChatError } from "./core/chat_error.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import {
  ConnectionError,
  type ConnectionErrorCode,
  connectionErrorOf,
  type ConnectionPhase,
} from "./core/connection_errors.ts";
import { Heartbeat } from "./core/heartbeat.ts";
import { Introduction } from "./core/introduction.ts";
import {
  describeUnknownPeer,
  HandedOverConnection,
  isEcho,
  type PlainPeer,
  speaksLines,
} from "./core/unknown_peer.ts";
import { usableFrame } from "./core/server_frames.ts";
import { openTcp } from "./transports/socket_transport.ts";
import { type Endpoint, endpointOf, type OpenTransport, type Transport } from "./core/transport.ts";

/** Errors that are the server's last words, since it closes the connection after them. */
const LAST_WORDS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "registration_timeout",
  "server_full",
  "too_many_from_address",
  "too_many_refusals",
  "too_slow",
]);

/** How long a server may take to introduce itself where it has prompted, and where silence is an
 * answer, too. */
const PATIENCE_MILLISECONDS = 2000;

/** How long a client that also uses other servers waits for their prompt before it sends a byte. */
const LISTEN_MILLISECONDS = 40;

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
  /** For a client that also uses servers that are not hubbub: it listens for 40 ms before it sends
   * anything, takes 2 s of silence for an answer, and its `ConnectionError` then holds a
   * `plainPeer`, whose connection is the receiver's to use or to destroy. Default: false. */
  readonly plainPeers?: boolean;
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
 * 1. Before the server has introduced itself as hubbub, one byte is sent that asks for it, and
 *    nothing else whatever: no name, no password, no token.
 * 2. Later, a frame that cannot be used is passed over, since a newer server may say more; bytes
 *    that are no JSON end the connection.
 * 3. The end is told once, with the best reason there is: that this client left, what the server
 *    said last, what the system says.
 */
export class FrameConnection {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly #start: number;
  readonly #timeout: number;
  readonly #usesPlainPeers: boolean;
  readonly #transport: Transport;
  readonly #introduction = new Introduction();
  readonly #decoder = new LineDecoder(MAX_SERVER_FRAME_BYTES);
  readonly #heartbeat: Heartbeat;
  readonly #opened = Promise.withResolvers<void>();
  readonly #introduced = Promise.withResolvers<IntroductionFrame>();
  #phase: ConnectionPhase = "connect";
  /** Whether the byte was sent that asks for an introduction. */
  #hasAsked = false;
  #cancelListening: (() => void) | undefined;
  #cancelPatience: (() => void) | undefined;
  /** Gets what comes in, once this is a connection to another server. */
  #next: HandedOverConnection | undefined;
  #isLeaving = false;
  #lastWords: string | undefined;
  #error: ConnectionError | undefined;

  constructor(options: OpenOptions, private readonly listener: FrameListener) {
    const { heartbeatMilliseconds = 30_000, plainPeers = false } = options;
    this.endpoint = endpointOf(options);
    this.clock = options.clock ?? systemClock;
    this.#start = this.clock.now();
    this.#timeout = options.connectTimeoutMilliseconds ?? 10_000;
    this.#usesPlainPeers = plainPeers;
    this.#heartbeat = new Heartbeat(
      this.clock,
      heartbeatMilliseconds,
      () => this.send(ARE_YOU_THERE),
      (silence) => this.#fail("silent", seconds(silence)),
    );
    for (const { promise } of [this.#opened, this.#introduced]) {
      promise.catch(() => {}); // without a caller it is no unhandled rejection
    }
    this.#transport = (options.openTransport ?? openTcp)(this.endpoint, {
      opened: () => this.#connected(),
      received: (bytes) => this.#received(bytes),
      closed: (error) => this.#disconnected(error),
    });
  }

  /** Why it is over; `undefined` while it lasts. */
  get error(): ConnectionError | undefined {
    return this.#error;
  }

  /** True once hubbub has introduced itself, until the end. */
  get isOpen(): boolean {
    return (this.#phase === "join" || this.#phase === "chat") && this.#error === undefined;
  }

  /** Waits until the connection stands. */
  async opened(): Promise<void> {
    await this.inTime(this.#opened.promise, "timed_out");
  }

  /**
   * Waits until the connection stands and the server has introduced itself: only then does
   * {@link send} send.
   *
   * @throws {ConnectionError} when there is no server, or another one.
   * @throws {ChatError} when the server refuses this client at once.
   */
  async introduced(): Promise<IntroductionFrame> {
    await this.opened();
    return await this.inTime(this.#introduced.promise, "no_answer");
  }

  /** Sends one JSON object; nothing while the server has not introduced itself. */
  send(json: ByteString): void {
    if (this.isOpen) this.#transport.write(json + "\n");
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

  #connected(): void {
    this.#phase = "introduce";
    this.#opened.resolve();
    if (!this.#usesPlainPeers) return this.#ask();
    this.#cancelListening = this.clock.after(LISTEN_MILLISECONDS, () => this.#ask());
  }

  /** Asks the server to introduce itself. */
  #ask(): void {
    if (this.#hasAsked || this.#phase !== "introduce" || this.#error !== undefined) return;
    this.#cancelListening?.();
    this.#hasAsked = true;
    this.#transport.write(RECORD_SEPARATOR);
    if (this.#usesPlainPeers) this.#waitForIntroduction();
  }

  #waitForIntroduction(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = this.clock.after(
      PATIENCE_MILLISECONDS,
      () => this.#failAsUnknownPeer(this.#introduction.head),
    );
  }

  #received(bytes: ByteString): void {
    if (this.#next !== undefined) return this.#next.received(bytes);
    this.#heartbeat.reset();
    if (this.#phase === "introduce") this.#introduce(bytes);
    else this.#readFrames(bytes);
  }

  #introduce(bytes: ByteString): void {
    const finding = this.#introduction.push(bytes, this.clock.now() - this.#start);
    switch (finding.type) {
      case "undecided":
        return;
      case "prompted":
        this.#ask();
        return this.#waitForIntroduction();
      case "stranger":
        return this.#failAsUnknownPeer(finding.answer);
      case "refused":
        this.#handleFrame(finding.frame);
        if (finding.frame.type === "error") this.#introduced.reject(new ChatError(finding.frame));
        if (this.#introduction.head !== "" && this.#error === undefined) this.#introduce("");
        return;
      case "introduced":
        return this.#accept(finding.frame, finding.rest);
    }
  }

  #accept(frame: IntroductionFrame, rest: ByteString): void {
    if (frame.protocol !== PROTOCOL_VERSION) {
      return this.#fail("other_version", String(frame.protocol));
    }
    this.#stopWaiting();
    this.#phase = "join";
    this.#introduced.resolve(frame);
    this.#readFrames(rest);
  }

  #readFrames(bytes: ByteString): void {
    this.#decoder.push(bytes);
    while (this.#error === undefined) {
      const line = this.#decoder.next();
      if (line === undefined) break;
      if (line === TOO_LONG) return this.#fail("not_understood");
      if (line.trim() !== "") this.#handleLine(line);
    }
    this.listener.caughtUp();
  }

  #handleLine(line: ByteString): void {
    const parsed = parseServerFrame(line);
    if (parsed === undefined) return this.#fail("not_understood");
    const frame = usableFrame(parsed);
    if (frame !== undefined) this.#handleFrame(frame);
  }

  #handleFrame(frame: ServerFrame): void {
    if (frame.type === "ping") return this.send(`{"type":"pong","t":${frame.t}}`);
    if (frame.type === "bye" && frame.reason === "quit") this.#isLeaving = true;
    if (frame.type === "bye" || (frame.type === "error" && LAST_WORDS.has(frame.code))) {
      this.#lastWords = frame.text;
    }
    this.listener.received(frame);
  }

  #disconnected(cause: Error | undefined): void {
    if (this.#next !== undefined) return this.#next.closed(cause);
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

  /** @param answer all that has come; empty for silence. */
  #failAsUnknownPeer(answer: ByteString): void {
    if (this.#error !== undefined || this.#phase !== "introduce") return;
    const sent = this.#hasAsked ? RECORD_SEPARATOR : "";
    const description = describeUnknownPeer(answer, sent);
    if (!this.#usesPlainPeers || !speaksLines(answer)) return this.#fail("not_hubbub", description);
    // What has heard the byte may have taken it for a name or a message.
    if (!this.#hasAsked) this.#next = new HandedOverConnection(this.#transport, answer);
    const plainPeer = { description, isEcho: isEcho(answer, sent), connection: this.#next };
    this.#fail("not_hubbub", description, plainPeer);
  }

  #fail(code: ConnectionErrorCode, detail?: string, plainPeer?: PlainPeer): void {
    const error = new ConnectionError(code, this.#phase, this.endpoint, { detail, plainPeer });
    this.#end({ type: "lost", error }, error);
  }

  #end(closing: Closing, error: ConnectionError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#heartbeat.stop();
    this.#stopWaiting();
    if (this.#next === undefined) this.#transport.destroy();
    this.#opened.reject(error);
    this.#introduced.reject(error);
    this.listener.closed(closing, error);
  }

  #stopWaiting(): void {
    this.#cancelListening?.();
    this.#cancelPatience?.();
  }
}

function seconds(milliseconds: number): string {
  return String(milliseconds / 1000);
}
