import { closeSync, openSync } from "node:fs";
import { devNull, platform } from "node:os";

/** Connections that one accept round may add before JavaScript can count them (measured: up to 127),
 * and some for files, the watchdog and the runtime itself. */
const RESERVED_DESCRIPTORS = 192;

/**
 * How many more descriptors the process may open, found by opening them: no portable call tells, and
 * a compiled program keeps the shell's limit, often 1024 or 256.
 *
 * @param wanted where to stop counting; each costs about a microsecond.
 */
export function countFreeDescriptors(wanted: number): number {
  if (platform() === "win32") return wanted; // no such limit there
  const opened: number[] = [];
  try {
    while (opened.length < wanted) opened.push(openSync(devNull, "r"));
  } catch {
    // The limit is reached: that is what was to be found out.
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
  return opened.length;
}

/** How many connections are safe, and whether that is less than what was asked for. */
export interface ConnectionCap {
  readonly clients: number;
  readonly isCapped: boolean;
}

/**
 * Caps the number of clients under the descriptor limit, with enough left that accepting never fails
 * in ordinary times. With very few descriptors half of them serve clients.
 *
 * @param countFree tells how many descriptors are free, up to a number.
 */
export function capClients(
  wanted: number,
  countFree: (wanted: number) => number = countFreeDescriptors,
): ConnectionCap {
  const free = countFree(wanted + RESERVED_DESCRIPTORS);
  const clients = Math.max(1, free - Math.min(RESERVED_DESCRIPTORS, Math.floor(free / 2)));
  return clients < wanted ? { clients, isCapped: true } : { clients: wanted, isCapped: false };
}
