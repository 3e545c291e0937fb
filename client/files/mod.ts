/**
 * Files that people send each other, on the client's side.
 *
 * @module
 */

export type { FileChat, FileProgress } from "./file_chat.ts";
export { FileError, type FileErrorCode, systemReason } from "./file_error.ts";
export { safeFileName } from "./file_name.ts";
export { type ReceivedFile, receiveFile, type ReceiveFileOptions } from "./receive_file.ts";
export { sendFile, type SendFileOptions, type SentFile } from "./send_file.ts";
