import { counted } from "../protocol/mod.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { ConnectionEvent } from "./core/connection_event.ts";

/** What somebody is told who asks for something while there is no connection. */
export const OFFLINE = "There is no connection at the moment. Try again when it is back.";

/** Whether that was in the way. What was sent and is uncertain is told when it is back. */
export function isOffline(error: unknown): boolean {
  return error instanceof ConnectionError && error.code !== "uncertain";
}

/** What a person is told of the connection, without the time and the line end. */
export function connectionLine(event: ConnectionEvent): string {
  if (event.state !== "restored") {
    const seconds = Math.max(1, Math.round(event.retryMilliseconds / 1000));
    return `*** ${event.text} Trying again in ${seconds} s. ***`;
  }
  const { uncertain } = event;
  const unclear = uncertain === 0
    ? ""
    : ` Nobody can tell whether your last ${
      uncertain === 1 ? "message" : counted(uncertain, "message")
    } arrived.`;
  if (event.resumed) return `*** Connected again.${unclear} ***`;
  return "*** Connected again, in a new session: /history shows what was said meanwhile." +
    `${unclear} ***`;
}

/** What a person is told when connecting again has failed, and goes on for as long as it takes. */
export function waitingLine(failure: string): string {
  return `*** ${failure} Trying again until it works. ***`;
}
