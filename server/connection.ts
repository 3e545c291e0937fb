import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { protocolError } from "../protocol/mod.ts";
import { DETECTION_MILLISECONDS, detectWireKind } from "./detection.ts";
import { Subscriber } from "./fanout.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { Session, type SessionServer } from "./session.ts";
import { type Rate, TokenBucket } from "./token_bucket.ts";
import type { Turn, TurnTask } from "./turn.ts";
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

/** After this silence TCP asks whether the other side is still there. */
const KEEPALIVE_MILLISECONDS = 60_000;

/** How long a client that was told the end may take to close its side. */
const LINGER_MILLISECONDS = 5000;

/**
 * One socket: finds out how the client speaks, moves bytes between it and its session, and stops
 * reading whenever the session has enough.
 *
 * 1. Input is worked on in the server's turn, never in the socket's own callback.
 * 2. While the session is throttled, full or behind, the socket is paused; nothing is dropped.
 * 3. What came in before the end, orderly or not, is still worked on.
 * 4. At the end, what is queued is written, then the socket is half-closed and the rest of the input
 *    discarded: closing with unread input would send RST, and the last words could be lost.
 */
export class Connection implements TurnTask {
  readonly address: string;
  #session: Session | undefined;
  #outbox: Outbox | undefined;
  #isAdmitted = false;
  /** Whether it has signed up for the turn. */
  #isReady = false;
  #isPaused = false;
  #isGone = false;
  #isForgotten = false;
  /** The end of detection, then of registration, then of lingering. */
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #throttle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly socket: Socket, private readonly server: ConnectionServer) {
    this.address = `${plainAddress(socket.remoteAddress)}:${socket.remotePort ?? 0}`;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
    socket.on("end", () => this.#endInput());
    socket.on("error", () => {}); // "close" follows and does the rest
    socket.on("close", () => this.#gone());
    socket.once("data", this.#onFirstData);
    this.#deadline = setTimeout(() => this.#detected(undefined), DETECTION_MILLISECONDS);
    server.log.debug("connected", { address: this.address });
  }

  /** Tells the client that the server stops, and closes. */
  shutDown(): void {
    if (this.#session === undefined) return this.destroy();
    this.#session.shutDown();
    this.#sessionEnded();
  }

  /** Closes at once, without a word. */
  destroy(): void {
    this.socket.destroy();
  }

  work(budget: number): boolean {
    const session = this.#session!;
    const state = session.work(budget);
    if (state === "more") return true;
    this.#isReady = false;
    if (state === "ended") this.#sessionEnded();
    else this.#setPaused(state !== "idle");
    if (state === "throttled") {
      this.#throttle = setTimeout(() => this.#signUp(), session.throttledFor);
    }
    return false;
  }

  #onFirstData = (chunk: Buffer): void => {
    this.#detected(chunk[0]);
    this.#onData(chunk.toString("latin1"));
  };

  #onData = (chunk: string): void => {
    const session = this.#session!;
    if (session.isEnded) return;
    session.push(chunk);
    if (session.bufferedBytes >= MAX_BUFFERED_BYTES) this.#setPaused(true);
    this.#signUp();
  };

  /** The first byte came, or none in time: from here on it is known how the client speaks. */
  #detected(first: number | undefined): void {
    clearTimeout(this.#deadline);
    this.socket.removeListener("data", this.#onFirstData);
    const session = this.#createSession(detectWireKind(first));
    this.#session = session;
    // The decoders work on byte strings, and this is the cheapest way to get them.
    this.socket.setEncoding("latin1");
    this.socket.on("data", this.#onData);
    const full = this.server.admit();
    if (full !== undefined) {
      session.close(protocolError("server_full", full.online, full.limit));
      this.#sessionEnded();
      return;
    }
    this.#isAdmitted = true;
    session.start();
    const { registrationMilliseconds } = this.server;
    this.#deadline = setTimeout(() => {
      session.close(protocolError("registration_timeout", registrationMilliseconds / 1000));
      this.#sessionEnded();
    }, registrationMilliseconds);
  }

  #createSession(kind: WireKind): Session {
    const { rate, outboxLimits, formats } = this.server;
    const sink = {
      write: (bytes: Uint8Array, written: () => void) => {
        this.socket.write(bytes, written);
      },
      end: () => {
        this.socket.end();
      },
    };
    this.#outbox = new Outbox(sink, outboxLimits, (skipped) => {
      if (skipped !== undefined) session.tellSkipped(skipped);
      this.#signUp();
    });
    const subscriber = new Subscriber(formats[kind], this.#outbox);
    const session = new Session(this.server, subscriber, {
      address: this.address,
      bucket: rate && new TokenBucket(rate, this.server.monotonic()),
      onRegistered: () => clearTimeout(this.#deadline),
    });
    return session;
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
    if (isPaused) this.socket.pause();
    else this.socket.resume();
  }

  #endInput(): void {
    if (this.#session === undefined) this.#detected(undefined);
    this.#session!.endInput();
    this.#signUp();
  }

  /** The session is over: what is queued goes out, the rest of the input is discarded. */
  #sessionEnded(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#throttle);
    if (this.#isGone) return this.#forget();
    this.#setPaused(false);
    this.#deadline = setTimeout(() => this.destroy(), LINGER_MILLISECONDS);
  }

  #gone(): void {
    this.#isGone = true;
    clearTimeout(this.#deadline);
    this.#outbox?.close();
    if (this.#session === undefined || this.#session.isEnded) return this.#forget();
    this.#session.endInput();
    this.#signUp();
  }

  #forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.server.forget(this, this.#isAdmitted);
    this.server.log.debug("closed", { address: this.address });
  }
}

/** An IPv4 address that came in on an IPv6 socket is shown as what it is. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:/, "") ?? "unknown";
}
