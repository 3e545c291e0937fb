/**
 * Receiving a file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import {
  type FileFrame,
  type OfferedFrame,
  sizeText,
  TRANSFER_WINDOW_BYTES,
  type TransferFrame,
} from "../../protocol/mod.ts";
import type { FileChat, FileProgress } from "./file_chat.ts";
import { FileError, systemReason } from "./file_error.ts";
import { safeFileName } from "./file_name.ts";
import { PartFile } from "./part_file.ts";

/** Bytes after which the sender is told that they arrived: several times a window. */
const CONFIRM_BYTES = TRANSFER_WINDOW_BYTES / 4;

/** How a file is received. */
export interface ReceiveFileOptions {
  /** The name to give it, as it is, instead of the one that it was offered with. */
  readonly name?: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Called at the start, with 0 bytes, and as more arrives. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** A file that has arrived. */
export interface ReceivedFile {
  /** Where it was saved. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Accepts an offered file, and writes it into a folder under a name that is safe there.
 *
 * While it comes in it is called `NAME.part`. Nothing is overwritten: where the name is taken, the
 * file is called `NAME (2)`.
 *
 * @param offer as it came among the chat's events.
 * @param directory that is there.
 * @throws {FileError} when it does not arrive whole, or cannot be written; nothing of it is left.
 * @throws {ChatError} when the offer does not stand any more.
 * @throws {ConnectionError} when the connection ends first.
 */
export async function receiveFile(
  chat: FileChat,
  offer: OfferedFrame,
  directory: string,
  options: ReceiveFileOptions = {},
): Promise<ReceivedFile> {
  options.signal?.throwIfAborted();
  const name = options.name ?? safeFileName(offer.name);
  if (basename(name) !== name) throw new TypeError("Cannot save a file: its name is a path");
  let part: PartFile;
  try {
    part = await PartFile.create(directory, name);
  } catch (error) {
    throw unwritable(name, error);
  }
  const receiving = new Receiving(chat, offer, part, name, options);
  try {
    return { path: await receiving.run(), size: offer.size };
  } catch (error) {
    await part.discard();
    throw error;
  }
}

function unwritable(name: string, error: unknown): FileError {
  const { code } = error as { code?: unknown };
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const reason = systemReason(error, "write");
  return new FileError(
    isFull ? "disk_full" : "unwritable",
    `Cannot save ${name}: ${reason}.`,
    { cause: error },
  );
}

/** A file that is coming in. */
class Receiving {
  readonly #hash = createHash("sha256");
  readonly #done = Promise.withResolvers<string>();
  /** What came and was not written yet: at most a window. */
  readonly #frames: TransferFrame[] = [];
  #transfer: number | undefined;
  #bytes = 0;
  #confirmed = 0;
  #isWriting = false;
  #isOver = false;

  constructor(
    private readonly chat: FileChat,
    private readonly offer: OfferedFrame,
    private readonly part: PartFile,
    private readonly name: string,
    private readonly options: ReceiveFileOptions,
  ) {}

  /** @returns the path of the file. */
  async run(): Promise<string> {
    const { chat, offer, options: { signal } } = this;
    const stop = chat.watch({
      received: (frame) => this.#received(frame),
      closed: (error) => this.#fail(error),
    });
    const accepting = chat.accept(offer.file).catch((error) => this.#fail(error));
    const abort = () => {
      this.#isOver = true;
      // The number of the transfer, without which it cannot be cancelled, comes before the answer.
      void accepting.then(() => {
        this.#cancel();
        this.#fail(new FileError("aborted", `You have stopped receiving ${this.name}.`));
      });
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort(); // while the file was created
    try {
      return await this.#done.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      stop();
    }
  }

  #received(frame: FileFrame): void {
    const { file } = this.offer;
    if (frame.type === "accepted") {
      // In a room the others accept, too; they are told to the sender alone.
      if (frame.file !== file || this.#transfer !== undefined) return;
      this.#transfer = frame.transfer;
      if (!this.#isOver) this.#tellProgress();
    } else if (frame.type === "withdrawn") {
      if (frame.file !== file || this.#transfer !== undefined) return;
      this.#fail(new FileError("withdrawn", `${this.name} is not offered any more.`));
    } else if ("transfer" in frame && frame.transfer === this.#transfer) {
      this.#frames.push(frame);
      if (!this.#isWriting) void this.#writeAll();
    }
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      if (this.#isOver) continue;
      if (frame.type === "chunk") await this.#write(frame.data);
      else if (frame.type === "finish") await this.#finish(frame.sha256);
      else if (frame.type === "cancelled") {
        this.#fail(new FileError("cancelled", `${this.name} did not arrive: ${frame.text}`));
      }
    }
    this.#isWriting = false;
  }

  async #write(data: string): Promise<void> {
    const piece = Buffer.from(data, "base64");
    if (this.#bytes + piece.length > this.offer.size) {
      return this.#give(
        new FileError("checksum", `${this.name} is larger than ${sizeText(this.offer.size)}.`),
      );
    }
    this.#hash.update(piece);
    try {
      await this.part.write(piece);
    } catch (error) {
      return this.#give(unwritable(this.name, error));
    }
    if (this.#isOver) return;
    this.#bytes += piece.length;
    if (this.#bytes - this.#confirmed < CONFIRM_BYTES && this.#bytes < this.offer.size) return;
    this.#confirmed = this.#bytes;
    this.chat.post({ type: "received", transfer: this.#transfer!, bytes: this.#bytes });
    this.#tellProgress();
  }

  async #finish(sha256: string): Promise<void> {
    const isWhole = this.#bytes === this.offer.size && this.#hash.digest("hex") === sha256;
    if (!isWhole) {
      const text = `${this.name} did not arrive as it was sent. Ask for it again.`;
      return this.#give(new FileError("checksum", text));
    }
    try {
      const path = await this.part.keep();
      this.#isOver = true;
      this.chat.post({ type: "complete", transfer: this.#transfer! });
      this.#done.resolve(path);
    } catch (error) {
      this.#give(unwritable(this.name, error));
    }
  }

  /** Gives it up, and tells the sender why. */
  #give(error: FileError): void {
    const reasons = {
      disk_full: "the disk is full",
      unwritable: "the file cannot be written",
      checksum: "it did not arrive as it was sent",
    } as const;
    this.#cancel(reasons[error.code as keyof typeof reasons]);
    this.#fail(error);
  }

  #cancel(reason?: string): void {
    if (this.#transfer === undefined) return;
    const why = reason === undefined ? undefined : { reason };
    this.chat.post({ type: "cancel", transfer: this.#transfer, ...why });
  }

  #fail(error: Error): void {
    this.#isOver = true;
    this.#done.reject(error);
  }

  #tellProgress(): void {
    const { offer: { from, size }, options } = this;
    options.onProgress?.({ name: from, bytes: this.#bytes, size });
  }
}
