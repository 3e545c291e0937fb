/**
 * What the processes of a soak report to each other, one JSON object a line.
 *
 * @module
 */

import type { LedgerSummary } from "./delivery_ledger.ts";

/** Latencies in milliseconds; `null` where nothing was measured. */
export interface Latencies {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  readonly count: number;
}

/** What the process of the honest clients is started with. */
export interface HonestAssignment {
  readonly port: number;
  /** Whether the server takes TLS. */
  readonly tls: boolean;
}

/** Reported by the honest clients when all are in, every second, and at the end. */
export interface HonestReport {
  readonly type: "ready" | "second" | "result";
  /** Whisper round trips: of the last second, at the end since the crowd is at work. */
  readonly whisper: Latencies;
  /** How late the process's own timers were: what it measures cannot be more exact. */
  readonly lag: Latencies;
  /** Time from a new connection with the right password to its welcome. */
  readonly login: Latencies;
  /** Logins of the protected name that were refused, by code. */
  readonly loginsRefused: Readonly<Record<string, number>>;
  readonly ledger: LedgerSummary;
  /** Honest clients, and those among them whose connection stood all the time. */
  readonly clients: number;
  readonly connected: number;
  /** What the server should not have sent to honest clients: errors, skipped messages. */
  readonly complaints: readonly string[];
}

/** What the process of the hostile clients is started with. */
export interface HostileAssignment {
  readonly port: number;
  readonly tls: boolean;
  /** How many clients of each kind. */
  readonly clients: Readonly<Record<string, number>>;
}

/** What one kind of hostile clients did, by what was done. */
export type Deeds = Readonly<Record<string, number>>;

/** Reported by the hostile clients every second. */
export interface HostileReport {
  readonly type: "second";
  /** By kind, since the start. */
  readonly deeds: Readonly<Record<string, Deeds>>;
  /** Connections that are open. */
  readonly open: number;
}
