import type { Chat } from "../../server/chat/chat.ts";

/** Faults of the product that a test plants, to show that the ledger finds them. */
export interface Faults {
  /** Changes the parts of a server that has started. */
  plant?(chat: Chat): void;
  /** Whether a commit is left out, so that its changes wait for the next one. */
  skipsCommit?(): boolean;
}
