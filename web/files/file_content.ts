/**
 * The content of files in a browser: reading, collecting and hashing it.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ContentWriter } from "../../client/core/download.ts";
import type { ContentHash } from "../../client/core/transfer.ts";
import type { ContentReader } from "../../client/core/upload.ts";
import { MAX_CHUNK_BYTES } from "../../protocol/limits.ts";

export interface FileSource {
  readonly name: string;
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Bytes of one read, a multiple of a chunk: each read involves other processes of the browser. */
const BLOCK_BYTES = 40 * MAX_CHUNK_BYTES;

/** Reads a file in order. The next block is read while the chunks of one are sent. */
export class ReadAhead implements ContentReader {
  #block = new Uint8Array();
  /** Offset in the block. */
  #at = 0;
  /** Bytes requested from the file. */
  #asked = 0;
  #next: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(private readonly source: FileSource) {}

  get size(): number {
    return this.source.size;
  }

  /**
   * Returns the next bytes: fewer than requested only at the end of a block or of the file.
   *
   * @returns the bytes if they have been read, else a promise.
   * @throws if the file cannot be read, or has become shorter.
   */
  read(bytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#at < this.#block.length) return this.#piece(bytes);
    return (this.#next ?? this.#readBlock()).then((block) => {
      this.#block = block;
      this.#at = 0;
      this.#next = this.#asked < this.source.size ? this.#readBlock() : undefined;
      // The next call of read() handles a rejection.
      this.#next?.catch(() => {});
      return this.#piece(bytes);
    });
  }

  #piece(bytes: number): Uint8Array {
    const piece = this.#block.subarray(this.#at, this.#at + bytes);
    this.#at += piece.length;
    return piece;
  }

  async #readBlock(): Promise<Uint8Array<ArrayBuffer>> {
    const start = this.#asked;
    const end = Math.min(start + BLOCK_BYTES, this.source.size);
    this.#asked = end;
    const block = new Uint8Array(await this.source.slice(start, end).arrayBuffer());
    if (block.length !== end - start) throw new Error("Cannot read a file: it is shorter now");
    return block;
  }
}

/** Maximum size of one blob, which a browser may move to the disk. */
const BLOB_BYTES = 8_000_000;

/** Collects a received file. */
export class BlobWriter implements ContentWriter {
  readonly #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #pieceBytes = 0;

  /** The whole file, after its end. */
  get content(): Blob {
    return new Blob(this.#blobs, { type: "application/octet-stream" });
  }

  write(piece: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes >= BLOB_BYTES) this.#join();
  }

  save(): void {
    this.#join();
  }

  #join(): void {
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}

/** A SHA-256 in JavaScript: browsers have a native one only over HTTPS, and only for data as a whole. */
export function sha256Hash(): ContentHash {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => bytesToHex(hash.digest()) };
}
