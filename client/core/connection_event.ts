import { counted, type ServerFrame } from "../../protocol/mod.ts";
import { ConnectionError } from "./connection_errors.ts";

/** What happens to the connection of a client that connects again by itself. */
export type ConnectionEvent =
  /** It broke, or an attempt to connect again failed: there is another one soon. */
  | {
    readonly type: "connection";
    readonly state: "lost" | "waiting";
    /** Why, as a sentence. */
    readonly text: string;
    /** Milliseconds until the next attempt. */
    readonly retryMilliseconds: number;
  }
  /** It stands again, and what was missed follows. */
  | {
    readonly type: "connection";
    readonly state: "restored";
    /** False when the server did not know the session any more: this client is in as somebody new,
     * and what was said meanwhile is only in the history. */
    readonly resumed: boolean;
    /** Messages that went out before the break, and of which nobody can tell whether the server has
     * taken them. When the session was resumed, those are what was said before a change of room
     * whose answer was lost; a `joined` event tells of it. */
    readonly uncertain: number;
  };

/** What a client's events are. */
export type ChatEvent = ServerFrame | ConnectionEvent;

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
