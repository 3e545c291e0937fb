import { AccountError, BanError, StorageError } from "../server/mod.ts";
import { CliError, EXIT } from "./exit.ts";

/**
 * Uses a file of a data folder, and closes it.
 *
 * @throws {CliError} when the folder cannot be used, or the file refuses the change; the error of the
 * server library is its `cause`.
 */
export async function withDataFile<File extends { close(): void }, Result>(
  opening: Promise<File>,
  work: (file: File) => Result,
): Promise<Result> {
  try {
    const file = await opening;
    try {
      return work(file);
    } finally {
      file.close();
    }
  } catch (error) {
    const isExpected = [AccountError, BanError, StorageError].some((type) => error instanceof type);
    if (!isExpected) throw error;
    throw new CliError((error as Error).message, EXIT.failed, { cause: error });
  }
}
