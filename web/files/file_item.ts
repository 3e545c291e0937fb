import type { FileSource } from "./read_ahead.ts";

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

/** What became of an offer to a room, as numbers of people. */
export interface Takers {
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
}

/** Nobody has answered yet. */
export const NO_TAKERS: Takers = { running: 0, done: 0, failed: 0, refused: 0 };

/** One line among the files. Each change makes a new one with the same key. */
export interface FileItem {
  readonly key: string;
  readonly direction: "in" | "out";
  /** As it is shown: without what turns or hides what stands around it. */
  readonly name: string;
  readonly size: number;
  readonly place: FilePlace;
  /** Whom it is from; of a file that goes out, the person or the room with `#` before it. */
  readonly who: string;
  readonly state: FileState;
  /** Bytes that are there; of an offer to a room, on the average of those who receive it. */
  readonly bytes: number;
  /** Of an offer to a room that the reader makes. */
  readonly takers?: Takers;
  /** Number of the offer, once the server has given it one. */
  readonly file?: number;
  /** Why it failed, or could not be accepted. */
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
