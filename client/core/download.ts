import type { TransferFrame } from "../../protocol/file_frames.ts";
import { TRANSFER_WINDOW_BYTES } from "../../protocol/limits.ts";
import { fromBase64 } from "./base64.ts";
import type { Transfer, TransferFailure, TransferHost } from "./transfer.ts";

/** Bytes between two confirmations: several per window. */
const CONFIRM_BYTES = TRANSFER_WINDOW_BYTES / 4;

/** The destination of a received file. Each method may return a promise. */
export interface ContentWriter {
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Stores the file permanently: its content is complete and verified. */
  save(): void | Promise<void>;
}

/**
 * A file that is received.
 *
 * 1. Each chunk is written before it is confirmed, so that at most one window waits.
 * 2. It completes only if its size and its SHA-256 are those of the sender; the sender is informed.
 */
export class Download implements Transfer {
  /** Frames that wait for a write. */
  readonly #frames: TransferFrame[] = [];
  #bytes = 0;
  #confirmed = 0;
  #isWriting = false;
  #isOver = false;

  constructor(
    private readonly size: number,
    private readonly transfer: number,
    private readonly writer: ContentWriter,
    private readonly host: TransferHost,
  ) {}

  received(frame: TransferFrame): void {
    this.#frames.push(frame);
    if (!this.#isWriting) void this.#handleAll();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.host.send({ type: "cancel", transfer: this.transfer });
    this.#fail({ type: "stopped" });
  }

  disconnected(): void {
    this.#fail({ type: "disconnected" });
  }

  async #handleAll(): Promise<void> {
    this.#isWriting = true;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      // Without a promise it continues at once: a browser writes to memory.
      const writing = this.#isOver ? undefined : this.#handle(frame);
      if (writing !== undefined) await writing.catch((error) => this.#abortWriting(error));
    }
    this.#isWriting = false;
  }

  #handle(frame: TransferFrame): Promise<void> | undefined {
    try {
      switch (frame.type) {
        case "chunk":
          return this.#write(frame.data);
        case "finish":
          return this.#finish(frame.sha256);
        case "cancelled":
          this.#fail({ type: "cancelled", text: frame.text });
      }
    } catch (error) {
      this.#abortWriting(error);
    }
    return undefined;
  }

  #write(data: string): Promise<void> | undefined {
    const piece = fromBase64(data);
    if (this.#bytes + piece.length > this.size) return void this.#abort({ type: "too large" });
    this.host.hash.update(piece);
    const writing = this.writer.write(piece);
    if (writing instanceof Promise) return writing.then(() => this.#written(piece.length));
    this.#written(piece.length);
    return undefined;
  }

  #written(bytes: number): void {
    if (this.#isOver) return;
    this.#bytes += bytes;
    if (this.#bytes - this.#confirmed < CONFIRM_BYTES && this.#bytes < this.size) return;
    this.#confirmed = this.#bytes;
    this.host.send({ type: "received", transfer: this.transfer, bytes: this.#bytes });
    this.host.progressed(this.#bytes);
  }

  #finish(sha256: string): Promise<void> | undefined {
    const isWhole = this.#bytes === this.size && this.host.hash.digest() === sha256;
    if (!isWhole) return void this.#abort({ type: "mismatch" });
    const saving = this.writer.save();
    if (saving instanceof Promise) return saving.then(() => this.#complete());
    this.#complete();
    return undefined;
  }

  #complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.host.send({ type: "complete", transfer: this.transfer });
    this.host.completed();
  }

  #abortWriting(error: unknown): void {
    this.#abort({ type: "unwritable", error }, this.host.reasonOf?.(error));
  }

  /** Cancels the transfer, and informs the sender. */
  #abort(failure: TransferFailure, reason = "it did not arrive as it was sent"): void {
    if (this.#isOver) return;
    this.host.send({ type: "cancel", transfer: this.transfer, reason });
    this.#fail(failure);
  }

  #fail(failure: TransferFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.host.failed(failure);
  }
}
