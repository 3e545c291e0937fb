import { CLIENT_PROTOCOLS, type ErrorCode } from "../../protocol/mod.ts";

/** Why a client was refused: a protocol error, or a reason from before the protocol. */
export type RefusalReason =
  | ErrorCode
  /** Closed to make room for another connection: it had not joined, and its address had the most. */
  | "pending_full"
  /** A TLS handshake that failed or timed out; or a server without TLS. */
  | "tls_handshake"
  /** A PROXY header from an address that is not a trusted proxy. */
  | "proxy_untrusted"
  /** A PROXY header of a trusted proxy that is damaged, too long or too slow. */
  | "proxy_header"
  /** An HTTP request that is invalid, too large or too slow; or a server without HTTP. */
  | "http"
  /** A request for a host name that is not allowed, such as by DNS rebinding. */
  | "host"
  /** A request for the metrics without the token. */
  | "metrics_token"
  /** A connection from a page of another origin. */
  | "origin";

/** The reasons with a counter from the start, so that the first refusal is visible as an increase. */
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
 * The counters of a server, as plain numbers: to count is an addition.
 *
 * They contain neither names nor rooms nor addresses.
 */
export class Metrics {
  /** Accepted sockets. */
  connections = 0;
  messages = 0;
  /** Messages delivered to a receiver: in a room of 11, ten per message. */
  deliveries = 0;
  /** Messages skipped for receivers that read too slowly. */
  skipped = 0;
  /** Frames caused by other clients and dropped for a client that is behind. */
  droppedNotices = 0;
  /** Errors of the server itself; each ended at most one client. */
  internalErrors = 0;
  /** Clients closed because too many bytes waited for all clients together. */
  shedClients = 0;
  /** Times that a client exceeded its rate and was not read for a while. */
  throttled = 0;
  tooLong = 0;
  /** Connections closed because they were silent for too long. */
  silent = 0;
  /** Wrong passwords, of accounts and of the server. */
  wrongPasswords = 0;
  registrations = 0;
  /** Sessions resumed over a new connection. */
  resumed = 0;
  /** Bytes of the chat, without those of TLS and WebSocket. */
  receivedBytes = 0;
  sentBytes = 0;
  relayedBytes = 0;
  /** Bytes of files that members have posted in rooms. */
  storedBytes = 0;
  /** Stored files that were removed past the quota. */
  evictedFiles = 0;
  /** Messages that outgoing webhooks have taken. */
  hookSent = 0;
  /** Attempts to send a message to an outgoing webhook that have failed. */
  hookFailed = 0;
  /** Messages for outgoing webhooks that were dropped. */
  hookDropped = 0;
  /** Clients of each protocol, and `events`: streams over HTTP. */
  readonly sessions = countersOf([...CLIENT_PROTOCOLS, "events"]);
  /** Connections and logins that ended with an error. */
  readonly refused: Partial<Record<RefusalReason, number>> = countersOf(USUAL_REASONS);
  readonly eventLoopDelay = new DelayHistogram();

  refuse(reason: RefusalReason): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }
}

function countersOf<Label extends string>(labels: readonly Label[]): Record<Label, number> {
  return Object.fromEntries(labels.map((label) => [label, 0])) as Record<Label, number>;
}

/** Upper bounds of the buckets in seconds. Timers are a millisecond or two late on an idle machine
 * (measured, Deno 2.9.6), so finer buckets would have no meaning. */
export const DELAY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** Counts delays in buckets. */
export class DelayHistogram {
  /** Delays per bucket; the exposition makes them cumulative. */
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

const INTERVAL_MILLISECONDS = 100;

/** Measures the delay of the event loop, by a timer of 100 ms. */
export class EventLoopMonitor {
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param monotonic milliseconds of a clock that never goes back. */
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
