import type { ServerFrame } from "../../protocol/frames.ts";
import { counted } from "../../protocol/text.ts";
import { ConnectionError } from "./connection_errors.ts";

/** A change of the connection of a client that reconnects automatically. */
export type ConnectionEvent =
  /** It broke, or an attempt to reconnect failed: another attempt follows. */
  | {
    readonly type: "connection";
    readonly state: "lost" | "waiting";
    /** The reason as a sentence. */
    readonly text: string;
    /** Milliseconds until the next attempt. */
    readonly retryMilliseconds: number;
  }
  /** It is restored, and the missed messages follow. */
  | {
    readonly type: "connection";
    readonly state: "restored";
    /** False when the session had expired: this client has a new one, and the missed messages are only
     * in the history. */
    readonly resumed: boolean;
    /** Number of messages sent before the break that may have been lost. In a resumed session these were
     * sent before a change of room whose answer was lost; a `joined` event follows. */
    readonly uncertain: number;
  };

/** An event of a client. */
export type ChatEvent = ServerFrame | ConnectionEvent;

/** The answer to a request without a connection. */
export const OFFLINE = "There is no connection at the moment. Try again when it is back.";

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
