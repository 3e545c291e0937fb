/**
 * The frames of a server about files: those that it keeps, and those that users send each other.
 *
 * @module
 */

/** A file that the server keeps, in the message with which a user has posted it. */
export interface StoredFile {
  /** The name that its sender has chosen, without folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The media type: one of a few kinds of pictures, recognised by their content, or
   * `application/octet-stream`. */
  readonly type: string;
  /** The SHA-256 of the content, in 64 lower-case hexadecimal digits. */
  readonly hash: string;
  /** The whole address, as in the text. The same server has the file at `/files/HASH/NAME`. */
  readonly url: string;
}

/** The offer of a file. */
export interface OfferedFrame {
  /** The kind of frame. */
  readonly type: "offered";
  /** Number of the file, valid until the offer ends. */
  readonly file: number;
  /** The sender. */
  readonly from: string;
  /** Name of the user or the room that it is offered to. */
  readonly to: string;
  /** Set for a room: the offer is open to all members until it is withdrawn. */
  readonly room?: true;
  /** The file's name, without folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was offered, in Unix milliseconds. */
  readonly time: number;
}

/** A frame of a server about files. */
export type FileFrame =
  | OfferedFrame
  /** An offer has ended. */
  | { readonly type: "withdrawn"; readonly file: number; readonly reason: WithdrawReason }
  /** `by` has accepted: sent to the sender, which begins, and to the receiver. */
  | {
    readonly type: "accepted";
    readonly file: number;
    readonly transfer: number;
    readonly by: string;
  }
  /** `by` has refused; sent to the sender. */
  | { readonly type: "refused"; readonly file: number; readonly by: string }
  | TransferFrame;

/** A frame of a transfer. */
export type TransferFrame =
  | { readonly type: "chunk"; readonly transfer: number; readonly data: string }
  | { readonly type: "received"; readonly transfer: number; readonly bytes: number }
  | { readonly type: "finish"; readonly transfer: number; readonly sha256: string }
  | { readonly type: "complete"; readonly transfer: number }
  /** The transfer was cancelled. */
  | {
    readonly type: "cancelled";
    readonly transfer: number;
    readonly reason: CancelReason;
    readonly text: string;
  };

/** Why an offer has ended: it was withdrawn, the sender left, it expired, or the server needed its place
 * for others. */
export type WithdrawReason = "withdrawn" | "gone" | "expired" | "busy";

/** Why a transfer was cancelled: by the other side, because that left, after a minute of silence, for a
 * violation of the protocol, or because the server needed its place for others. */
export type CancelReason = "cancelled" | "gone" | "stalled" | "broken" | "busy";
