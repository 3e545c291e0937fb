import type { Rows } from "./rows.ts";

/** The smallest space of a file on a disk, in bytes: a block of most file systems. */
const BLOCK_BYTES = 4096;

/** Maximum number of files in rooms, and of addresses that are remembered after their files. Each takes
 * some 500 bytes of memory. */
export const MAX_INDEXED_FILES = 20_000;

/** A file that a user has posted in a room. */
export interface FileRow {
  /** SHA-256 of the content, in hexadecimal. */
  readonly hash: string;
  /** Key of the room. */
  readonly room: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  /** When it was last posted there, in Unix milliseconds. */
  readonly time: number;
  /** Name of the user who did. */
  readonly owner: string;
}

/** A row of a file that exists no more: its address is answered differently from one that never did. */
interface GoneRow {
  readonly hash: string;
  readonly time: number;
  readonly isGone: true;
}

export type IndexRow = FileRow | GoneRow;

interface Content {
  readonly size: number;
  readonly type: string;
  /** By the key of the room. */
  readonly rows: Map<string, FileRow>;
}

/**
 * Which files the server keeps. The contents are in the `FileFolder`, once for each hash.
 *
 * 1. A content stays until its last room is deleted, or until {@link evict} removes the contents that were
 *    posted the longest ago.
 * 2. A removed content is in {@link removed} until the folder has deleted it, unless it is posted again.
 * 3. Rows are bounded in number. A file counts with whole blocks of the disk.
 */
export class FileIndex {
  /** In the order in which they were posted last, oldest first. */
  readonly #contents = new Map<string, Content>();
  /** Hashes of former contents, oldest first. */
  readonly #gone = new Set<string>();
  /** Hashes of contents to delete. */
  readonly removed = new Set<string>();
  #bytes = 0;
  #rowCount = 0;

  constructor(
    private readonly rows: Rows<IndexRow>,
    private readonly maxFiles: number = MAX_INDEXED_FILES,
  ) {
    for (const row of [...rows.values()].sort((a, b) => a.time - b.time)) {
      if ("isGone" in row) this.#gone.add(row.hash);
      else this.#insert(row);
    }
  }

  /** Number of contents. */
  get size(): number {
    return this.#contents.size;
  }

  /** Space of all contents on the disk, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The content of a hash, or why it is missing. */
  find(hash: string): Pick<Content, "size" | "type"> | "gone" | undefined {
    return this.#contents.get(hash) ?? (this.#gone.has(hash) ? "gone" : undefined);
  }

  has(hash: string): boolean {
    return this.#contents.has(hash);
  }

  /** Adds a file to a room. Its content is now the newest. */
  add(row: FileRow): void {
    this.rows.set(keyOf(row), row);
    this.#insert(row);
    if (this.#gone.delete(row.hash)) this.rows.delete(row.hash);
    this.removed.delete(row.hash);
    while (this.#rowCount > this.maxFiles) this.#removeOldest(row.time);
  }

  /** Removes the oldest contents past a number of bytes. @returns their number. */
  evict(maxBytes: number, now: number): number {
    const before = this.size;
    while (this.#bytes > maxBytes) this.#removeOldest(now);
    return before - this.size;
  }

  /** Removes a content that the disk has lost. */
  lost(hash: string, now: number): void {
    if (this.#contents.has(hash)) this.#remove(hash, now);
  }

  /** Removes the files of a deleted room, and the contents that are in no other one. */
  forgetRoom(roomKey: string, now: number): void {
    for (const [hash, { rows }] of this.#contents) {
      const row = rows.get(roomKey);
      if (row === undefined) continue;
      if (rows.size === 1) this.#remove(hash, now);
      else {
        rows.delete(roomKey);
        this.rows.delete(keyOf(row));
        this.#rowCount--;
      }
    }
  }

  #insert(row: FileRow): void {
    const { hash, size, type, room } = row;
    const content = this.#contents.get(hash) ?? { size, type, rows: new Map() };
    if (!this.#contents.delete(hash)) this.#bytes += spaceOf(content);
    this.#contents.set(hash, content);
    if (!content.rows.has(room)) this.#rowCount++;
    content.rows.set(room, row);
  }

  #removeOldest(now: number): void {
    const [oldest] = this.#contents.keys();
    this.#remove(oldest!, now);
  }

  #remove(hash: string, time: number): void {
    const content = this.#contents.get(hash)!;
    this.#contents.delete(hash);
    this.#bytes -= spaceOf(content);
    this.#rowCount -= content.rows.size;
    for (const row of content.rows.values()) this.rows.delete(keyOf(row));
    this.removed.add(hash);
    this.rows.set(hash, { hash, time, isGone: true });
    this.#gone.add(hash);
    if (this.#gone.size <= this.maxFiles) return;
    const [oldest] = this.#gone;
    this.#gone.delete(oldest!);
    this.rows.delete(oldest!);
  }
}

/** Space of a file on the disk, in bytes. */
export function spaceOf({ size }: { readonly size: number }): number {
  return Math.max(1, Math.ceil(size / BLOCK_BYTES)) * BLOCK_BYTES;
}

/** The largest file that fits into a space on the disk, in bytes. */
export function largestIn(space: number): number {
  return space - space % BLOCK_BYTES;
}

function keyOf({ hash, room }: FileRow): string {
  return `${hash} ${room}`;
}
