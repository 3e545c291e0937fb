import { type ByteString, protocolError } from "../protocol/mod.ts";
import { Subscriber } from "./fanout.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { Session, type SessionServer } from "./session.ts";
import { type Rate, TokenBucket } from "./token_bucket.ts";
import type { Turn, TurnTask } from "./turn.ts";
import type { Wire, WireListener } from "./wire.ts";
import type { WireFormats, WireKind } from "./wire_format.ts";

/** What a connection shares with all others of its server. */
export interface ConnectionServer extends SessionServer {
  readonly turn: Turn;
  readonly formats: WireFormats;
  readonly outboxLimits: OutboxLimits;
  /** Absent when the rate is not limited. */
  readonly rate: Rate | undefined;
  /** Milliseconds within which a client has to give a name. */
  readonly registrationMilliseconds: number;
  /** Takes one of the places for clients, or says that all are taken. */
  admit(): { online: number; limit: number } | undefined;
  /** The connection is over. */
  forget(connection: Connection, wasAdmitted: boolean): void;
}

/** Unread bytes of one client after which its socket is paused until they were worked on: with more,
 * a busy socket would starve the others (measured, `docs/ARCHITECTURE.md`). */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** How long a client that was told the end may take to close its side. */
const LINGER_MILLISECONDS = 5000;

/**
 * One client's connection: moves bytes between its wire and its session, and stops reading whenever
 * the session has enough.
 *
 * 1. Input is worked on in the server's turn, never in the socket's own callback.
 * 2. While the session is throttled, full or behind, the wire is paused; nothing is dropped.
 * 3. What came in before the end, orderly or not, is still worked on.
 * 4. At the end, what is queued is written, then the wire is half-closed and the rest of the input
 *    discarded: closing with unread input would send RST, and the last words could be lost.
 */
export class Connection implements TurnTask, WireListener {
  readonly #session: Session;
  readonly #outbox: Outbox;
  #isAdmitted = false;
  /** Whether it has signed up for the turn. */
  #isReady = false;
  #isPaused = false;
  #isGone = false;
  #isForgotten = false;
  /** The end of registration, then of lingering. */
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #throttle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly wire: Wire,
    kind: WireKind,
    private readonly server: ConnectionServer,
  ) {
    const { rate, outboxLimits, formats } = server;
    this.#outbox = new Outbox(wire, outboxLimits, (skipped) => {
      if (skipped !== undefined) this.#session.tellSkipped(skipped);
      this.#signUp();
    });
    this.#session = new Session(server, new Subscriber(formats[kind], this.#outbox), {
      address: this.#address,
      bucket: rate && new TokenBucket(rate, server.monotonic()),
      onRegistered: () => clearTimeout(this.#deadline),
    });
  }

  /**
   * Lets the client in, if there is a place.
   *
   * @param first what has come in already.
   */
  start(first: ByteString = ""): void {
    this.wire.listen(this);
    const full = this.server.admit();
    if (full !== undefined) {
      this.#session.close(protocolError("server_full", full.online, full.limit));
      return this.#sessionEnded();
    }
    this.#isAdmitted = true;
    this.#session.start();
    const { registrationMilliseconds } = this.server;
    this.#deadline = setTimeout(() => {
      this.#session.close(protocolError("registration_timeout", registrationMilliseconds / 1000));
      this.#sessionEnded();
    }, registrationMilliseconds);
    if (first !== "") this.received(first);
  }

  shutDown(): void {
    this.#session.shutDown();
    this.#sessionEnded();
  }

  destroy(): void {
    this.wire.destroy();
  }

  received(chunk: ByteString): void {
    if (this.#session.isEnded) return;
    this.#session.push(chunk);
    if (this.#session.bufferedBytes >= MAX_BUFFERED_BYTES) this.#setPaused(true);
    this.#signUp();
  }

  ended(): void {
    this.#session.endInput();
    this.#signUp();
  }

  closed(): void {
    this.#isGone = true;
    clearTimeout(this.#deadline);
    this.#outbox.close();
    if (this.#session.isEnded) return this.#forget();
    this.ended();
  }

  work(budget: number): boolean {
    const state = this.#session.work(budget);
    if (state === "more") return true;
    this.#isReady = false;
    if (state === "ended") this.#sessionEnded();
    else this.#setPaused(state !== "idle");
    if (state === "throttled") {
      this.#throttle = setTimeout(() => this.#signUp(), this.#session.throttledFor);
    }
    return false;
  }

  get #address(): string {
    return `${this.wire.address}:${this.wire.port}`;
  }

  #signUp(): void {
    if (this.#isReady || this.#isForgotten) return;
    clearTimeout(this.#throttle);
    this.#isReady = true;
    this.server.turn.add(this);
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.wire.pause();
    else this.wire.resume();
  }

  /** The session is over: what is queued goes out, the rest of the input is discarded. */
  #sessionEnded(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#throttle);
    if (this.#isGone) return this.#forget();
    this.#setPaused(false);
    this.#deadline = setTimeout(() => this.destroy(), LINGER_MILLISECONDS);
  }

  #forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.server.forget(this, this.#isAdmitted);
    this.server.log.debug("closed", { address: this.#address });
  }
}
