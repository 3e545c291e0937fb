import { closeSync, openSync } from "node:fs";
import { devNull, platform } from "node:os";
import { counted } from "../../protocol/mod.ts";
import type { Log } from "../observability/log.ts";
import type { ServerOptions } from "../options.ts";

/** Connections that may be accepted at once before JavaScript can count them (measured: up to 127), and
 * descriptors for files, the watchdog and the runtime. */
const RESERVED_DESCRIPTORS = 192;

/**
 * The number of descriptors that the process can still open, found by opening them: no portable call
 * returns it, and a compiled program keeps the shell's limit, often 1024 or 256.
 *
 * @param wanted maximum result; each costs about a microsecond.
 * @param open opens one more; default: the null device, which the runtime may not permit.
 * @throws the error of opening, unless the limit is its cause.
 */
export function countFreeDescriptors(
  wanted: number,
  open: () => number = () => openSync(devNull, "r"),
): number {
  if (platform() === "win32") return wanted; // no such limit there
  const opened: number[] = [];
  try {
    while (opened.length < wanted) opened.push(open());
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code !== "EMFILE" && code !== "ENFILE") throw error;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
  return opened.length;
}

export interface ConnectionNumbers {
  readonly clients: number;
  readonly pending: number;
}

/** Numbers of connections within the limit of descriptors. */
export interface ConnectionCap extends ConnectionNumbers {
  /** Connections over the limit of their address to which the error is being sent. */
  readonly refused: number;
  /** Open sockets: the sum of these, and of those that are being closed. */
  readonly total: number;
  /** The error if the limit is unknown; then nothing is capped. */
  readonly unknown?: unknown;
}

/** Connections over the limit of their address that get the error, with enough descriptors. */
const MAX_REFUSED = 64;

/** Sockets that may be closed before JavaScript detects it: those of one accept round. */
const MAX_CLOSING = 128;

/** Share of connections that have not joined, with few descriptors, and their maximum then. */
const PENDING_SHARE = 1 / 4;
const ENOUGH_PENDING = 1024;

/**
 * Caps the numbers of connections by the limit of descriptors, so that accepting does not fail in
 * ordinary use. With few descriptors clients get three quarters of them, or more if fewer pending
 * connections are enough; with very few, half of them are a reserve. If the limit is unknown, the
 * numbers stay unchanged.
 *
 * @param countFree returns the number of free descriptors, up to a maximum.
 */
export function capConnections(
  wanted: ConnectionNumbers,
  countFree: (wanted: number) => number = countFreeDescriptors,
): ConnectionCap {
  const others = MAX_REFUSED + MAX_CLOSING;
  let free: number;
  try {
    free = countFree(wanted.clients + wanted.pending + others + RESERVED_DESCRIPTORS);
  } catch (unknown) {
    const total = wanted.clients + wanted.pending + others;
    return { ...wanted, refused: MAX_REFUSED, total, unknown };
  }
  const usable = free - Math.min(RESERVED_DESCRIPTORS, Math.floor(free / 2));
  // For connections that get an error or are being closed: the remaining descriptors, or an eighth.
  const unwanted = usable - wanted.clients - wanted.pending;
  const spare = Math.min(others, Math.max(unwanted, Math.floor(usable / 8)));
  const places = Math.max(2, usable - spare);
  const share = Math.min(wanted.pending, ENOUGH_PENDING, Math.ceil(places * PENDING_SHARE));
  const clients = Math.min(wanted.clients, places - share);
  const pending = Math.min(wanted.pending, places - clients);
  const refused = Math.max(1, Math.min(MAX_REFUSED, Math.floor(spare / 2)));
  return { clients, pending, refused, total: clients + pending + Math.max(spare, refused) };
}

/** Default minimum of pending connections of a small server: users at the prompt are among them. */
const MIN_DEFAULT_PENDING = 100;

/**
 * Caps the numbers of connections of a server, and logs a warning if they are lower than wanted.
 *
 * @param countFree as for {@link capConnections}.
 */
export function capClients(
  { maxClients, maxPending }: Pick<ServerOptions, "maxClients" | "maxPending">,
  log: Pick<Log, "warn">,
  countFree?: (wanted: number) => number,
): ConnectionCap {
  const pending = maxPending ?? Math.max(maxClients, MIN_DEFAULT_PENDING);
  const wanted = { clients: maxClients, pending };
  const cap = capConnections(wanted, countFree);
  if (cap.unknown !== undefined) {
    log.warn("cannot find out the limit on open files; clients over it would not be accepted", {
      error: (cap.unknown as Error).message,
    });
  }
  const limit = wanted.clients + wanted.pending + 1024;
  if (cap.clients < wanted.clients) {
    log.warn(
      `the limit on open files leaves room for ${counted(cap.clients, "client")}; ` +
        `raise it with: ulimit -n ${limit}`,
      { wanted: wanted.clients, clients: cap.clients, pending: cap.pending },
    );
  } else if (maxPending !== null && cap.pending < maxPending) {
    log.warn(
      `the limit on open files leaves room for ${counted(cap.pending, "pending connection")}; ` +
        `raise it with: ulimit -n ${limit}`,
      { wanted: maxPending, pending: cap.pending },
    );
  }
  return cap;
}
