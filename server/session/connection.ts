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
import type { Chat } from "../chat/chat.ts";
import { Subscriber } from "../fanout/audience.ts";
import { Outbox, type Skipped } from "../fanout/outbox.ts";
import type { ConnectionRegistry, StopReason } from "../network/connection_registry.ts";
import { isJsonStart } from "../network/detection.ts";
import { LingeringClose } from "../network/lingering_close.ts";
import { peerText } from "../network/peer.ts";
import type { Transport, TransportListener } from "../network/transport.ts";
import type { ServerOptions } from "../options.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";
import { createInputFormat, type InputFormat, lacksLineEnd } from "./input.ts";
import { type ConnectionListener, type InputSource, InputTask } from "./input_task.ts";
import { LineEndWatch } from "./line_end_watch.ts";
import { type Heartbeat, Liveness, type LivenessHost, type PeerProbes } from "./liveness.ts";
import { introductionOf } from "./login_prompt.ts";

/** What all sessions of a server share. */
export interface SessionContext {
  readonly chat: Chat;
  readonly registry: ConnectionRegistry;
  readonly heartbeat: Heartbeat;
  readonly probes: PeerProbes;
  readonly options: Pick<
    ServerOptions,
    "outbox" | "slowClients" | "rate" | "registrationMilliseconds" | "lineTimeoutMilliseconds"
  >;
}

/** Unread bytes of one client after which its socket is paused until they are handled: with more, a busy
 * socket would starve the others (measured, `docs/ARCHITECTURE.md`). */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** How long the input of a closed connection may still be worked on, in milliseconds. */
const AFTER_CLOSE_MILLISECONDS = 2000;

/**
 * One client's connection: cuts its bytes into lines and frames, hands those to its session at the right
 * time, and stops reading whenever there is enough.
 *
 * 1. Input is handled in a task of the scheduler, never in the socket's own callback.
 * 2. While the client is throttled, full of answers or waiting for long work, the transport is paused;
 *    nothing is dropped.
 * 3. Input that came before the client half-closed is still handled; once the connection is closed, as
 *    much of it as takes no time.
 * 4. At the end, queued bytes are written, then the transport is half-closed, and a lingering close owns
 *    it.
 * 5. A program that is silent is pinged, and dropped when it does not answer.
 * 6. An error that is thrown on its account ends this client, and no other notices: every call from
 *    outside is guarded.
 */
export class Connection implements TransportListener, InputSource, LivenessHost {
  readonly subscriber: Subscriber;
  /** Handles the input. */
  readonly task: InputTask;
  readonly #outbox: Outbox;
  readonly #liveness: Liveness;
  /** Absent where messages have no line ends. */
  readonly #lineEnds: LineEndWatch | undefined;
  #protocol: ClientProtocol;
  #format: InputFormat;
  /** There once a person's client has sent telnet. */
  #telnet: TelnetFilter | undefined;
  #hasReceived = false;
  #hasJoined = false;
  #isPaused = false;
  #isClosed = false;
  #isOver = false;
  #isForgotten = false;
  /** The end of registration, or of the work behind the close. */
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /** @param isSilent whether the protocol is not known: a program that is late is recognized. */
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
    this.#outbox = new Outbox(transport, outbox, this.#drained, () => this.task.endTooSlow(), {
      closesSlowClients: slowClients === "close",
      budget: chat.outboxBudget,
    });
    this.subscriber = new Subscriber(chat.encoders[protocol], this.#outbox);
    // A connection that cannot be written to takes no last bytes.
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

  /** IP address of the client. */
  get ip(): string {
    return this.transport.address;
  }

  /** Address and port of the client, for the log. */
  get address(): string {
    return peerText(this.transport);
  }

  get isPaused(): boolean {
    return this.#isPaused || this.task.state === "throttled";
  }

  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts to receive. */
  start(): void {
    this.context.chat.metrics.sessions[this.#protocol]++;
    this.transport.setListener(this);
  }

  /** Introduces the server to a client that asked for it before its first byte. */
  introduceIfAsked(): void {
    if (this.transport.asksForIntroduction === true) this.#introduce();
  }

  /** Calls a function unless the client joins or the session ends before. */
  startDeadline(milliseconds: number, run: () => void): void {
    this.#deadline = setTimeout(() => this.guard(run), milliseconds);
  }

  /**
   * The client has joined: its silence is watched.
   *
   * @param member whose tokens it shares with its earlier connections.
   */
  joined(member: { bucket: TokenBucket | undefined }): void {
    this.#hasJoined = true;
    this.task.shareBudget(member);
    // A closed connection has another deadline.
    if (this.#isClosed) return;
    clearTimeout(this.#deadline);
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
      if (this.#isOver) return;
      this.context.chat.metrics.receivedBytes += chunk.length;
      if (!this.#hasReceived) this.#examineFirst(chunk);
      this.#liveness.missedBeats = 0;
      const bytes = this.#protocol === "text" ? this.#withoutTelnet(chunk) : chunk;
      if (this.#telnet?.hasNegotiated === true) this.#lineEnds?.stop();
      else this.#lineEnds?.push(bytes);
      const { decoder } = this.#format;
      decoder.push(bytes);
      if (decoder.buffered >= MAX_BUFFERED_BYTES) this.setPaused(true);
      this.task.wake();
    } catch (error) {
      this.failed(error);
    }
  }

  alive(): void {
    this.#liveness.missedBeats = 0;
  }

  ended(): void {
    this.#lineEnds?.stop();
    this.task.endInput();
  }

  closed(): void {
    this.#isClosed = true;
    this.context.chat.metrics.sessions[this.#protocol]--;
    clearTimeout(this.#deadline);
    this.#lineEnds?.stop();
    this.#outbox.close();
    if (this.#isOver) return this.#forget();
    this.startDeadline(AFTER_CLOSE_MILLISECONDS, () => this.listener.inputEnded());
    this.task.close();
  }

  /**
   * Sends a frame.
   *
   * @param self name of the user, where there is one.
   * @returns its size in bytes.
   */
  send(frame: ServerFrame, self?: string): number {
    const bytes = this.subscriber.format.encode(frame, self);
    this.task.payAnswer(bytes.length);
    this.write(bytes);
    return bytes.length;
  }

  /** Sends bytes that are no frame. */
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

  /** Ends this client: an error was thrown on its account. */
  failed(error: unknown): void {
    try {
      this.listener.failed(error);
    } catch {
      // It cannot even be ended in order.
      this.destroy();
      this.#forget();
    }
  }

  /** The session is over: queued bytes are written, and further input is discarded. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.context.chat.fanout.end(this.subscriber);
    clearTimeout(this.#deadline);
    this.task.stop();
    this.#lineEnds?.stop();
    this.#liveness.stop();
    if (this.#isClosed) return this.#forget();
    this.setPaused(false);
    new LingeringClose(this.transport, this.context.registry, { onClosed: () => this.closed() });
  }

  /** Examines the first bytes: a program that is late, or one that asks for an introduction. */
  #examineFirst(chunk: ByteString): void {
    this.#hasReceived = true;
    if (this.isSilent && isJsonStart(chunk)) this.#becomeProgram();
    if (this.#protocol === "json" && chunk.startsWith(RECORD_SEPARATOR)) this.#introduce();
  }

  /** The client has got a prompt, and is a program: the prompt becomes a line of its own. */
  #becomeProgram(): void {
    const { chat: { metrics: { sessions }, encoders } } = this.context;
    this.write("\n");
    sessions[this.#protocol]--;
    this.#protocol = "json";
    sessions[this.#protocol]++;
    this.#format = createInputFormat("json");
    this.subscriber.format = encoders.json;
  }

  #introduce(): void {
    const { chat, options: { rate } } = this.context;
    this.send(introductionOf(chat, rate ?? undefined));
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
    const lacksEnd = () => !this.#isOver && lacksLineEnd(this.#format);
    return new LineEndWatch({
      isPaused: () => this.#isPaused,
      monotonic: this.context.chat.monotonic,
      onMissingEnd: () => {
        if (!lacksEnd()) return false;
        this.guard(() => {
          // Behind the prompt, which has no line end either.
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
  #drained = (skipped: Skipped | undefined): void =>
    this.guard(() => {
      if (skipped !== undefined) this.listener.skipped(skipped);
      this.task.wake();
    });

  probeThrottled(): void {
    if (this.#protocol !== "text") return this.#liveness.ping();
    const { buffered } = this.#format.decoder;
    const waiting = `${sizeText(buffered)} ${buffered === 1 ? "waits" : "wait"}`;
    this.send({ type: "notice", text: `You send faster than this server reads: ${waiting}.` });
  }

  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) return this.transport.pause();
    this.transport.resume();
    this.#lineEnds?.resumed();
  }

  #forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#liveness.stop();
    this.context.registry.delete(this);
    this.context.chat.log.debug("closed", { address: this.address });
  }
}
