import { type ClientFrame, type TransferFrame } from "../../protocol/frames.ts";
import { MAX_CHUNK_BYTES, TRANSFER_WINDOW_BYTES } from "../../protocol/limits.ts";
import { toBase64 } from "./base64.ts";
import { type FileSource, ReadAhead } from "./read_ahead.ts";
import { Sha256 } from "./sha256.ts";
import type { Transfer, TransferHost } from "./transfer.ts";

/** What an upload tells besides. */
export interface UploadHost extends TransferHost {
  /** The receiver has all of it, and has checked it. */
  completed(): void;
}

/**
 * A file on its way to one receiver.
 *
 * 1. Pieces are read and sent while less than a window of them is not confirmed.
 * 2. It ends well only when the receiver has checked all of it.
 * 3. A file that has changed since it was chosen cannot be read any more: browsers see to that.
 */
export class Upload implements Transfer {
  readonly #hash = new Sha256();
  readonly #reader: ReadAhead;
  #sent = 0;
  #confirmed = 0;
  #isReading = false;
  #isOver = false;
  #isFinished = false;

  constructor(
    private readonly source: FileSource,
    private readonly transfer: number,
    private readonly host: UploadHost,
  ) {
    this.#reader = new ReadAhead(source);
  }

  /** Sends what fits into the window. */
  async start(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#mayGoOn()) {
        const piece = this.#reader.take(MAX_CHUNK_BYTES);
        this.#sendPiece(piece instanceof Promise ? await piece : piece);
      }
    } catch {
      this.#send({ type: "cancel", transfer: this.transfer, reason: "the file cannot be read" });
      this.#fail("It cannot be read, or has changed since you chose it.");
    }
    this.#isReading = false;
    if (this.#isOver || this.#isFinished || this.#sent < this.source.size) return;
    this.#isFinished = true;
    this.#send({ type: "finish", transfer: this.transfer, sha256: this.#hash.digest() });
  }

  received(frame: TransferFrame): void {
    if (this.#isOver) return;
    switch (frame.type) {
      case "received":
        this.#confirmed = frame.bytes;
        this.host.progressed(frame.bytes);
        void this.start();
        break;
      case "complete":
        this.#isOver = true;
        this.host.completed();
        break;
      case "cancelled":
        this.#fail(frame.text);
    }
  }

  cancel(): void {
    this.#send({ type: "cancel", transfer: this.transfer });
    this.#fail("You have stopped it.");
  }

  connectionEnded(): void {
    this.#fail("The connection broke.");
  }

  #mayGoOn(): boolean {
    const { size } = this.source;
    const length = Math.min(MAX_CHUNK_BYTES, size - this.#sent);
    return !this.#isOver && length > 0 &&
      this.#sent + length - this.#confirmed <= TRANSFER_WINDOW_BYTES;
  }

  #sendPiece(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#sent += piece.length;
    this.#send({ type: "chunk", transfer: this.transfer, data: toBase64(piece) });
  }

  #send(frame: ClientFrame): void {
    if (!this.#isOver) this.host.send(frame);
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.host.failed(reason);
  }
}
