import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { ContentHash } from "../core/transfer.ts";
import type { ContentReader } from "../core/upload.ts";
import { systemReason } from "../system_reason.ts";
import { FileError } from "./file_error.ts";

/** An open file, as it was offered. */
export interface OfferedFile {
  readonly file: FileHandle;
  readonly name: string;
  readonly size: number;
  /** Time of the last change. */
  readonly mtimeMs: number;
}

/** A SHA-256 by the system's library. */
export function nativeHash(): ContentHash {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

/** Reads an open file from its start, once for each receiver. All errors are {@link FileError}s. */
export class FileContent implements ContentReader {
  readonly size: number;
  #position = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: OfferedFile) {
    this.size = source.size;
  }

  read(bytes: number): Promise<Uint8Array> {
    return this.#use(this.#read(bytes));
  }

  /** Resolves when the file is not in use any more, and can be closed. */
  async idle(): Promise<void> {
    await this.#busy;
  }

  verify(): Promise<void> {
    return this.#use(this.#verify());
  }

  #use<Result>(use: Promise<Result>): Promise<Result> {
    this.#busy = Promise.all([this.#busy, use.catch(() => {})]);
    return use;
  }

  async #verify(): Promise<void> {
    const { file, size, mtimeMs } = this.source;
    const stat = await this.#orUnreadable(() => file.stat());
    if (stat.size > size) throw this.#changed("has become longer");
    if (stat.size < size) throw this.#changed("has become shorter");
    if (stat.mtimeMs !== mtimeMs) throw this.#changed("was written to");
  }

  async #read(length: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(length);
    const { file } = this.source;
    let read = 0;
    while (read < length) {
      const { bytesRead } = await this.#orUnreadable(() =>
        file.read(piece, read, length - read, this.#position + read)
      );
      if (bytesRead === 0) throw this.#changed("has become shorter");
      read += bytesRead;
    }
    this.#position += length;
    return piece;
  }

  async #orUnreadable<Result>(use: () => Promise<Result>): Promise<Result> {
    try {
      return await use();
    } catch (error) {
      const text = `Cannot send ${this.source.name}: ${systemReason(error)}.`;
      throw new FileError("unreadable", text, { cause: error });
    }
  }

  #changed(how: string): FileError {
    return new FileError("changed", `${this.source.name} ${how} while it was sent. Send it again.`);
  }
}
