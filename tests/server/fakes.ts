import type { ConnectionRegistry } from "../../server/network/connection_registry.ts";
import type { Transport, TransportListener } from "../../server/network/transport.ts";
import type { LogEntry } from "../../server/observability/log.ts";
import { type Clock, systemClock } from "../../server/scheduling/clock.ts";
import { Member, type MemberInit } from "../../server/chat/member.ts";
import type { Sink } from "../../server/fanout/outbox.ts";
import { type ByteString, fromBytes } from "../../protocol/mod.ts";

/** A clock that only advances when the test sets it. */
export class FakeClock implements Clock {
  /** A local time, so that stamps are the same in every time zone. */
  #now = new Date(2026, 0, 31, 12, 0, 0).getTime();
  #monotonic = 5000;

  now = () => this.#now;
  monotonic = () => this.#monotonic;
  /** See `FakeTimers`. */
  after = systemClock.after;

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    this.#monotonic += milliseconds;
  }
}

/** The writing half of a socket, whose writes complete on command. */
export class FakeSink implements Sink {
  readonly writes: ByteString[] = [];
  isEnded = false;
  #written: (() => void) | undefined;

  /** True while a write is active. */
  get isWriting(): boolean {
    return this.#written !== undefined;
  }

  get bytes(): ByteString {
    return this.writes.join("");
  }

  write(bytes: Uint8Array, written: () => void): void {
    if (this.isWriting) throw new Error("Cannot write: a write is under way");
    if (this.isEnded) throw new Error("Cannot write: the sink was ended");
    if (bytes.length === 0) throw new Error("Cannot write: there is nothing to write");
    this.writes.push(fromBytes(bytes));
    this.#written = written;
  }

  end(): void {
    if (this.isEnded) throw new Error("Cannot end: the sink was ended");
    this.isEnded = true;
  }

  /** Completes the active write. @returns false without one. */
  take(): boolean {
    const written = this.#written;
    this.#written = undefined;
    written?.();
    return written !== undefined;
  }

  /** Completes all writes. */
  takeAll(): void {
    while (this.take());
  }
}

/** The near end of a connection, of any kind. */
export class FakeEnd {
  written: ByteString = "";
  isPaused = false;
  isEnded = false;
  isDestroyed = false;
  /** True while no write completes. */
  isStalled = false;
  readonly #waiting: (() => void)[] = [];

  write(bytes: Uint8Array, written: () => void): void {
    this.written += fromBytes(bytes);
    this.#waiting.push(written);
  }

  end(): void {
    this.isEnded = true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** Completes all writes. */
  take(): void {
    while (!this.isStalled && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}

/** A transport without a socket. */
export class FakeTransport extends FakeEnd implements Transport {
  readonly port = 4000;
  #listener: TransportListener | undefined;

  constructor(
    private readonly registry: ConnectionRegistry,
    readonly address = "192.0.2.1",
  ) {
    super();
  }

  setListener(listener: TransportListener): void {
    this.registry.replace(this.#listener, listener);
    this.#listener = listener;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.close();
  }

  /** Receives a chunk. */
  receive(bytes: ByteString): void {
    this.#listener!.received(bytes);
  }

  /** The client closes its side. */
  endInput(): void {
    this.#listener!.ended();
  }

  /** The connection is closed. */
  close(): void {
    this.#listener!.closed();
  }
}

/** A log in memory. */
export function memoryLog(): { entries: LogEntry[]; write: (entry: LogEntry) => void } {
  const entries: LogEntry[] = [];
  return { entries, write: (entry) => entries.push(entry) };
}

/** A member with a name, and other fields if the test sets them. */
export function memberOf(name: string, init: Partial<MemberInit> = {}): Member {
  const usual = { session: 0, address: "192.0.2.1", isAuthenticated: false, isOperator: false };
  return new Member({ name, ...usual, ...init });
}
