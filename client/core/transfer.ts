/**
 * A file on its way between two clients, in one of the two directions: what both have in common.
 *
 * @module
 */

import type { ClientFrame, TransferFrame } from "../../protocol/frames.ts";

/** A transfer in progress. */
export interface Transfer {
  /** Takes a frame of the server about it. */
  received(frame: TransferFrame): void;
  /** Ends it, and informs the other side. */
  cancel(): void;
  /** The connection has ended, and the transfer with it. */
  disconnected(): void;
}

/** Why a transfer has failed. */
export type TransferFailure =
  /** The other side or the server has ended it; `text` is a sentence. */
  | { readonly type: "cancelled"; readonly text: string }
  /** This side has ended it. */
  | { readonly type: "stopped" }
  | { readonly type: "disconnected" }
  /** The content cannot be read, or has changed. */
  | { readonly type: "unreadable"; readonly error: unknown }
  /** The content cannot be written. */
  | { readonly type: "unwritable"; readonly error: unknown }
  /** More bytes arrived than were offered. */
  | { readonly type: "too large" }
  /** The content that arrived is not the one that was sent. */
  | { readonly type: "mismatch" };

/** A SHA-256 of content that comes in pieces. */
export interface ContentHash {
  update(bytes: Uint8Array): void;
  /** Ends it. @returns 64 hexadecimal digits. */
  digest(): string;
}

/** What a transfer takes from its client. */
export interface TransferHost {
  readonly hash: ContentHash;
  send(frame: ClientFrame): void;
  /** Called with the number of bytes that have arrived at the receiver. */
  progressed(bytes: number): void;
  /** It has ended well: the receiver has all of it, and has checked it. */
  completed(): void;
  /** It has failed. Called once, and nothing after it. */
  failed(failure: TransferFailure): void;
  /** The reason for the other side if the content cannot be read or written, without a full stop. */
  reasonOf?(error: unknown): string;
}
