import type { StopReason } from "../session/session.ts";

/** Somebody who is connected, in whatever way. */
export interface ConnectionHandler {
  /** Tells that the server stops, and closes. */
  shutDown(reason: StopReason): void;
  /** Closes at once, without a word. */
  destroy(): void;
}

/** Where the server keeps its visitors. */
export interface ConnectionRegistry {
  /** From now on somebody else stands for the socket; nobody, once it is closed. */
  replace(handler: ConnectionHandler, by?: ConnectionHandler): void;
}
