import type { StopReason } from "./session.ts";

/** Somebody who is connected, in whatever way. */
export interface Visitor {
  /** Tells that the server stops, and closes. */
  shutDown(reason: StopReason): void;
  /** Closes at once, without a word. */
  destroy(): void;
}

/** Where the server keeps its visitors. */
export interface VisitorBook {
  /** From now on somebody else stands for the socket; nobody, once it is closed. */
  replace(visitor: Visitor, by?: Visitor): void;
}
