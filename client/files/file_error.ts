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
