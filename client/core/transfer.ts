/**
 * The common part of uploads and downloads.
 *
 * @module
 */

import type { TransferFrame } from "../../protocol/file_frames.ts";
import type { ClientFrame } from "../../protocol/frames.ts";

export interface Transfer {
  received(frame: TransferFrame): void;
  /** Ends it, and informs the other side. */
  cancel(): void;
  /** The connection has ended, and with it the transfer. */
  disconnected(): void;
}

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
  /** The received content differs from the sent content. */
  | { readonly type: "mismatch" };

/** An incremental SHA-256. */
export interface ContentHash {
  update(bytes: Uint8Array): void;
  /** @returns 64 hexadecimal digits. */
  digest(): string;
}

/** The client as its transfers need it. */
export interface TransferHost {
  readonly hash: ContentHash;
  send(frame: ClientFrame): void;
  /** Called with the number of bytes that the receiver has confirmed. */
  progressed(bytes: number): void;
  /** The receiver has all of it, and has verified it. */
  completed(): void;
  /** It has failed. Called once, as the last call. */
  failed(failure: TransferFailure): void;
  /** The reason for the other side if the content cannot be read or written, without a full stop. */
  reasonOf?(error: unknown): string;
}
