import type { TransferFrame } from "../../protocol/frames.ts";
import { TRANSFER_WINDOW_BYTES } from "../../protocol/limits.ts";
import { fromBase64 } from "./base64.ts";
import { Sha256 } from "./sha256.ts";
import type { Transfer, TransferHost } from "./transfer.ts";

/** Bytes after which it is confirmed that they are there. */
const CONFIRM_BYTES = TRANSFER_WINDOW_BYTES / 4;

/** Bytes that become one blob, which a browser may keep on the disk. */
const BLOB_BYTES = 8_000_000;

/** What a download tells besides. */
export interface DownloadHost extends TransferHost {
  /** All of it is there, and it is what was sent. */
  completed(content: Blob): void;
}

/** A file that is coming in. */
export class Download implements Transfer {
  readonly #hash = new Sha256();
  readonly #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #pieceBytes = 0;
  #bytes = 0;
  #confirmed = 0;
  #isOver = false;

  constructor(
    private readonly size: number,
    private readonly transfer: number,
    private readonly host: DownloadHost,
  ) {}

  received(frame: TransferFrame): void {
    if (this.#isOver) return;
    switch (frame.type) {
      case "chunk":
        return this.#take(fromBase64(frame.data));
      case "finish":
        return this.#finish(frame.sha256);
      case "cancelled":
        return this.#fail(frame.text);
    }
  }

  cancel(): void {
    if (this.#isOver) return;
    this.host.send({ type: "cancel", transfer: this.transfer });
    this.#fail("You have stopped it.");
  }

  connectionEnded(): void {
    this.#fail("The connection broke.");
  }

  #take(piece: Uint8Array<ArrayBuffer>): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.size) return this.#giveUp();
    this.#hash.update(piece);
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes >= BLOB_BYTES) this.#pack();
    if (this.#bytes - this.#confirmed < CONFIRM_BYTES && this.#bytes < this.size) return;
    this.#confirmed = this.#bytes;
    this.host.send({ type: "received", transfer: this.transfer, bytes: this.#bytes });
    this.host.progressed(this.#bytes);
  }

  #finish(sha256: string): void {
    if (this.#bytes !== this.size || this.#hash.digest() !== sha256) return this.#giveUp();
    this.#isOver = true;
    this.#pack();
    this.host.send({ type: "complete", transfer: this.transfer });
    this.host.completed(new Blob(this.#blobs, { type: "application/octet-stream" }));
  }

  #pack(): void {
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #giveUp(): void {
    const reason = "it did not arrive as it was sent";
    this.host.send({ type: "cancel", transfer: this.transfer, reason });
    this.#fail("It did not arrive as it was sent. Ask for it again.");
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces = [];
    this.#blobs.length = 0;
    this.host.failed(reason);
  }
}
