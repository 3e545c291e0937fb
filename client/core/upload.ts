import type { TransferFrame } from "../../protocol/file_frames.ts";
import type { ClientFrame } from "../../protocol/frames.ts";
import { MAX_CHUNK_BYTES, TRANSFER_WINDOW_BYTES } from "../../protocol/limits.ts";
import { toBase64 } from "./base64.ts";
import type { Transfer, TransferFailure, TransferHost } from "./transfer.ts";

/** The content of a file to send. */
export interface ContentReader {
  /** In bytes. */
  readonly size: number;
  /**
   * Reads the next bytes: at least one, and at most `bytes`.
   *
   * @returns the bytes if they are available already, else a promise.
   * @throws if the file cannot be read, or has become shorter.
   */
  read(bytes: number): Uint8Array | Promise<Uint8Array>;
  /** Called after the last byte. @throws if the file has changed since it was offered. */
  verify?(): Promise<void>;
}

/**
 * A file that is sent to one receiver.
 *
 * 1. Chunks are read and sent while less than a window of them is unconfirmed.
 * 2. Exactly the offered number of bytes is sent; a file that has changed meanwhile is not completed.
 * 3. It completes only when the receiver has verified it.
 */
export class Upload implements Transfer {
  #sent = 0;
  #confirmed = 0;
  #isReading = false;
  #isOver = false;
  #isFinished = false;

  constructor(
    private readonly content: ContentReader,
    private readonly transfer: number,
    private readonly host: TransferHost,
  ) {}

  async start(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#mayGoOn()) {
        const length = Math.min(MAX_CHUNK_BYTES, this.content.size - this.#sent);
        const piece = this.content.read(length);
        this.#sendPiece(piece instanceof Promise ? await piece : piece);
      }
      // Without a wait after the loop: a confirmation during it would start no other reading.
      this.#isReading = false;
      if (this.#sent >= this.content.size) await this.#finish();
    } catch (error) {
      const reason = this.host.reasonOf?.(error) ?? "the file cannot be read";
      this.#send({ type: "cancel", transfer: this.transfer, reason });
      this.#fail({ type: "unreadable", error });
    }
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
        this.#fail({ type: "cancelled", text: frame.text });
    }
  }

  cancel(): void {
    this.#send({ type: "cancel", transfer: this.transfer });
    this.#fail({ type: "stopped" });
  }

  disconnected(): void {
    this.#fail({ type: "disconnected" });
  }

  #mayGoOn(): boolean {
    const length = Math.min(MAX_CHUNK_BYTES, this.content.size - this.#sent);
    return !this.#isOver && length > 0 &&
      this.#sent + length - this.#confirmed <= TRANSFER_WINDOW_BYTES;
  }

  #sendPiece(piece: Uint8Array): void {
    if (this.#isOver) return;
    this.host.hash.update(piece);
    this.#sent += piece.length;
    this.#send({ type: "chunk", transfer: this.transfer, data: toBase64(piece) });
  }

  async #finish(): Promise<void> {
    if (this.#isOver || this.#isFinished) return;
    this.#isFinished = true;
    await this.content.verify?.();
    this.#send({ type: "finish", transfer: this.transfer, sha256: this.host.hash.digest() });
  }

  #send(frame: ClientFrame): void {
    if (!this.#isOver) this.host.send(frame);
  }

  #fail(failure: TransferFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.host.failed(failure);
  }
}
