import { createHash, randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FILE_HASH, SIGNATURE_BYTES } from "../../protocol/mod.ts";
import { makePrivateFolder } from "../private_folder.ts";
import { StorageError } from "./storage_error.ts";

/** Name of the folder in the data directory. */
const FILES_FOLDER = "files";

/** The beginning of the names of files that are not complete. */
const PARTIAL = "upload-";

/**
 * The contents of stored files: each is a file with its SHA-256 as its name, readable by its owner only.
 *
 * A content is written under another name, flushed to the disk and renamed, so that a file with a hash as
 * its name is complete, also after a crash. What a crash has left is removed when the folder is opened.
 */
export class FileFolder {
  readonly #path: string;

  /**
   * @param directory the data directory.
   * @param isKnown whether a hash has a content; others that a crash has left are removed.
   * @throws {StorageError} when the folder cannot be read or written to.
   */
  constructor(
    directory: string,
    isKnown: (hash: string) => boolean,
    private readonly sync: "normal" | "full",
  ) {
    this.#path = join(directory, FILES_FOLDER);
    try {
      makePrivateFolder(this.#path);
      for (const name of readdirSync(this.#path)) {
        const isLeft = FILE_HASH.test(name) ? !isKnown(name) : name.startsWith(PARTIAL);
        if (isLeft) rmSync(join(this.#path, name), { force: true, recursive: true });
      }
      const probe = join(this.#path, `${PARTIAL}probe`);
      makePrivateFolder(probe);
      rmSync(probe, { recursive: true });
    } catch (error) {
      throw StorageError.of("open", this.#path, error);
    }
  }

  /** Begins a new file. @throws {StorageError} */
  async create(): Promise<PartialFile> {
    const path = join(this.#path, PARTIAL + randomUUID());
    const file = await this.#orFailed(() => open(path, "wx", 0o600));
    return new PartialFile(path, file);
  }

  /** Makes a complete file that of its hash. It may not be in use any more. @throws {StorageError} */
  async keep({ path }: PartialFile, hash: string): Promise<void> {
    await this.#orFailed(async () => {
      await rename(path, join(this.#path, hash));
      if (this.sync === "full") await this.#flushFolder();
    });
  }

  /** Opens a content to read it; `undefined` if it is missing. @throws {StorageError} */
  async read(
    hash: string,
  ): Promise<{ readonly file: FileHandle; readonly size: number } | undefined> {
    try {
      const file = await open(join(this.#path, hash), "r");
      return { file, size: (await file.stat()).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw StorageError.of("read", this.#path, error);
    }
  }

  /** @throws {StorageError} */
  async remove(hash: string): Promise<void> {
    await this.#orFailed(() => rm(join(this.#path, hash), { force: true }));
  }

  /** Writes a new name to the disk, where the system can do that. */
  async #flushFolder(): Promise<void> {
    const folder = await open(this.#path, "r").catch(() => undefined);
    await folder?.sync().catch(() => {});
    await folder?.close();
  }

  async #orFailed<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw StorageError.of("write", this.#path, error);
    }
  }
}

/** A file that is being written, and the SHA-256 of its bytes. */
export class PartialFile {
  readonly #hash = createHash("sha256");
  #start = new Uint8Array();
  #isOpen = true;

  constructor(readonly path: string, private readonly file: FileHandle) {}

  /** Appends bytes. Not called before the last call has ended. @throws the error of the system. */
  async write(bytes: Uint8Array): Promise<void> {
    const missing = SIGNATURE_BYTES - this.#start.length;
    if (missing > 0) this.#start = new Uint8Array([...this.#start, ...bytes.subarray(0, missing)]);
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length;) {
      at += (await this.file.write(bytes, at, bytes.length - at)).bytesWritten;
    }
  }

  /** Writes all to the disk, and closes. @returns the SHA-256 and the first bytes. */
  async finish(): Promise<{ readonly hash: string; readonly start: Uint8Array }> {
    await this.file.datasync();
    await this.#close();
    return { hash: this.#hash.digest("hex"), start: this.#start };
  }

  /** Removes it, unless it is kept: also after an error, and again. */
  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await rm(this.path, { force: true }).catch(() => {});
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.file.close();
  }
}
