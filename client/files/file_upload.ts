import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import {
  type ClientFrame,
  MAX_CHUNK_BYTES,
  TRANSFER_WINDOW_BYTES,
  type TransferFrame,
} from "../../protocol/mod.ts";
import { FileError, systemReason } from "./file_error.ts";

/** What is sent to one receiver. */
export interface UploadSource {
  readonly file: FileHandle;
  readonly name: string;
  readonly size: number;
  /** When the file was written last, as it was offered. */
  readonly mtimeMs: number;
  readonly transfer: number;
}

/**
 * A file on its way to one receiver.
 *
 * 1. Pieces are read and sent while less than a window of them is not confirmed.
 * 2. Exactly as many bytes are sent as were offered; a file that has changed meanwhile is not told
 *    to be complete.
 * 3. It ends well only when the receiver has checked all of it.
 */
export class FileUpload {
  readonly #hash = createHash("sha256");
  readonly #completed = Promise.withResolvers<void>();
  #sent = 0;
  #confirmed = 0;
  #wake: () => void = () => {};
  #failure: Error | undefined;

  constructor(
    private readonly source: UploadSource,
    private readonly post: (frame: ClientFrame) => void,
    private readonly onProgress: (bytes: number) => void,
  ) {
    this.#completed.promise.catch(() => {}); // it may fail before anybody waits for it
  }

  /** @throws {FileError | ConnectionError} when it does not arrive. */
  async run(): Promise<void> {
    const { transfer } = this.source;
    this.onProgress(0);
    try {
      await this.#sendAll();
    } catch (error) {
      if (this.#failure === undefined) {
        const reason = error instanceof FileError ? error.message : "the file cannot be read";
        this.post({ type: "cancel", transfer, reason: reason.replace(/\.$/, "") });
      }
      throw error;
    }
    this.post({ type: "finish", transfer, sha256: this.#hash.digest("hex") });
    await this.#completed.promise;
  }

  /** Takes what the server says about the transfer. */
  received(frame: TransferFrame): void {
    switch (frame.type) {
      case "received":
        this.#confirmed = frame.bytes;
        this.onProgress(frame.bytes);
        return this.#wake();
      case "complete":
        return this.#completed.resolve();
      case "cancelled":
        this.fail(new FileError("cancelled", `${this.source.name} was not sent: ${frame.text}`));
    }
  }

  /** Ends it, and tells the receiver. */
  abort(): void {
    if (this.#failure !== undefined) return;
    const { name, transfer } = this.source;
    this.post({ type: "cancel", transfer });
    this.fail(new FileError("aborted", `You have stopped sending ${name}.`));
  }

  /** It has ended. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#completed.reject(this.#failure);
    this.#wake();
  }

  async #sendAll(): Promise<void> {
    const { size, transfer } = this.source;
    while (this.#sent < size) {
      const length = Math.min(MAX_CHUNK_BYTES, size - this.#sent);
      await this.#room(length);
      const piece = await this.#read(length);
      if (this.#failure !== undefined) throw this.#failure;
      this.#hash.update(piece);
      this.#sent += length;
      this.post({ type: "chunk", transfer, data: piece.toString("base64") });
    }
    await this.#checkUnchanged();
  }

  /** Waits until so many bytes fit into the window. */
  async #room(length: number): Promise<void> {
    while (this.#sent + length - this.#confirmed > TRANSFER_WINDOW_BYTES) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #read(length: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await this.#readInto(piece, read);
      if (bytesRead === 0) throw this.#changed("has become shorter");
      read += bytesRead;
    }
    return piece;
  }

  async #readInto(piece: Buffer, offset: number): Promise<{ bytesRead: number }> {
    const { file, name } = this.source;
    try {
      return await file.read(piece, offset, piece.length - offset, this.#sent + offset);
    } catch (error) {
      throw new FileError("unreadable", `Cannot send ${name}: ${systemReason(error)}.`, {
        cause: error,
      });
    }
  }

  async #checkUnchanged(): Promise<void> {
    const { file, size, mtimeMs } = this.source;
    const stat = await file.stat();
    if (stat.size > size) throw this.#changed("has become longer");
    if (stat.size < size) throw this.#changed("has become shorter");
    if (stat.mtimeMs !== mtimeMs) throw this.#changed("was written to");
  }

  #changed(how: string): FileError {
    return new FileError("changed", `${this.source.name} ${how} while it was sent. Send it again.`);
  }
}
