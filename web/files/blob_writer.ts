import type { ContentWriter } from "../../client/core/download.ts";

/** Bytes that become one blob, which a browser may move to the disk. */
const BLOB_BYTES = 8_000_000;

/** Collects a file that is received. */
export class BlobWriter implements ContentWriter {
  readonly #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #pieceBytes = 0;

  /** The whole file, once all of it is written. */
  get content(): Blob {
    return new Blob(this.#blobs, { type: "application/octet-stream" });
  }

  write(piece: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes >= BLOB_BYTES) this.keep();
  }

  keep(): void {
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}
