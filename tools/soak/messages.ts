/**
 * What the processes of a soak report to each other, one JSON object a line.
 *
 * @module
 */

import type { LedgerSummary } from "./honest/measurements.ts";

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
  readonly problems: readonly string[];
}

/** What the process of the hostile clients is started with. */
export interface HostileAssignment {
  readonly port: number;
  readonly tls: boolean;
  /** How many clients of each kind. */
  readonly clients: Readonly<Record<string, number>>;
}

/** What one kind of hostile clients did, by what was done. */
export type ActionCounts = Readonly<Record<string, number>>;

/** Reported by the hostile clients every second. */
export interface HostileReport {
  readonly type: "second";
  /** By kind, since the start. */
  readonly actions: Readonly<Record<string, ActionCounts>>;
  /** Connections that are open. */
  readonly open: number;
}

/** Letters that no others look like, so that no two names made of them are look-alikes. */
const LETTERS = "abdefghkprstuxyz";

/** A name of a prefix and a number, such as `honest-ba`. */
export function nameOf(prefix: string, number: number): string {
  let letters = "";
  for (let rest = number; letters.length < 2 || rest > 0; rest = Math.floor(rest / 16)) {
    letters = LETTERS[rest % 16] + letters;
  }
  return `${prefix}-${letters}`;
}

/** The room of the honest clients. */
export const HONEST_ROOM = "tea";

/** The protected name whose owner comes again and again, and whose password is guessed. */
export const KEEPER_NAME = "keeper";

/** Name of the honest client of that number. */
export function honestName(number: number): string {
  return nameOf("honest", number);
}

/** How many honest clients keep the ledger. */
export const HONEST_CLIENTS = 20;
