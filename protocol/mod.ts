/**
 * The protocol: bytes to frames and back. Pure: no I/O, no clock, and it runs in a browser too.
 *
 * @module
 */

export * from "./text_codec.ts";
export * from "./byte_string.ts";
export * from "./commands.ts";
export * from "./timestamps.ts";
export * from "./errors.ts";
export type * from "./file_frames.ts";
export * from "./frames.ts";
export * from "./irc_codec.ts";
export * from "./irc_line.ts";
export * from "./json_codec.ts";
export { isOpenJson } from "./json_values.ts";
export * from "./length_decoder.ts";
export * from "./limits.ts";
export * from "./line_decoder.ts";
export * from "./message_boundaries.ts";
export * from "./message_queue.ts";
export * from "./message_search.ts";
export * from "./names.ts";
export * from "./request_errors.ts";
export * from "./text.ts";
export * from "./stored_files.ts";
export * from "./telnet_filter.ts";
export * from "./trace.ts";
