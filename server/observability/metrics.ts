import type { ErrorCode } from "../../protocol/mod.ts";
import { WIRE_KINDS } from "../fanout/encoder.ts";

/** Why somebody was turned away: with an error of the protocol, or before it came to that. */
export type RefusalReason =
  | ErrorCode
  /** Closed to make room for another connection: it had not joined, and its address had most. */
  | "pending_full"
  /** TLS was begun, and the handshake not ended in time or in order; or there is no TLS here. */
  | "tls_handshake"
  /** A PROXY header from an address that is no trusted proxy. */
  | "proxy_untrusted"
  /** A PROXY header of a trusted proxy that is damaged, too long or too slow. */
  | "proxy_header"
  /** A request over HTTP was wrong, too large or too slow; or browsers are not served. */
  | "http"
  /** A request for a host that this server is not: DNS rebinding, or a name that is not allowed. */
  | "host"
  /** A request for the metrics without the token. */
  | "metrics_token"
  /** A page of another origin wanted to connect. */
  | "origin";

/** The reasons that are told from the start, so that the first one is seen as an increase. */
const USUAL_REASONS: readonly RefusalReason[] = [
  "server_full",
  "too_many_from_address",
  "pending_full",
  "registration_timeout",
  "too_many_attempts",
  "too_many_refusals",
  "too_slow",
  "banned",
  "tls_required",
  "tls_handshake",
  "proxy_untrusted",
  "proxy_header",
  "http",
  "host",
  "metrics_token",
  "origin",
];

/**
 * What the server counts, as plain numbers: counting is an addition, wherever it happens.
 *
 * There is nothing of persons in it, neither names nor rooms nor addresses.
 */
export class Metrics {
  /** Sockets accepted. */
  connections = 0;
  /** Messages said in rooms. */
  messages = 0;
  /** Messages handed to somebody: to a room of 11, ten for each. */
  deliveries = 0;
  /** Messages left out for somebody who reads too slowly. */
  skipped = 0;
  /** Frames that others caused and that were left out for a client that is behind. */
  droppedNotices = 0;
  /** Clients that were ended since an error was thrown on their account. */
  internalErrors = 0;
  /** Clients that were ended since too much waited for all clients together. */
  shedClients = 0;
  /** Times that a client said more than it may, and was not read for a while. */
  throttled = 0;
  /** Lines and frames that were too long. */
  tooLong = 0;
  /** Connections dropped, since nothing was heard of them for too long. */
  silent = 0;
  /** Passwords, of accounts and of the server, that were checked and wrong. */
  wrongPasswords = 0;
  /** Names that were registered. */
  registrations = 0;
  /** Sessions that went on over a new connection. */
  resumed = 0;
  /** Bytes of the chat, without what TLS and WebSocket add. */
  receivedBytes = 0;
  sentBytes = 0;
  /** Bytes of files that were handed on. */
  relayedBytes = 0;
  /** Clients of the chat that are connected, by the way they speak. */
  readonly sessions = countersOf(WIRE_KINDS);
  /** Connections that were ended with an error, and attempts to open one. */
  readonly refused: Partial<Record<RefusalReason, number>> = countersOf(USUAL_REASONS);
  readonly eventLoopDelay = new DelayHistogram();

  /** Counts somebody who was turned away. */
  refuse(reason: RefusalReason): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }
}

function countersOf<Label extends string>(labels: readonly Label[]): Record<Label, number> {
  return Object.fromEntries(labels.map((label) => [label, 0])) as Record<Label, number>;
}

/** Upper bounds of the buckets in seconds. Timers are a millisecond or two late on an idle machine
 * (measured, Deno 2.9.6), so nothing finer means anything. */
export const DELAY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** Counts delays in buckets. */
export class DelayHistogram {
  /** Delays that were at most the bound of that number; cumulative only when they are written. */
  readonly buckets: number[] = DELAY_BOUNDS.map(() => 0);
  count = 0;
  /** Seconds. */
  sum = 0;

  observe(seconds: number): void {
    this.count++;
    this.sum += seconds;
    const index = DELAY_BOUNDS.findIndex((bound) => seconds <= bound);
    if (index >= 0) this.buckets[index]!++;
  }
}

/** Milliseconds between two looks. */
const INTERVAL_MILLISECONDS = 100;

/** Measures how late the event loop is: a timer that should run each 100 ms, and when it does. */
export class EventLoopMonitor {
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param monotonic milliseconds that only grow. */
  constructor(
    private readonly histogram: DelayHistogram,
    private readonly monotonic: () => number,
  ) {}

  start(): void {
    this.#due = this.monotonic() + INTERVAL_MILLISECONDS;
    this.#timer = setTimeout(() => {
      this.histogram.observe(Math.max(0, this.monotonic() - this.#due) / 1000);
      this.start();
    }, INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
