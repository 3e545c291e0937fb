import type { FileSource } from "./file_content.ts";

/**
 * The state of a file: requested, offered, in transfer, arrived, failed, or ended on purpose.
 *
 * `asked` is between the user's request and the server's answer.
 */
export type FileState = "asked" | "offered" | "running" | "done" | "failed" | "ended";

/** The conversation in which a file is offered. */
export interface FilePlace {
  readonly kind: "room" | "person";
  readonly name: string;
}

/** Numbers of receivers of an offer to a room, by the state of their transfer. */
export interface ReceiverCounts {
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
}

/** The counts before the first answer. */
export const NO_RECEIVERS: ReceiverCounts = { running: 0, done: 0, failed: 0, refused: 0 };

/** A file in its conversation. Each change makes a new object with the same key. */
export interface FileItem {
  readonly key: string;
  readonly direction: "in" | "out";
  /** As shown: without characters that reverse or hide the text around it. */
  readonly name: string;
  readonly size: number;
  readonly place: FilePlace;
  /** The sender; for an outgoing file the receiver, or the room with `#` before its name. */
  readonly who: string;
  readonly state: FileState;
  /** Bytes transferred; for an offer to a room, the average of the transfers in progress. */
  readonly bytes: number;
  /** For the user's own offers to a room. */
  readonly receivers?: ReceiverCounts;
  /** Whether it is posted in a room, on a server that keeps it. */
  readonly isPosted?: true;
  /** Number of the offer, once the server has accepted it. */
  readonly file?: number;
  /** Reason of an end or a failure, or of a refused `accept`. */
  readonly reason?: string;
  readonly source?: FileSource;
  readonly content?: Blob;
}

/** Characters that change the writing direction, are invisible, or separate folders. */
const UNUSABLE = /[/\\\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** The name of another user's file for display and download; the browser cleans it for the system. */
export function shownName(raw: string): string {
  const name = raw.toWellFormed().replace(UNUSABLE, "_").trim();
  return name === "" ? "file" : name;
}
