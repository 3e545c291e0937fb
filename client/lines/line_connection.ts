import { type ByteString, cleanLine, toBytes, toByteString } from "../../protocol/mod.ts";
import { ConnectionError, connectionErrorOf } from "../core/connection_errors.ts";
import type { ClientOptions } from "../client_options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { describeUnknownPeer, speaksLines } from "../core/unknown_peer.ts";
import { openTcp } from "../transports/socket_transport.ts";
import { type Endpoint, endpointOf, type Transport } from "../core/transport.ts";
import { NCAT_GREETING, promptIn } from "./prompts.ts";

/** Default of the maximum time to connect. */
const CONNECT_MILLISECONDS = 10_000;

/** Silence after which the greeting counts as complete or missing. */
const GREETING_MILLISECONDS = 500;

/** Maximum silence of the server after this client has closed its side. */
const LINGER_MILLISECONDS = 2000;

/** Silence after which a line is complete without a line feed: some servers send none. */
const PAUSE_MILLISECONDS = 500;

/** A prompt on the line of the answer. Messages with a question, such as `Bob: really?` or
 * `<Bob> really?`, have a mark after the name as well, and do not match. */
const QUESTION = /^(?!.*[:>\])] \S).{0,80}[:?>$#%] ?$/;

/** Length at which an incomplete line counts as complete. */
const MAX_PARTIAL = 65_536;

/** Receives the text of a {@link LineConnection}. */
export interface LineConnectionListener {
  /** Complete lines without control characters, each with its end. */
  lines(text: string): void;
  /** The incomplete line, such as a prompt; empty for none. */
  partial(text: string): void;
  /** Whether a prompt without a line end stays {@link partial} until it is answered. Default: false, it
   * becomes a line after a pause. */
  readonly keepsQuestions?: boolean;
  /** The server takes lines again after {@link LineConnection.isFull}. */
  drained?(): void;
  /** Called with each sent line and the prompt that it answers, if one is kept. */
  sending?(line: string, question: string): void;
}

/**
 * A connection to a server other than hubbub: lines of text in both directions, as with `nc`.
 *
 * Control characters are removed, since such a server may relay them.
 */
export class LineConnection {
  /** Resolves at the end of the connection, with its error if any. */
  readonly closed: Promise<ConnectionError | undefined>;
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #decoder = new TextDecoder();
  readonly #opened = Promise.withResolvers<void>();
  readonly #resolveClosed: (error: ConnectionError | undefined) => void;
  readonly #listener: LineConnectionListener;
  #partial = "";
  #cancelPause: (() => void) | undefined;
  /** Text since the last sent line, bounded: it is searched for a greeting. */
  #greeting = "";
  #hasReceived = false;
  #hasSent = false;
  #onText: () => void = () => {};
  #isEnding = false;
  #isFull = false;
  #cancelLinger: (() => void) | undefined;

  constructor(options: ClientOptions, listener: LineConnectionListener) {
    this.#endpoint = endpointOf(options);
    this.#clock = options.clock ?? systemClock;
    this.#listener = listener;
    const closed = Promise.withResolvers<ConnectionError | undefined>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    const { connectTimeoutMilliseconds = CONNECT_MILLISECONDS } = options;
    const cancelTimeout = this.#clock.after(connectTimeoutMilliseconds, () => {
      this.#transport.destroy();
      this.#resolveClosed(new ConnectionError("timed_out", "connect", this.#endpoint));
    });
    void this.closed.then(cancelTimeout);
    this.#transport = (options.openTransport ?? openTcp)(this.#endpoint, {
      opened: () => {
        cancelTimeout();
        this.#opened.resolve();
      },
      received: (bytes) => this.#received(bytes),
      drained: () => {
        this.#isFull = false;
        this.#listener.drained?.();
      },
      closed: (cause) => this.#closedBy(cause),
    });
  }

  /**
   * Waits for the connection and a greeting, and sends the name if the server asks for one.
   *
   * @param isUnasked also sends it to a silent server: some read the first line as the name.
   */
  async join(name: string | undefined, isUnasked = false): Promise<void> {
    await Promise.race([this.#opened.promise, this.closed]);
    await this.#quiet();
    const prompt = promptIn(this.#greeting);
    const isWanted = (prompt !== undefined && prompt !== NCAT_GREETING) ||
      (isUnasked && !this.#hasReceived);
    if (name === undefined || !isWanted) return;
    this.send(name);
    // A server that treats each read as one message must not read the next line with it.
    await this.#quiet();
  }

  /** Sends a line, without its end. An incomplete line of the server ends. */
  send(line: string): void {
    this.#greeting = "";
    if (this.#listener.keepsQuestions !== true || !this.#isAsked) this.#endPartial();
    this.#listener.sending?.(line, cleanLine(this.#takePartial()));
    this.#hasSent = true;
    this.#isFull = this.#transport.write(toByteString(line) + "\n") === false;
  }

  /** Whether the server takes lines slower than they are sent: more should wait for `drained`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Closes this side, and the connection when the server closes or is silent. */
  end(): void {
    if (this.#isEnding) return this.destroy();
    this.#isEnding = true;
    this.#transport.end();
    this.#linger();
  }

  destroy(): void {
    this.#transport.destroy();
    this.#closedBy(undefined);
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  /** Waits for a prompt, or for silence. */
  #quiet(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(GREETING_MILLISECONDS, resolve);
    this.#onText = () => promptIn(this.#greeting) && resolve();
    void this.closed.then(() => resolve());
    return promise.finally(() => {
      cancel();
      this.#onText = () => {};
    });
  }

  #received(bytes: ByteString): void {
    if (!this.#hasReceived && !speaksLines(bytes)) return this.#failAsUnknownPeer(bytes);
    this.#hasReceived = true;
    if (this.#isEnding) this.#linger();
    const text = this.#decoder.decode(toBytes(bytes), { stream: true });
    if (this.#greeting.length < MAX_PARTIAL) this.#greeting += text;
    const all = this.#partial + text;
    const end = all.length > MAX_PARTIAL ? all.length : all.lastIndexOf("\n") + 1;
    this.#partial = all.slice(end);
    if (end > 0) {
      this.#listener.lines(all.slice(0, end).replace(/\n$/, "").split("\n").map(shown).join(""));
    }
    this.#listener.partial(cleanLine(this.#partial));
    this.#cancelPause?.();
    this.#cancelPause = this.#partial === ""
      ? undefined
      : this.#clock.after(PAUSE_MILLISECONDS, () => this.#onPause());
    this.#onText();
  }

  /** Whether the incomplete line looks like a prompt. */
  get #isAsked(): boolean {
    const isFirst = !this.#hasSent && promptIn(this.#partial) !== undefined;
    return isFirst || QUESTION.test(this.#partial);
  }

  /** Ends the incomplete line after a pause, unless it is a prompt to keep. */
  #onPause(): void {
    if (this.#listener.keepsQuestions !== true || !this.#isAsked) this.#endPartial();
  }

  #endPartial(): void {
    const line = this.#takePartial();
    if (line === "") return;
    this.#listener.lines(shown(line));
    this.#listener.partial("");
  }

  #takePartial(): string {
    const partial = this.#partial;
    this.#partial = "";
    this.#cancelPause?.();
    return partial;
  }

  /** Fails on a server without lines of text: one that is silent until a line arrives may speak HTTP. */
  #failAsUnknownPeer(answer: ByteString): void {
    const detail = describeUnknownPeer(answer, "");
    this.#transport.destroy();
    this.#resolveClosed(new ConnectionError("not_hubbub", "join", this.#endpoint, { detail }));
  }

  #linger(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = this.#clock.after(LINGER_MILLISECONDS, () => this.destroy());
  }

  #closedBy(cause: Error | undefined): void {
    this.#cancelLinger?.();
    const error = cause && connectionErrorOf(cause, "chat", this.#endpoint);
    const rest = this.#takePartial();
    if (rest !== "") this.#listener.lines(shown(rest));
    this.#resolveClosed(error);
  }
}

function shown(line: string): string {
  return cleanLine(line) + "\n";
}
