import type { FileSource } from "./upload.ts";

/**
 * How a file is: offered (to others or to the reader), on its way, or at its end.
 *
 * `asked` is between the reader's wish and the server's answer.
 */
export type FileState = "asked" | "offered" | "running" | "done" | "failed";

/** One line among the files. Each change makes a new one with the same key. */
export interface FileItem {
  readonly key: string;
  readonly direction: "in" | "out";
  /** As it is shown: without what turns or hides what stands around it. */
  readonly name: string;
  readonly size: number;
  /** Whom it is from, or for. */
  readonly who: string;
  readonly isRoom: boolean;
  readonly state: FileState;
  /** Bytes that are there. */
  readonly bytes: number;
  /** Number of the offer, once the server has given it one. */
  readonly file?: number;
  /** Why it failed, or could not be accepted, or who does not want it. */
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
