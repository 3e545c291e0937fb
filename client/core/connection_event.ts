import type { ServerFrame } from "../../protocol/frames.ts";

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
