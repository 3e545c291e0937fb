/** What is wrong with the data directory. */
export type StorageErrorCode =
  | "corrupt"
  | "foreign"
  | "full"
  | "io"
  | "locked"
  | "newer"
  | "not_a_directory"
  | "permission"
  | "read_only";

/** What each code means, and what a person can do about it. */
const EXPLANATIONS: Readonly<Record<StorageErrorCode, readonly [state: string, advice: string]>> = {
  corrupt: [
    "the database is damaged",
    "It was left as it is: restore it from a backup, or move it away to start with an empty one.",
  ],
  foreign: [
    "hubbub.db there belongs to another program",
    "It was left as it is: choose another directory.",
  ],
  full: ["the disk is full", "Free some space."],
  io: ["the disk reports an error", "Look into the system's log, and make a copy of the data."],
  locked: [
    "another server uses it",
    "Stop that server, or choose another directory.",
  ],
  newer: [
    "a newer version of hubbub wrote it",
    "Use that version, or choose another directory.",
  ],
  not_a_directory: ["it is not a directory", "Choose another one."],
  permission: [
    "there is no permission",
    "Make the directory and the files in it readable and writable for the user that runs hubbub.",
  ],
  read_only: ["it is read-only", "Make it writable, or choose another directory."],
};

/**
 * The data directory cannot be used.
 *
 * Its message is a sentence of the form `Cannot open the data in DIR: <state>. <what to do>`; its
 * `cause` is what the system said.
 */
export class StorageError extends Error {
  override readonly name = "StorageError";

  constructor(
    action: "open" | "read" | "write",
    directory: string,
    readonly code: StorageErrorCode,
    options?: ErrorOptions,
  ) {
    const [state, advice] = EXPLANATIONS[code];
    const verb = action === "write" ? "write to" : action;
    super(`Cannot ${verb} the data in ${directory}: ${state}. ${advice}`, options);
  }

  /** Makes one of whatever was thrown. What is one already stays as it is. */
  static of(
    action: "open" | "read" | "write",
    directory: string,
    cause: unknown,
  ): StorageError {
    if (cause instanceof StorageError) return cause;
    return new StorageError(action, directory, storageErrorCode(cause), { cause });
  }
}

/** SQLite's primary result codes, https://sqlite.org/rescode.html. */
const SQLITE_CODES: Readonly<Record<number, StorageErrorCode>> = {
  3: "permission", // SQLITE_PERM
  5: "locked", // SQLITE_BUSY
  6: "locked", // SQLITE_LOCKED
  8: "read_only", // SQLITE_READONLY
  11: "corrupt", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  23: "permission", // SQLITE_AUTH
  26: "corrupt", // SQLITE_NOTADB
};

const SYSTEM_CODES: Readonly<Record<string, StorageErrorCode>> = {
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "read_only",
  ENOSPC: "full",
  EDQUOT: "full",
  EEXIST: "not_a_directory",
  ENOTDIR: "not_a_directory",
  EISDIR: "corrupt",
};

/** What an error of SQLite or of the file system means; `io` when it is none of the known ones. */
export function storageErrorCode(cause: unknown): StorageErrorCode {
  if (typeof cause !== "object" || cause === null) return "io";
  // An extended result code has the primary one in its lowest byte.
  if ("errcode" in cause && typeof cause.errcode === "number") {
    return SQLITE_CODES[cause.errcode & 0xff] ?? "io";
  }
  if ("code" in cause && typeof cause.code === "string") return SYSTEM_CODES[cause.code] ?? "io";
  return "io";
}
