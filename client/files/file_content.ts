import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { ContentHash } from "../core/transfer.ts";
import type { ContentReader } from "../core/upload.ts";
import { FileError, systemReason } from "./file_error.ts";

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
  #reading: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: OfferedFile) {
    this.size = source.size;
  }

  read(bytes: number): Promise<Uint8Array> {
    const piece = this.#read(bytes);
    this.#reading = piece.catch(() => {});
    return piece;
  }

  /** Resolves when nothing is being read: then the file can be closed. */
  async idle(): Promise<void> {
    await this.#reading;
  }

  async verify(): Promise<void> {
    const { file, size, mtimeMs } = this.source;
    const stat = await file.stat();
    if (stat.size > size) throw this.#changed("has become longer");
    if (stat.size < size) throw this.#changed("has become shorter");
    if (stat.mtimeMs !== mtimeMs) throw this.#changed("was written to");
  }

  async #read(length: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await this.#readInto(piece, read);
      if (bytesRead === 0) throw this.#changed("has become shorter");
      read += bytesRead;
    }
    this.#position += length;
    return piece;
  }

  async #readInto(piece: Buffer, offset: number): Promise<{ bytesRead: number }> {
    const { file, name } = this.source;
    try {
      return await file.read(piece, offset, piece.length - offset, this.#position + offset);
    } catch (error) {
      throw new FileError("unreadable", `Cannot send ${name}: ${systemReason(error)}.`, {
        cause: error,
      });
    }
  }

  #changed(how: string): FileError {
    return new FileError("changed", `${this.source.name} ${how} while it was sent. Send it again.`);
  }
}
