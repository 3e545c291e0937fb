import { basename } from "node:path";
import { type FileFrame, type OfferedFrame, sizeText } from "../../protocol/mod.ts";
import { Download } from "../core/download.ts";
import type { TransferFailure } from "../core/transfer.ts";
import { systemReason } from "../system_reason.ts";
import type { FileChat, FileProgress } from "./file_chat.ts";
import { nativeHash } from "./file_content.ts";
import { FileError } from "./file_error.ts";
import { safeFileName } from "./file_name.ts";
import { PartFile } from "./part_file.ts";

/** Options of {@link receiveFile}. */
export interface ReceiveFileOptions {
  /** The name of the saved file, unchanged, instead of the offered one. */
  readonly name?: string;
  /** Stops the transfer. */
  readonly signal?: AbortSignal;
  /** Called at the start, with 0 bytes, and as more arrives. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** A received file. */
export interface ReceivedFile {
  /** Path of the saved file. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Accepts an offered file, and writes it into a folder under a name that is safe there.
 *
 * It is called `NAME.part` until it is complete. Nothing is overwritten: if the name is taken, the
 * file is called `NAME (2)`.
 *
 * @param offer one of the chat's events.
 * @param directory an existing folder.
 * @throws {FileError} when it does not arrive complete, or cannot be written; nothing of it is left.
 * @throws {ChatError} when the offer is not valid any more.
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
  const receiving = new Receiving(chat, offer, name, options);
  return { path: await receiving.run(directory), size: offer.size };
}

function unwritable(name: string, error: unknown): FileError {
  return new FileError(
    isDiskFull(error) ? "disk_full" : "unwritable",
    `Cannot save ${name}: ${systemReason(error, "write")}.`,
    { cause: error },
  );
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The offer is watched before the file is created: it may end meanwhile. */
class Receiving {
  readonly #done = Promise.withResolvers<string>();
  #download: Download | undefined;
  #transfer: number | undefined;
  #path = "";
  #isStopped = false;
  /** Whether the offer has ended before it was accepted. */
  #isOver = false;

  constructor(
    private readonly chat: FileChat,
    private readonly offer: OfferedFrame,
    private readonly name: string,
    private readonly options: ReceiveFileOptions,
  ) {
    this.#done.promise.catch(() => {}); // it may be rejected before it is awaited
  }

  /** @returns the path of the file. */
  async run(directory: string): Promise<string> {
    let part: PartFile | undefined;
    const stop = this.chat.watch({
      received: (frame) =>
        part === undefined ? this.#withdrawn(frame) : this.#received(frame, part),
      closed: (error) => {
        this.#isOver = true;
        this.#done.reject(error);
        this.#download?.disconnected();
      },
    });
    try {
      part = await PartFile.create(directory, this.name).catch((error) => {
        throw unwritable(this.name, error);
      });
      return await this.#accept();
    } catch (error) {
      await part?.discard();
      if (part === undefined && this.#isOver) await this.#done.promise; // throws the first reason
      throw error;
    } finally {
      stop();
    }
  }

  async #accept(): Promise<string> {
    if (this.#isOver) return await this.#done.promise;
    const { chat, offer, options: { signal } } = this;
    const accepting = chat.accept(offer.file).catch((error) => this.#done.reject(error));
    const abort = () => {
      this.#isStopped = true;
      // The number of the transfer, without which it cannot be cancelled, comes before the answer.
      if (this.#download === undefined) void accepting.then(() => this.#stop());
      else this.#stop();
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort(); // while the file was created
    try {
      return await this.#done.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #received(frame: FileFrame, part: PartFile): void {
    if (frame.type === "accepted") {
      // The other receivers of an offer to a room are reported to the sender alone.
      const isMine = frame.file === this.offer.file && this.#transfer === undefined;
      if (isMine) this.#accepted(frame.transfer, part);
    } else if (frame.type === "withdrawn") this.#withdrawn(frame);
    else if ("transfer" in frame && frame.transfer === this.#transfer) {
      this.#download?.received(frame);
    }
  }

  #withdrawn(frame: FileFrame): void {
    if (frame.type !== "withdrawn" || frame.file !== this.offer.file) return;
    if (this.#transfer !== undefined) return;
    this.#isOver = true;
    this.#done.reject(new FileError("withdrawn", `${this.name} is not offered any more.`));
  }

  #accepted(transfer: number, part: PartFile): void {
    const { chat, offer: { from, size }, options } = this;
    this.#transfer = transfer;
    const progressed = (bytes: number) => options.onProgress?.({ name: from, bytes, size });
    const writer = {
      write: (bytes: Uint8Array) => part.write(bytes),
      save: async () => void (this.#path = await part.keep()),
    };
    this.#download = new Download(size, transfer, writer, {
      hash: nativeHash(),
      send: (frame) => chat.post(frame),
      progressed,
      completed: () => this.#done.resolve(this.#path),
      failed: (failure) => this.#done.reject(this.#errorOf(failure)),
      reasonOf: (error) => isDiskFull(error) ? "the disk is full" : "the file cannot be written",
    });
    if (!this.#isStopped) progressed(0);
  }

  #stop(): void {
    this.#download?.cancel();
    this.#done.reject(this.#errorOf({ type: "stopped" }));
  }

  #errorOf(failure: TransferFailure): FileError {
    const { name, offer: { size } } = this;
    switch (failure.type) {
      case "cancelled":
        return new FileError("cancelled", `${name} did not arrive: ${failure.text}`);
      case "unwritable":
        return unwritable(name, failure.error);
      case "too large":
        return new FileError("checksum", `${name} is larger than ${sizeText(size)}.`);
      case "mismatch":
        return new FileError(
          "checksum",
          `${name} did not arrive as it was sent. Ask for it again.`,
        );
      default:
        return new FileError("aborted", `You have stopped receiving ${name}.`);
    }
  }
}
