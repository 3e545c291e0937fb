/**
 * Errors of file transfers.
 *
 * @module
 */

/** Why a file was not sent or received. */
export type FileErrorCode =
  /** The file cannot be opened, or is not an ordinary one. */
  | "unreadable"
  /** It has become shorter or longer, or was written to, while it was sent. */
  | "changed"
  /** The other side has refused it. */
  | "refused"
  /** No answer in time, or the sender has left or withdrawn it. */
  | "withdrawn"
  /** The other side or the server has stopped it. */
  | "cancelled"
  /** This side has stopped it. */
  | "aborted"
  /** It cannot be written. */
  | "unwritable"
  /** The disk is full. */
  | "disk_full"
  /** The received content differs from the sent one. */
  | "checksum";

/** A file was not sent or received. The message is one line for users. */
export class FileError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "FileError";

  /**
   * Makes the error of one file.
   *
   * @param code stable, for programs.
   * @param message a sentence.
   */
  constructor(readonly code: FileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * The reason of a system error of a file, in plain words without a full stop.
 *
 * @param action the purpose for which the file was opened. Default: "read".
 */
export function systemReason(error: unknown, action: "read" | "write" = "read"): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "NotCapable") {
    // Without all permissions, Deno opens no files of the kernel and no devices.
    return message.includes("all access")
      ? "it belongs to the system, as all below /proc, /sys and /dev"
      : "this program was started without the permission for it";
  }
  switch ((error as { code?: unknown }).code) {
    case "ENOENT":
      return action === "read" ? "there is no such file" : "there is no such folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "a part of its path is no folder";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full";
    case "EFBIG":
      return "the disk takes no file that large";
    case "ELOOP":
      return "its links lead back to themselves";
    case "EROFS":
      return "the disk is read-only";
    case "ENAMETOOLONG":
      return "its name is too long";
    default:
      return message.replace(/\.$/, "");
  }
}
