import { byGreeting } from "../check/recognise.ts";
import { type ByteString, cleanLine, toBytes, toByteString } from "../../protocol/mod.ts";
import { ConnectionError, connectionErrorOf } from "../core/connection_errors.ts";
import type { ClientOptions } from "../client_options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { describeUnknownPeer, speaksLines } from "../core/unknown_peer.ts";
import { openTcp } from "../transports/socket_transport.ts";
import { type Endpoint, endpointOf, type Transport } from "../core/transport.ts";

/** Silence after which a server that has greeted, or has not, is taken to have said all. */
const GREETING_MILLISECONDS = 500;

/** Time that a server has to say on when this client has said all, counted anew with each answer. */
const FAREWELL_MILLISECONDS = 2000;

/** Silence after which a line without an end is complete: some servers never send a line feed. */
const PAUSE_MILLISECONDS = 500;

/** A question that a server asks on the line of the answer. A message that asks something, such as
 * `Bob: really?` or `<Bob> really?`, has a mark behind the name, too, and does not match. */
const QUESTION = /^(?!.*[:>\])] \S).{0,80}[:?>$#%] ?$/;

/** Characters of a line without an end that are kept; then it counts as a line. */
const MAX_PARTIAL = 65_536;

/** Who shows what comes in. */
export interface LineLinkListener {
  /** Whole lines, cleaned, each with its end. */
  lines(text: string): void;
  /** What has come of a line that is not complete, such as a prompt; empty when there is none. */
  partial(text: string): void;
  /** True if a question without a line end, such as a prompt, stays a {@link partial} until it is
   * answered. Default: false, it becomes a line after a pause, as any other text. */
  readonly keepsQuestions?: boolean;
  /** Called with each line that is sent and the question that it answers, empty if none is kept. */
  sending?(line: string, question: string): void;
}

/**
 * A connection to a server that is not hubbub: text in lines both ways, as with `nc`.
 *
 * What comes is shown without control characters, since such a server does not see to that.
 */
export class LineLink {
  /** Resolves when the connection is over, with the error that ended it if there was one. */
  readonly closed: Promise<ConnectionError | undefined>;
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #decoder = new TextDecoder();
  readonly #opened = Promise.withResolvers<void>();
  readonly #resolveClosed: (error: ConnectionError | undefined) => void;
  readonly #listener: LineLinkListener;
  #partial = "";
  #cancelPause: (() => void) | undefined;
  /** What came since something was last said; bounded, since only a greeting is looked for. */
  #greeting = "";
  #hasHeard = false;
  #hasSpoken = false;
  #onText: () => void = () => {};
  #isEnding = false;
  #cancelFarewell: (() => void) | undefined;

  constructor(options: ClientOptions, listener: LineLinkListener) {
    this.#endpoint = endpointOf(options);
    this.#clock = options.clock ?? systemClock;
    this.#listener = listener;
    const closed = Promise.withResolvers<ConnectionError | undefined>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    this.#transport = (options.openTransport ?? openTcp)(this.#endpoint, {
      opened: () => this.#opened.resolve(),
      received: (bytes) => this.#received(bytes),
      closed: (cause) => this.#closedBy(cause),
    });
  }

  /**
   * Waits until the connection stands and the server has greeted, or not, and gives the name where
   * it asks for one.
   *
   * @param isUnasked gives it to a server that has sent nothing, too: some take the first line for it.
   */
  async enter(name: string | undefined, isUnasked = false): Promise<void> {
    await Promise.race([this.#opened.promise, this.closed]);
    await this.#quiet();
    const isWanted = byGreeting(this.#greeting)?.hasNames === true ||
      (isUnasked && !this.#hasHeard);
    if (name === undefined || !isWanted) return;
    this.say(name);
    // A server that takes what one read brings for one message is not to get the next one with it.
    await this.#quiet();
  }

  /** Sends a line, given without its end. It ends an incomplete line of the server. */
  say(line: string): void {
    this.#greeting = "";
    if (this.#listener.keepsQuestions !== true || !this.#isAsked) this.#endPartial();
    this.#listener.sending?.(line, cleanLine(this.#takePartial()));
    this.#hasSpoken = true;
    this.#transport.write(toByteString(line) + "\n");
  }

  /** Says that nothing more comes, and ends when the server has ended or nothing comes from it. */
  end(): void {
    if (this.#isEnding) return this.destroy();
    this.#isEnding = true;
    this.#transport.end();
    this.#waitForFarewell();
  }

  /** Closes at once. */
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

  /** Waits for the first answer, if one comes, and for the end of the line that it stands in. */
  #quiet(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(GREETING_MILLISECONDS, resolve);
    this.#onText = () => byGreeting(this.#greeting) && resolve();
    void this.closed.then(() => resolve());
    return promise.finally(() => {
      cancel();
      this.#onText = () => {};
    });
  }

  #received(bytes: ByteString): void {
    if (!this.#hasHeard && !speaksLines(bytes)) return this.#failAsUnknownPeer(bytes);
    this.#hasHeard = true;
    if (this.#isEnding) this.#waitForFarewell();
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
      : this.#clock.after(PAUSE_MILLISECONDS, () => this.#pausedIn());
    this.#onText();
  }

  /** Whether the incomplete line looks like a question. */
  get #isAsked(): boolean {
    const isFirst = !this.#hasSpoken && byGreeting(this.#partial) !== undefined;
    return isFirst || QUESTION.test(this.#partial);
  }

  /** Ends the incomplete line after a pause, unless it is a question to keep. */
  #pausedIn(): void {
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

  /** A server that is silent until it has got a line may be one for browsers. */
  #failAsUnknownPeer(answer: ByteString): void {
    const detail = describeUnknownPeer(answer, "");
    this.#transport.destroy();
    this.#resolveClosed(new ConnectionError("not_hubbub", "join", this.#endpoint, { detail }));
  }

  #waitForFarewell(): void {
    this.#cancelFarewell?.();
    this.#cancelFarewell = this.#clock.after(FAREWELL_MILLISECONDS, () => this.destroy());
  }

  #closedBy(cause: Error | undefined): void {
    this.#cancelFarewell?.();
    const error = cause && connectionErrorOf(cause, "chat", this.#endpoint);
    const rest = this.#takePartial();
    if (rest !== "") this.#listener.lines(shown(rest));
    this.#resolveClosed(error);
  }
}

function shown(line: string): string {
  return cleanLine(line) + "\n";
}
