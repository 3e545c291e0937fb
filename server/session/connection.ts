import {
  type ByteString,
  type ClientProtocol,
  protocolError,
  RECORD_SEPARATOR,
  type ServerFrame,
  sizeText,
  TELNET_COMMAND,
  TelnetFilter,
} from "../../protocol/mod.ts";
import { Subscriber } from "../fanout/audience.ts";
import { Outbox, type Skipped } from "../fanout/outbox.ts";
import type { StopReason } from "../network/connection_registry.ts";
import { isIrcStart, isJsonStart } from "../network/detection.ts";
import { lingerUntilClosed } from "../network/lingering_close.ts";
import { peerText } from "../network/peer.ts";
import {
  CONTROL_FRAME_BYTES,
  type Transport,
  type TransportListener,
} from "../network/transport.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";
import { createInputFormat, type InputFormat, lacksLineEnd } from "./input.ts";
import { type ConnectionListener, type InputSource, InputTask } from "./input_task.ts";
import { LineEndWatch } from "./line_end_watch.ts";
import { Liveness, type LivenessHost } from "./liveness.ts";
import { introductionOf } from "./login_prompt.ts";
import type { SessionContext } from "./session_context.ts";

/** Unread bytes of one client past which its socket is paused until they are handled: otherwise a busy
 * socket would delay the others (measured, `docs/ARCHITECTURE.md`). */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Time limit for the remaining input of a closed connection, in milliseconds. */
const DRAIN_MILLISECONDS = 2000;

/**
 * The states of a connection, which only {@link Connection.#enter} changes:
 *
 * 1. `open`: input is handled, and output is written.
 * 2. `draining`: the transport is closed; its remaining input is handled, within
 *    {@link DRAIN_MILLISECONDS}. Follows `open`.
 * 3. `lingering`: the session is over; the last bytes are written, and input is discarded. Follows `open`.
 * 4. `ended`: the transport is closed, and the session is over. Follows `draining` and `lingering`.
 */
type ConnectionState = "open" | "draining" | "lingering" | "ended";

/**
 * One client's connection: decodes its bytes to lines and frames, passes them to the session at the right
 * time, and stops reading when enough is waiting.
 *
 * 1. Input is handled in a task of the scheduler, never in the socket's own callback.
 * 2. While the client is full of answers or waits for long work, the transport is paused; while it waits
 *    for tokens, once its buffer is full. Nothing is dropped.
 * 3. Input before a half-close is still handled; after a close, as much of it as is cheap.
 * 4. At the end a lingering close takes the transport: queued bytes are written, then it is half-closed.
 * 5. A silent program is pinged, and dropped without an answer.
 * 6. An error of this client ends only this client: every call from outside is guarded.
 */
export class Connection implements TransportListener, InputSource, LivenessHost {
  readonly subscriber: Subscriber;
  readonly task: InputTask;
  readonly #outbox: Outbox;
  readonly #liveness: Liveness;
  /** Absent if messages have no line ends. */
  readonly #lineEnds: LineEndWatch | undefined;
  #protocol: ClientProtocol;
  #format: InputFormat;
  /** Present once a user's client has sent telnet commands. */
  #telnet: TelnetFilter | undefined;
  #hasReceived = false;
  #hasJoined = false;
  #isTransportPaused = false;
  #state: ConnectionState = "open";
  /** The time limit of the registration while `open`, or that of `draining`. */
  #cancelDeadline: (() => void) | undefined;

  /** @param isSilent whether the protocol is unknown: the first bytes may still show a program. */
  constructor(
    private readonly transport: Transport,
    protocol: ClientProtocol,
    private readonly isSilent: boolean,
    private readonly context: SessionContext,
    private readonly listener: ConnectionListener,
  ) {
    const { chat, options: { outbox, rate, slowClients, lineTimeoutMilliseconds } } = context;
    this.#protocol = protocol;
    this.#format = createInputFormat(protocol);
    this.#outbox = new Outbox(
      transport,
      outbox,
      this.#outboxEmptied,
      () => this.task.endTooSlow(),
      {
        closesSlowClients: slowClients === "close",
        budget: chat.outboxBudget,
      },
    );
    this.subscriber = new Subscriber(chat.encoders[protocol], this.#outbox);
    // The connection is broken: no last bytes can be written.
    this.subscriber.fail = (error) => {
      this.failed(error);
      this.destroy();
    };
    this.#liveness = new Liveness(this, transport, this.subscriber, context);
    this.task = new InputTask(this, listener, this.#outbox, chat, rate);
    if (protocol === "text" || protocol === "json") {
      this.#lineEnds = this.#watchLineEnds(lineTimeoutMilliseconds);
    }
  }

  get protocol(): ClientProtocol {
    return this.#protocol;
  }

  get format(): InputFormat {
    return this.#format;
  }

  get telnet(): TelnetFilter | undefined {
    return this.#telnet;
  }

  /** Address and port of the client, for the log. */
  get address(): string {
    return peerText(this.transport);
  }

  get isPaused(): boolean {
    return this.#isTransportPaused || this.task.state === "throttled";
  }

  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** Whether the session is over: input is discarded. */
  get isOver(): boolean {
    return this.#state !== "open" && this.#state !== "draining";
  }

  start(): void {
    this.context.chat.metrics.sessions[this.#protocol]++;
    this.transport.setListener(this);
  }

  /** Introduces the server to a client that has requested it before its first byte. */
  introduceIfRequested(): void {
    if (this.transport.requestsIntroduction === true) this.#introduce();
  }

  /** Calls a function, unless the client joins or the session ends before. */
  startDeadline(milliseconds: number, run: () => void): void {
    this.#cancelDeadline = this.context.chat.after(milliseconds, () => this.guard(run));
  }

  /**
   * Starts to check for silence: the client has joined.
   *
   * @param member shares its tokens between its connections.
   */
  joined(member: { bucket: TokenBucket | undefined }): void {
    this.#hasJoined = true;
    this.task.shareBudget(member);
    if (this.#state !== "open") return;
    this.#cancelDeadline?.();
    this.#liveness.start();
  }

  shutDown(reason: StopReason): void {
    this.guard(() => this.listener.shutDown(reason));
  }

  destroy(): void {
    this.transport.destroy();
  }

  received(chunk: ByteString): void {
    try {
      if (this.isOver) return;
      this.context.chat.metrics.receivedBytes += chunk.length;
      if (!this.#hasReceived) this.#examineFirst(chunk);
      this.#liveness.missedBeats = 0;
      const bytes = this.#protocol === "text" ? this.#withoutTelnet(chunk) : chunk;
      if (this.#telnet?.hasNegotiated === true) this.#lineEnds?.stop();
      else this.#lineEnds?.push(bytes);
      const { decoder } = this.#format;
      decoder.push(bytes);
      this.task.payReceived(chunk.length);
      if (decoder.buffered >= MAX_BUFFERED_BYTES) this.setPaused(true);
      this.task.wake();
    } catch (error) {
      this.failed(error);
    }
  }

  controlFrame(): void {
    if (this.isOver) return;
    this.#liveness.missedBeats = 0;
    this.task.payReceived(CONTROL_FRAME_BYTES);
    this.task.wake();
  }

  ended(): void {
    this.#lineEnds?.stop();
    this.task.endInput();
  }

  closed(): void {
    this.context.chat.metrics.sessions[this.#protocol]--;
    this.#outbox.close();
    this.#enter(this.isOver ? "ended" : "draining");
  }

  /** Sends a frame. @param self name of the user, if any. @returns its size in bytes. */
  send(frame: ServerFrame, self?: string): number {
    return this.answer(this.subscriber.format.encode(frame, self));
  }

  /** Sends bytes that answer a request of the client. @returns their number. */
  answer(bytes: ByteString): number {
    this.task.payAnswer(bytes.length);
    this.write(bytes);
    return bytes.length;
  }

  /** Sends bytes that are not a frame. */
  write(bytes: ByteString): void {
    this.context.chat.fanout.direct(this.subscriber, bytes);
  }

  /** Runs a call from outside; an error ends this client. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Ends this client after an error. */
  failed(error: unknown): void {
    try {
      this.listener.failed(error);
    } catch {
      // The orderly end has failed, too.
      this.destroy();
    }
  }

  /** Ends the session: queued bytes are written, and further input is discarded. */
  end(): void {
    if (this.isOver) return;
    this.context.chat.fanout.end(this.subscriber);
    this.task.stop();
    this.#liveness.stop();
    this.#enter(this.#state === "open" ? "lingering" : "ended");
  }

  #enter(state: Exclude<ConnectionState, "open">): void {
    this.#state = state;
    this.#cancelDeadline?.();
    this.#lineEnds?.stop();
    const { registry, chat: { after, log } } = this.context;
    switch (state) {
      case "draining":
        this.startDeadline(DRAIN_MILLISECONDS, () => this.#endDraining());
        return this.task.close();
      case "lingering":
        this.setPaused(false);
        return lingerUntilClosed(this.transport, registry, {
          after,
          onClosed: () => this.closed(),
        });
      case "ended":
        registry.delete(this);
        return log.debug("closed", { address: this.address });
    }
  }

  #endDraining(): void {
    try {
      this.listener.inputEnded();
    } finally {
      this.end();
    }
  }

  /** Examines the first bytes for a late program, and for the request of an introduction. */
  #examineFirst(chunk: ByteString): void {
    this.#hasReceived = true;
    if (this.isSilent && isJsonStart(chunk)) this.#becomeProgram("json");
    else if (this.isSilent && isIrcStart(chunk)) this.#becomeProgram("irc");
    if (this.#protocol === "json" && chunk.startsWith(RECORD_SEPARATOR)) this.#introduce();
  }

  /** The client with a prompt is a program: the prompt becomes a line of its own. */
  #becomeProgram(protocol: "json" | "irc"): void {
    const { chat: { metrics: { sessions }, encoders } } = this.context;
    this.write("\n");
    sessions[this.#protocol]--;
    this.#protocol = protocol;
    sessions[this.#protocol]++;
    this.#format = createInputFormat(protocol);
    this.subscriber.format = encoders[protocol];
    if (protocol === "irc") this.#lineEnds?.stop();
  }

  #introduce(): void {
    const { chat, options: { rate } } = this.context;
    const { hasServerPassword } = chat.authenticator;
    this.send(introductionOf(chat.serverName, hasServerPassword, rate ?? undefined));
  }

  #withoutTelnet(chunk: ByteString): ByteString {
    if (this.#telnet === undefined) {
      if (!chunk.includes(TELNET_COMMAND)) return chunk;
      this.#telnet = new TelnetFilter((answer) => this.write(answer));
    }
    const { hasNegotiated } = this.#telnet;
    const text = this.#telnet.filter(chunk);
    if (!hasNegotiated && this.#telnet.hasNegotiated) this.#liveness.startPings();
    return text;
  }

  #watchLineEnds(timeoutMilliseconds: number): LineEndWatch {
    const lacksEnd = () => !this.isOver && lacksLineEnd(this.#format);
    return new LineEndWatch({
      isTransportPaused: () => this.#isTransportPaused,
      monotonic: this.context.chat.monotonic,
      after: this.context.chat.after,
      onMissingEnd: () => {
        if (!lacksEnd()) return false;
        this.guard(() => {
          // After the prompt, which has no line end either.
          if (!this.#hasJoined && this.#format.isPerson) this.write("\n");
          this.send({ type: "error", ...protocolError("missing_line_end") });
        });
        return true;
      },
      onLineEnd: () => {
        if (!lacksEnd()) return;
        this.#format.decoder.push("\n");
        this.task.wake();
      },
    }, timeoutMilliseconds);
  }

  /** The outbox is empty after messages were skipped or answers were too many. */
  #outboxEmptied = (skipped: readonly Skipped[]): void =>
    this.guard(() => {
      for (const room of skipped) this.listener.skipped(room);
      this.task.wake();
    });

  probeThrottled(): void {
    if (this.#protocol !== "text") return this.#liveness.ping();
    const { buffered } = this.#format.decoder;
    const waiting = `: ${sizeText(buffered)} ${buffered === 1 ? "waits" : "wait"}`;
    const text = `You send faster than this server reads${buffered === 0 ? "" : waiting}.`;
    this.send({ type: "notice", text });
  }

  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isTransportPaused) return;
    this.#isTransportPaused = isPaused;
    if (isPaused) return this.transport.pause();
    this.transport.resume();
    this.#lineEnds?.resumed();
  }
}
