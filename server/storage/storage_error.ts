/** Why the data directory cannot be used. */
export type StorageErrorCode =
  | "corrupt"
  | "empty"
  | "foreign"
  | "full"
  | "io"
  | "locked"
  | "newer"
  | "not_a_directory"
  | "not_permitted"
  | "outdated"
  | "permission"
  | "read_only"
  | "unusable";

/** The state that each code means, and the remedy. */
const EXPLANATIONS: Readonly<Record<StorageErrorCode, readonly [state: string, advice: string]>> = {
  corrupt: [
    "the database is damaged",
    "It was not changed: restore it from a backup, or move it away to start with an empty one.",
  ],
  empty: [
    "hubbub.db is empty, but the directory was in use before",
    "Restore it from a backup, or delete it to start with an empty one.",
  ],
  foreign: [
    "hubbub.db there belongs to another program",
    "It was not changed: choose another directory.",
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
  not_permitted: ["the runtime does not permit it", "Grant it the permission."],
  outdated: [
    "a server of an older version uses it",
    "Restart that server with this version first.",
  ],
  permission: [
    "permission denied",
    "Make the directory and the files in it readable and writable for the user that runs hubbub.",
  ],
  read_only: ["it is read-only", "Make it writable, or choose another directory."],
  unusable: ["no files can be created there", "Choose another directory."],
};

/**
 * The data directory cannot be used.
 *
 * Its message has the form `Cannot open the data in DIR: <state>. <remedy>`; its `cause` is the error
 * of the system.
 */
export class StorageError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "StorageError";

  /** Makes an error about a directory. */
  constructor(
    action: "open" | "read" | "write",
    directory: string,
    readonly code: StorageErrorCode,
    options?: ErrorOptions,
  ) {
    const [state, advice] = EXPLANATIONS[code];
    const verb = action === "write" ? "write to" : action;
    // The runtime names the permission.
    const { cause } = options ?? {};
    const remedy = code === "not_permitted" && cause instanceof Error
      ? `${cause.message}.`
      : advice;
    super(`Cannot ${verb} the data in ${directory}: ${state}. ${remedy}`, options);
  }

  /** Makes a `StorageError` of any thrown value, unless it is one. */
  static of(
    action: "open" | "read" | "write",
    directory: string,
    cause: unknown,
  ): StorageError {
    if (cause instanceof StorageError) return cause;
    return new StorageError(action, directory, storageErrorCode(cause), { cause });
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html), and their texts. */
const SQLITE_RESULTS: readonly (readonly [result: number, text: string, StorageErrorCode])[] = [
  [3, "access permission denied", "permission"],
  [5, "database is locked", "locked"],
  [6, "database table is locked", "locked"],
  [8, "attempt to write a readonly database", "read_only"],
  [11, "database disk image is malformed", "corrupt"],
  [13, "database or disk is full", "full"],
  [23, "authorization denied", "permission"],
  [26, "file is not a database", "corrupt"],
];

/** `SQLITE_IOERR_SHMSIZE`: the file beside the write-ahead log cannot grow. */
const NO_ROOM_FOR_LOG = 4874;

const SYSTEM_CODES: Readonly<Record<string, StorageErrorCode>> = {
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "read_only",
  ENOSPC: "full",
  EDQUOT: "full",
  EEXIST: "not_a_directory",
  ENOTDIR: "not_a_directory",
  // The path leads nowhere, or into a file system of the kernel.
  ENOENT: "unusable",
  EINVAL: "unusable",
  ELOOP: "unusable",
  ENAMETOOLONG: "unusable",
  ENODEV: "unusable",
  ENOSYS: "unusable",
  ENXIO: "unusable",
  EOPNOTSUPP: "unusable",
  ENOTSUP: "unusable",
};

/** The code of an error of SQLite or of the file system; `io` for unknown ones. */
export function storageErrorCode(cause: unknown): StorageErrorCode {
  if (typeof cause !== "object" || cause === null) return "io";
  // A row differs from the written one.
  if (cause instanceof SyntaxError || cause instanceof TypeError) return "corrupt";
  const { code, errcode, message, name } = cause as Record<string, unknown>;
  // Deno opens files in file systems of the kernel, such as /proc, with all permissions only.
  if (name === "NotCapable") {
    return String(message).includes("all access") ? "unusable" : "not_permitted";
  }
  if (code === "ERR_SQLITE_ERROR") return sqliteErrorCode(errcode, String(message));
  return typeof code === "string" ? SYSTEM_CODES[code] ?? "io" : "io";
}

/** The errors of `exec` have no result code in Deno 2.9.6: then their text decides. */
function sqliteErrorCode(result: unknown, text: string): StorageErrorCode {
  if (result === NO_ROOM_FOR_LOG) return "full";
  // An extended result code has the primary one in its lowest byte.
  const row = typeof result === "number"
    ? SQLITE_RESULTS.find(([known]) => known === (result & 0xff))
    : SQLITE_RESULTS.find(([, known]) => text.startsWith(known));
  return row?.[2] ?? "io";
}
