import type { ServerFrame } from "../../protocol/mod.ts";

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
