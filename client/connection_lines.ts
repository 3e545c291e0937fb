/**
 * The notices about a connection that breaks and returns, for the terminal, pipes and scripts.
 *
 * @module
 */

import { counted } from "../protocol/mod.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { ConnectionEvent } from "./core/connection_event.ts";

/** Whether a request failed for lack of a connection. Uncertain messages are reported later. */
export function isOffline(error: unknown): boolean {
  return error instanceof ConnectionError && error.code !== "uncertain";
}

/** The notice for an event, without the time and the line end. */
export function connectionLine(event: ConnectionEvent): string {
  if (event.state !== "restored") {
    const seconds = Math.max(1, Math.round(event.retryMilliseconds / 1000));
    return `*** ${event.text} Trying again in ${seconds} s. ***`;
  }
  const { uncertain } = event;
  const unclear = uncertain === 0
    ? ""
    : ` It is unknown whether your last ${
      uncertain === 1 ? "message" : counted(uncertain, "message")
    } arrived.`;
  if (event.resumed) return `*** Connected again.${unclear} ***`;
  return "*** Connected again, in a new session: /history shows what was said meanwhile." +
    `${unclear} ***`;
}

/** The notice that attempts to reconnect fail and continue. */
export function waitingLine(failure: string): string {
  return `*** ${failure} Trying again until it works. ***`;
}
