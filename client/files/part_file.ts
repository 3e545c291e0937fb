import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { numberedName } from "./file_name.ts";

/** Maximum number of names that are tried in a folder. */
const MAX_ATTEMPTS = 1000;

/**
 * A file that is being received: `NAME.part` until it is complete.
 *
 * 1. It never replaces another file: both names are created exclusively, with a number if they are
 *    taken.
 * 2. It gets its own name only when all of it is on the disk.
 * 3. An abandoned file leaves nothing behind.
 */
export class PartFile {
  private constructor(
    private readonly directory: string,
    private readonly name: string,
    private readonly part: string,
    private readonly file: FileHandle,
  ) {}

  /** @param name a safe file name. @throws the error of the system. */
  static async create(directory: string, name: string): Promise<PartFile> {
    const { path, file } = await createExclusively(
      (number) => join(directory, `${numberedName(name, number)}.part`),
    );
    return new PartFile(directory, name, path, file);
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      written += (await this.file.write(bytes, written, bytes.length - written)).bytesWritten;
    }
  }

  /** Renames the complete file. @returns its path. */
  async keep(): Promise<string> {
    await this.file.sync();
    await this.file.close();
    // Renaming replaces an existing file: only the one that was just created may be replaced.
    const { path, file } = await createExclusively(
      (number) => join(this.directory, numberedName(this.name, number)),
    );
    await file.close();
    try {
      await rename(this.part, path);
    } catch (error) {
      await unlink(path).catch(() => {});
      throw error;
    }
    return path;
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => {}); // it may be closed already
    await unlink(this.part).catch(() => {}); // it may be gone already
  }
}

/** Creates a file with the first name that is not taken. */
async function createExclusively(
  pathOf: (number: number) => string,
): Promise<{ path: string; file: FileHandle }> {
  for (let number = 1;; number++) {
    const path = pathOf(number);
    try {
      return { path, file: await open(path, "wx", 0o666) };
    } catch (error) {
      const isTaken = (error as { code?: unknown }).code === "EEXIST";
      if (!isTaken || number === MAX_ATTEMPTS) throw error;
    }
  }
}
