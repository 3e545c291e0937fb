import type { ClientFrame, TransferFrame } from "../../protocol/frames.ts";

/** A file that is under way, in one of the two directions. */
export interface Transfer {
  /** Takes what the server says about it. */
  received(frame: TransferFrame): void;
  /** Ends it, and tells the other side. */
  cancel(): void;
  /** The connection has ended, and the transfer with it. */
  connectionEnded(): void;
}

/** What a transfer takes from its surroundings. */
export interface TransferHost {
  send(frame: ClientFrame): void;
  /** So many bytes are there, at the receiver. */
  progressed(bytes: number): void;
  /** It has failed, for a reason that people can read. It comes once, and nothing after it. */
  failed(reason: string): void;
}
