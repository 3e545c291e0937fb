import type { FileSource } from "./file_content.ts";

/**
 * How a file is: offered (to others or to the reader), on its way, or at its end.
 *
 * `asked` is between the reader's wish and the server's answer.
 */
export type FileState = "asked" | "offered" | "running" | "done" | "failed";

/** Where a file is offered: in a room, or to one person alone. */
export interface FilePlace {
  readonly kind: "room" | "person";
  readonly name: string;
}

/** Numbers of receivers of an offer to a room, by the state of their transfer. */
export interface Takers {
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
}

/** The counts before the first answer. */
export const NO_TAKERS: Takers = { running: 0, done: 0, failed: 0, refused: 0 };

/** One line among the files. Each change makes a new one with the same key. */
export interface FileItem {
  readonly key: string;
  readonly direction: "in" | "out";
  /** As shown: without characters that turn or hide the text around it. */
  readonly name: string;
  readonly size: number;
  readonly place: FilePlace;
  /** The sender; for an outgoing file the person, or the room with `#` before its name. */
  readonly who: string;
  readonly state: FileState;
  /** Bytes transferred; for an offer to a room, the average of the transfers in progress. */
  readonly bytes: number;
  /** Present on the user's own offers to a room. */
  readonly takers?: Takers;
  /** Number of the offer, once the server has given it one. */
  readonly file?: number;
  /** Reason of a failure, or of a refused `accept`. */
  readonly reason?: string;
  readonly source?: FileSource;
  /** What came in. */
  readonly content?: Blob;
}

/** What turns the writing direction, is not seen, or separates folders. */
const UNUSABLE = /[/\\\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** A name that others chose, as it may be shown and handed to the browser, which cleans it for the system. */
export function shownName(raw: string): string {
  const name = raw.toWellFormed().replace(UNUSABLE, "_").trim();
  return name === "" ? "file" : name;
}
