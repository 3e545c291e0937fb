/**
 * The reports of the processes of a soak, one JSON object per line, and the names that they share.
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

export interface HonestAssignment {
  readonly port: number;
  /** Whether the server accepts TLS. */
  readonly tls: boolean;
}

/** Sent by the honest clients when all have joined, every second, and at the end. */
export interface HonestReport {
  readonly type: "ready" | "second" | "result";
  /** Whisper round trips: of the last second, at the end since the hostile clients are all connected. */
  readonly whisper: Latencies;
  /** How late the timers of the process were: its measurements cannot be more exact. */
  readonly lag: Latencies;
  /** Time from connecting with the right password to the welcome. */
  readonly login: Latencies;
  /** Refused logins of the protected name, by code. */
  readonly loginsRefused: Readonly<Record<string, number>>;
  readonly ledger: LedgerSummary;
  /** Number of honest clients, and of those whose connection never broke. */
  readonly clients: number;
  readonly connected: number;
  /** Frames that the server must not send to honest clients: errors, skipped messages. */
  readonly problems: readonly string[];
}

export interface HostileAssignment {
  readonly port: number;
  readonly tls: boolean;
  /** Number of clients by kind. */
  readonly clients: Readonly<Record<string, number>>;
}

/** What one kind of hostile clients did: the number of times, by action. */
export type ActionCounts = Readonly<Record<string, number>>;

/** Reported by the hostile clients every second. */
export interface HostileReport {
  readonly type: "second";
  /** By kind, since the start. */
  readonly actions: Readonly<Record<string, ActionCounts>>;
  /** Number of open connections. */
  readonly open: number;
}

/** Letters without look-alikes, so that no two names of them are confusable. */
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

/** The protected name whose owner logs in again and again, and whose password is guessed. */
export const KEEPER_NAME = "keeper";

export function honestName(number: number): string {
  return nameOf("honest", number);
}

/** Number of honest clients in the ledger. */
export const HONEST_CLIENTS = 20;

/** Number of pairs that whisper to each other. A p99 is decided by few of their whispers: those of one
 * pair in two minutes are eleven. */
export const NEIGHBOUR_PAIRS = 5;
