import {
  type ByteString,
  protocolError,
  RECORD_SEPARATOR,
  TELNET_COMMAND,
  TelnetFilter,
} from "../../protocol/mod.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import type { ConnectionRegistry, StopReason } from "../network/connection_registry.ts";
import { isJsonStart } from "../network/detection.ts";
import { MAX_DISCARDED_BYTES } from "../network/lingering_close.ts";
import { Subscriber } from "../fanout/audience.ts";
import { LineEndWatch } from "./line_end_watch.ts";
import { introductionOf } from "./introduction.ts";
import { Liveness, type LivenessServer } from "./liveness.ts";
import type { Metrics } from "../observability/metrics.ts";
import { peerText } from "../network/peer.ts";
import { Outbox, type OutboxLimits, type Skipped } from "../fanout/outbox.ts";
import type { OutboxBudget } from "../fanout/outbox_budget.ts";
import { Session } from "./session.ts";
import type { SessionServer } from "./session_server.ts";
import { type Rate, TokenBucket } from "../scheduling/token_bucket.ts";
import type { Scheduler, Slice, Task } from "../scheduling/scheduler.ts";
import type { Transport, TransportListener } from "../network/transport.ts";
import type { ClientProtocol, Encoders } from "../fanout/encoder.ts";

/** What a connection shares with all others of its server. */
export interface ConnectionServer extends SessionServer, LivenessServer {
  readonly turn: Scheduler;
  readonly formats: Encoders;
  readonly outboxLimits: OutboxLimits;
  readonly slowClients: "skip" | "close";
  /** Bounds what waits for all clients together; absent without a bound. */
  readonly outboxBudget?: OutboxBudget;
  readonly metrics: Pick<
    Metrics,
    | "throttled"
    | "silent"
    | "tooLong"
    | "resumed"
    | "refuse"
    | "internalErrors"
    | "registrations"
    | "sessions"
    | "receivedBytes"
  >;
  /** Absent when the rate is not limited. */
  readonly rate: Rate | undefined;
  /** Milliseconds within which a client has to give a name. */
  readonly registrationMilliseconds: number;
  /** Milliseconds of silence that end a line; 0 where only a line feed does. */
  readonly lineTimeoutMilliseconds: number;
  readonly registry: ConnectionRegistry;
}

/** Unread bytes of one client after which its socket is paused until they were worked on: with more,
 * a busy socket would starve the others (measured, `docs/ARCHITECTURE.md`). */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** The same for a client that waits for tokens. Only a socket that is read shows that its other side
 * has closed, and behind a flood that is only seen once the flood was read. */
const MAX_THROTTLED_BYTES = 256 * 1024;

/** The same for a client that waits for tokens and has no name yet: there may be many of them. */
const MAX_UNNAMED_BYTES = 16 * 1024;

/** How often a client is written to whose input waits for tokens and of whose socket nothing more can
 * be read, in milliseconds: that it has closed shows in nothing but a write that fails. */
const PROBE_MILLISECONDS = 1000;

/** How long what a closed client had sent may still be worked on, in milliseconds. */
const AFTER_CLOSE_MILLISECONDS = 2000;

/** How long a client that was told the end may take to close its side. */
const LINGER_MILLISECONDS = 5000;

/** Hears the first words of a client. True: somebody else has taken over. */
export type FirstWords = (chunk: ByteString) => boolean;

/**
 * One client's connection: moves bytes between its transport and its session, and stops reading whenever
 * the session has enough.
 *
 * 1. Input is worked on in the server's turn, never in the socket's own callback.
 * 2. While the session is throttled, full or behind, the transport is paused; nothing is dropped.
 * 3. What came in before the client half-closed is still worked on; once the connection is gone, so
 *    much of it as takes no time.
 * 4. At the end, what is queued is written, then the transport is half-closed and the rest of the input
 *    discarded: closing with unread input would send RST, and the last words could be lost.
 * 5. A program that has gone silent is asked whether it is there, and dropped when it is not.
 * 6. Whatever throws on its account ends this client, and no other notices: every call from outside
 *    goes through {@link #guard}.
 */
export class Connection implements Task, TransportListener {
  readonly #session: Session;
  readonly #subscriber: Subscriber;
  readonly #outbox: Outbox;
  readonly #liveness: Liveness;
  /** There once a person's client has said something in telnet. */
  #telnet: TelnetFilter | undefined;
  /** Absent where messages have no line ends. */
  readonly #lineEnds: LineEndWatch | undefined;
  #isTooSlow = false;
  /** Whether it has signed up for the turn. */
  #isReady = false;
  #isPaused = false;
  /** Whether its input waits for tokens: what it sends now is read and not worked on. */
  #isThrottled = false;
  #isGone = false;
  /** Bytes that came in behind the end. */
  #discarded = 0;
  #isForgotten = false;
  /** The end of registration, then of lingering. */
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #throttle: ReturnType<typeof setTimeout> | undefined;
  /** Monotonic milliseconds of the last probe of a throttled client. */
  #probedAt = -Infinity;
  /** Told what comes in first, and takes over where that is no person's. */
  #onFirst: FirstWords | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly kind: ClientProtocol,
    private readonly server: ConnectionServer,
    private readonly ticket: AdmissionTicket,
  ) {
    const { rate, outboxLimits, formats, slowClients } = server;
    const onDrained = (skipped: Skipped | undefined) =>
      this.#guard(() => {
        if (skipped !== undefined) this.#session.tellSkipped(skipped);
        this.#signUp();
      });
    const { outboxBudget: budget } = server;
    this.#outbox = new Outbox(transport, outboxLimits, onDrained, () => this.#tooSlow(), {
      closesSlowClients: slowClients === "close",
      ...(budget === undefined ? undefined : { budget }),
    });
    this.#subscriber = new Subscriber(formats[kind], this.#outbox);
    // A connection that cannot be written to takes no last words.
    this.#subscriber.fail = (error) => {
      this.#fail(error);
      this.destroy();
    };
    this.#liveness = new Liveness({
      transport,
      kind,
      outbox: this.#outbox,
      subscriber: this.#subscriber,
      telnet: () => this.#telnet,
      isDeaf: () => this.#isPaused || this.#isThrottled,
      guard: (run) => this.#guard(run),
    }, server);
    this.#session = new Session(server, this.#subscriber, {
      ip: transport.address,
      address: this.#address,
      bucket: rate && new TokenBucket(rate, server.monotonic()),
      checkPlace: () => ticket.checkPlace(),
      join: () => ticket.join(),
      onRegistered: () => {
        // A closed client has a deadline of its own.
        if (this.#isGone) return;
        clearTimeout(this.#deadline);
        this.#liveness.start();
      },
      wake: () => this.#signUp(),
      addSlice: (slice) => server.turn.addSlice({ slice: () => this.#runSlice(slice) }),
      onRefused: (code) => ticket.refuse(code),
    });
    if (kind === "text" || kind === "json") this.#lineEnds = this.#watchLineEnds();
  }

  /**
   * Lets the client in, if there is a place.
   *
   * @param first what has come in already.
   * @param onFirst is told what comes in first, and may take over the transport.
   */
  start(first: ByteString = "", onFirst?: FirstWords): void {
    this.#guard(() => this.#start(first, onFirst));
  }

  #start(first: ByteString, onFirst?: FirstWords): void {
    this.#onFirst = onFirst;
    this.server.metrics.sessions[this.kind]++;
    this.transport.setListener(this);
    const refusal = this.ticket.checkPlace();
    if (refusal !== undefined) {
      this.#session.close(refusal);
      return this.#sessionEnded();
    }
    this.#session.start();
    const asks = this.kind === "json" && first.startsWith(RECORD_SEPARATOR);
    if (asks || this.transport.asksForIntroduction === true) {
      this.#session.send(introductionOf(this.server));
    }
    const { registrationMilliseconds } = this.server;
    this.#deadline = setTimeout(() =>
      this.#guard(() => {
        this.#session.close(protocolError("registration_timeout", registrationMilliseconds / 1000));
        this.#sessionEnded();
      }), registrationMilliseconds);
    if (first !== "") this.received(first);
  }

  /** Tells the client that the server stops, and ends. */
  shutDown(reason: StopReason): void {
    this.#guard(() => {
      this.#session.shutDown(reason);
      this.#sessionEnded();
    });
  }

  destroy(): void {
    this.transport.destroy();
  }

  received(chunk: ByteString): void {
    this.#guard(() => this.#receive(chunk));
  }

  #receive(chunk: ByteString): void {
    this.server.metrics.receivedBytes += chunk.length;
    if (this.#session.isEnded) return this.#discard(chunk);
    const onFirst = this.#onFirst;
    this.#onFirst = undefined;
    if (onFirst?.(chunk) === true) return;
    this.#liveness.silentBeats = 0;
    const bytes = this.kind === "text" ? this.#withoutTelnet(chunk) : chunk;
    if (this.#telnet?.hasNegotiated === true) this.#lineEnds?.stop();
    else this.#lineEnds?.push(bytes);
    this.#session.push(bytes);
    if (this.#session.bufferedBytes >= MAX_BUFFERED_BYTES) this.#setPaused(true);
    this.#signUp();
  }

  /** What comes in behind the end is passed over, within bounds. */
  #discard({ length }: ByteString): void {
    this.#discarded += length;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.destroy();
  }

  alive(): void {
    this.#liveness.silentBeats = 0;
  }

  ended(): void {
    this.#lineEnds?.stop();
    this.#session.endInput();
    this.#signUp();
  }

  closed(): void {
    this.#isGone = true;
    this.server.metrics.sessions[this.kind]--;
    clearTimeout(this.#deadline);
    this.#lineEnds?.stop();
    this.#outbox.close();
    if (this.#session.isEnded) return this.#forget();
    this.#session.disconnected();
    this.#deadline = setTimeout(() =>
      this.#guard(() => {
        this.#session.abandon();
        this.#sessionEnded();
      }), AFTER_CLOSE_MILLISECONDS);
    this.#signUp();
  }

  work(budget: number): boolean {
    try {
      return this.#work(budget);
    } catch (error) {
      this.#fail(error);
      this.#isReady = false;
      return false;
    }
  }

  #work(budget: number): boolean {
    if (this.#isTooSlow) {
      this.#isReady = false;
      this.#session.close(protocolError("too_slow"));
      this.#sessionEnded();
      return false;
    }
    const state = this.#session.work(budget);
    if (state === "more") return true;
    this.#isReady = false;
    this.#isThrottled = state === "throttled";
    if (state === "ended") this.#sessionEnded();
    else if (state === "throttled") this.#throttled();
    else this.#setPaused(state !== "idle");
    return false;
  }

  #throttled(): void {
    this.server.metrics.throttled++;
    const limit = this.#session.member === undefined ? MAX_UNNAMED_BYTES : MAX_THROTTLED_BYTES;
    const isFull = this.#session.bufferedBytes >= limit;
    this.#setPaused(isFull);
    if (isFull || this.#session.isInputEnded) this.#probe();
    this.#throttle = setTimeout(() => this.#signUp(), this.#session.throttledFor);
  }

  #probe(): void {
    const now = this.server.monotonic();
    if (now - this.#probedAt < PROBE_MILLISECONDS) return;
    this.#probedAt = now;
    if (this.kind === "text") this.#session.reportBacklog();
    else this.#liveness.ping();
  }

  #runSlice(slice: Slice): boolean {
    try {
      return slice.slice();
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Runs a call from outside; what it throws ends this client. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends this client: an error was thrown on its account. */
  #fail(error: unknown): void {
    try {
      this.#session.fail(error);
      this.#sessionEnded();
    } catch {
      // What is left of it cannot even be ended in order.
      this.destroy();
      this.#forget();
    }
  }

  /**
   * Lets go of the transport and of the ticket: another object handles the client from here on. What was
   * to be written is written before anything of theirs. Only before there was any input.
   *
   * @param lastWords are written, too.
   */
  abandon(lastWords: ByteString): void {
    clearTimeout(this.#deadline);
    this.#lineEnds?.stop();
    this.server.metrics.sessions[this.kind]--;
    this.server.fanout.direct(this.#subscriber, lastWords);
    this.#forget();
  }

  get #address(): string {
    return peerText(this.transport);
  }

  #withoutTelnet(chunk: ByteString): ByteString {
    if (this.#telnet === undefined) {
      if (!chunk.includes(TELNET_COMMAND)) return chunk;
      this.#telnet = new TelnetFilter((answer) =>
        this.server.fanout.direct(this.#subscriber, answer)
      );
    }
    const { hasNegotiated } = this.#telnet;
    const text = this.#telnet.filter(chunk);
    if (!hasNegotiated && this.#telnet.hasNegotiated) this.#liveness.startPings();
    return text;
  }

  #watchLineEnds(): LineEndWatch {
    return new LineEndWatch({
      isPaused: () => this.#isPaused,
      monotonic: () => this.server.monotonic(),
      onMissingEnd: () => {
        if (!this.#session.lacksLineEnd) return false;
        this.#guard(() => this.#session.reportMissingLineEnd());
        return true;
      },
      onLineEnd: () => {
        if (!this.#session.lacksLineEnd) return;
        this.#session.push("\n");
        this.#signUp();
      },
    }, this.server.lineTimeoutMilliseconds);
  }

  /** Called in the middle of writing: what there is to say comes in the next turn. */
  #tooSlow(): void {
    this.#isTooSlow = true;
    this.#signUp();
  }

  #signUp(): void {
    if (this.#isReady || this.#isForgotten) return;
    clearTimeout(this.#throttle);
    this.#isReady = true;
    this.server.turn.add(this, this.#session.urgency);
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) return this.transport.pause();
    this.transport.resume();
    this.#lineEnds?.resumed();
  }

  /** The session is over: what is queued goes out, the rest of the input is discarded. */
  #sessionEnded(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#throttle);
    this.#lineEnds?.stop();
    this.#liveness.stop();
    if (this.#isGone) return this.#forget();
    this.#setPaused(false);
    this.#deadline = setTimeout(() => this.destroy(), LINGER_MILLISECONDS);
  }

  #forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#liveness.stop();
    this.server.registry.delete(this);
    this.server.log.debug("closed", { address: this.#address });
  }
}

/**
 * Serves a client that has sent nothing yet: a person, who is asked for a name, or a program that is
 * late. A program is known by its first byte. The prompt that it has got ends there in a line of its
 * own, and it is served as if it had sent that byte at once.
 */
export function serveSilent(
  transport: Transport,
  ticket: AdmissionTicket,
  server: ConnectionServer,
): Connection {
  const person = new Connection(transport, "text", server, ticket);
  person.start("", (first) => {
    if (!isJsonStart(first)) return false;
    person.abandon("\n");
    new Connection(transport, "json", server, ticket).start(first);
    return true;
  });
  return person;
}
