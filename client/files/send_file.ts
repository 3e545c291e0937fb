import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { FileFrame } from "../../protocol/mod.ts";
import type { ConnectionError } from "../core/connection_errors.ts";
import type { TransferFailure } from "../core/transfer.ts";
import { Upload } from "../core/upload.ts";
import { systemReason } from "../system_reason.ts";
import { abortable } from "./abortable.ts";
import type { FileChat, FileProgress } from "./file_chat.ts";
import { FileContent, nativeHash, type OfferedFile } from "./file_content.ts";
import { FileError } from "./file_error.ts";

/** Options of {@link sendFile}. */
export interface SendFileOptions {
  /** Withdraws the offer, and stops all transfers. */
  readonly signal?: AbortSignal;
  /** Called when the server has accepted the offer. */
  readonly onOffered?: (offer: { readonly name: string; readonly size: number }) => void;
  /** Called when a user has accepted, with 0 bytes, and as more arrives there. */
  readonly onProgress?: (progress: FileProgress) => void;
  /**
   * Called for each receiver at the end of the transfer, and in a room, where there may be many, for
   * each user who refuses the offer.
   */
  readonly onSettled?: (name: string, error: Error | undefined) => void;
}

/** Result of {@link sendFile}. */
export interface SentFile {
  /** The name in the offer, without folders. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The users that have received and verified it. */
  readonly receivers: readonly string[];
}

/**
 * Offers a file to a user or to the room, and sends it to the users who accept.
 *
 * An offer to a user ends with the answer; one to a room is valid for ten minutes, or until the
 * signal. The file is read anew for each receiver, a piece at a time.
 *
 * @param to name of the user, or of the room; `#room` is the room in any case.
 * @throws {FileError} when it cannot be read, or did not reach the user. In a room, failed receivers
 * are only reported to `onSettled`.
 * @throws {ChatError} when the server refuses the offer.
 * @throws {ConnectionError} when the connection ends first.
 */
export async function sendFile(
  chat: FileChat,
  to: string,
  path: string,
  options: SendFileOptions = {},
): Promise<SentFile> {
  const name = basename(path);
  options.signal?.throwIfAborted();
  // A network folder that does not answer blocks even the system call.
  const source = await abortable(
    openFile(path),
    options.signal,
    () => stopped(name),
    ({ file }) => void file.close(),
  );
  try {
    return await new Sending(chat, { name, ...source }, options).run(to);
  } finally {
    await source.file.close();
  }
}

/**
 * Opens an ordinary file and reads its size.
 *
 * 1. It refuses anything else before it opens it: opening a FIFO waits for a writer, and opening a
 *    device can have effects.
 * 2. `O_NONBLOCK`, in case the file is replaced by a FIFO in between.
 * 3. A file below `/proc` has content but no size.
 */
export async function openFile(
  path: string,
): Promise<{ file: FileHandle; size: number; mtimeMs: number }> {
  let file: FileHandle | undefined;
  try {
    checkOrdinary(path, await stat(path));
    // Windows has no such flag, and no FIFOs among its files.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    checkOrdinary(path, found);
    const { size, mtimeMs } = found;
    if (size === 0 && (await file.read(Buffer.alloc(1), 0, 1, 0)).bytesRead > 0) {
      throw unreadable(path, "its size is unknown");
    }
    return { file, size, mtimeMs };
  } catch (error) {
    await file?.close();
    if (error instanceof FileError) throw error;
    // The runtime opens devices, such as /dev/stdin, only with all permissions.
    const isDevice = error instanceof Error && error.name === "NotCapable";
    throw unreadable(path, isDevice ? NOT_ORDINARY : systemReason(error), error);
  }
}

const NOT_ORDINARY = "it is no ordinary file";

function checkOrdinary(path: string, found: { isFile(): boolean; isDirectory(): boolean }): void {
  if (!found.isFile()) {
    throw unreadable(path, found.isDirectory() ? "it is a folder" : NOT_ORDINARY);
  }
}

function stopped(name: string): FileError {
  return new FileError("aborted", `You have stopped sending ${name}.`);
}

function unreadable(path: string, reason: string, cause?: unknown): FileError {
  return new FileError("unreadable", `Cannot send ${path}: ${reason}.`, { cause });
}

/** An offer, and its transfers to the users who accept. */
class Sending {
  readonly #uploads = new Map<number, Upload>();
  readonly #receivers: string[] = [];
  readonly #ended = Promise.withResolvers<void>();
  /** Frames that arrived before the number of the file was known. */
  #early: FileFrame[] | undefined = [];
  #file = 0;
  #isOpen = true;
  #isRoom = false;
  #running = 0;
  #failure: Error | undefined;
  #connectionError: ConnectionError | undefined;

  constructor(
    private readonly chat: FileChat,
    private readonly source: OfferedFile,
    private readonly options: SendFileOptions,
  ) {}

  async run(to: string): Promise<SentFile> {
    const { chat, source: { name, size }, options: { signal, onOffered } } = this;
    signal?.throwIfAborted();
    const stop = chat.watch({
      received: (frame) => this.#received(frame),
      closed: (error) => this.#closed(error),
    });
    const abort = () => this.#abort();
    signal?.addEventListener("abort", abort);
    try {
      const { file, room } = await chat.offer(to, name, size);
      this.#file = file;
      this.#isRoom = room;
      onOffered?.({ name, size });
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const frame of early) this.#received(frame);
      if (signal?.aborted === true) this.#abort();
      await this.#ended.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      stop();
    }
    if (this.#failure !== undefined && this.#receivers.length === 0) throw this.#failure;
    return { name, size, receivers: this.#receivers };
  }

  #received(frame: FileFrame): void {
    if (this.#early !== undefined) return void this.#early.push(frame);
    if ("transfer" in frame && frame.type !== "accepted") {
      return this.#uploads.get(frame.transfer)?.received(frame);
    }
    if (frame.file !== this.#file) return;
    switch (frame.type) {
      case "accepted":
        return this.#accepted(frame.transfer, frame.by);
      case "refused":
        this.#refused(frame.by);
        break;
      case "withdrawn":
        this.#failure ??= new FileError("withdrawn", this.#withdrawnText(frame.reason));
        this.#isOpen = false;
    }
    this.#endIfDone();
  }

  #refused(by: string): void {
    const refusal = new FileError("refused", `${by} refused ${this.source.name}.`);
    // In a room it is one of many, and the offer is still open for the others.
    if (this.#isRoom) return this.options.onSettled?.(by, refusal);
    this.#failure = refusal;
    this.#isOpen = false;
  }

  #withdrawnText(reason: string): string {
    const { name } = this.source;
    if (reason === "busy") {
      return `The server needed the place of ${name} for others. Try again later.`;
    }
    if (reason === "expired") return `No user has accepted ${name} in time.`;
    return reason === "gone"
      ? `Cannot send ${name}: no receiver is online any more.`
      : `${name} is not offered any more.`;
  }

  #accepted(transfer: number, by: string): void {
    if (!this.#isRoom) this.#isOpen = false;
    const { chat, source, options } = this;
    const content = new FileContent(source);
    const progressed = (bytes: number) =>
      options.onProgress?.({ name: by, bytes, size: source.size });
    const settle = (error: Error | undefined) =>
      void content.idle().then(() => this.#settled(transfer, by, error));
    const upload = new Upload(content, transfer, {
      hash: nativeHash(),
      send: (frame) => chat.post(frame),
      progressed,
      completed: () => settle(undefined),
      failed: (failure) => settle(this.#errorOf(failure)),
      reasonOf: (error) =>
        error instanceof FileError ? error.message.replace(/\.$/, "") : "the file cannot be read",
    });
    this.#uploads.set(transfer, upload);
    this.#running++;
    progressed(0);
    void upload.start();
  }

  #settled(transfer: number, by: string, error: Error | undefined): void {
    if (error === undefined) this.#receivers.push(by);
    else this.#failure = error;
    this.#uploads.delete(transfer);
    this.#running--;
    this.options.onSettled?.(by, error);
    this.#endIfDone();
  }

  #errorOf(failure: TransferFailure): Error {
    const { name } = this.source;
    switch (failure.type) {
      case "cancelled":
        return new FileError("cancelled", `${name} was not sent: ${failure.text}`);
      case "unreadable":
        return failure.error as Error;
      case "disconnected":
        return this.#connectionError!;
      default:
        return stopped(name);
    }
  }

  /** Withdraws the offer, and ends all uploads. */
  #abort(): void {
    if (this.#file === 0) return;
    this.#failure ??= stopped(this.source.name);
    if (this.#isOpen) this.chat.post({ type: "withdraw", file: this.#file });
    this.#isOpen = false;
    for (const upload of this.#uploads.values()) upload.cancel();
    this.#endIfDone();
  }

  #closed(error: ConnectionError): void {
    this.#isOpen = false;
    this.#failure = error;
    this.#connectionError = error;
    for (const upload of this.#uploads.values()) upload.disconnected();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#isOpen && this.#running === 0) this.#ended.resolve();
  }
}
