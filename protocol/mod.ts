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
export * from "./frames.ts";
export * from "./json_codec.ts";
export { isOpenJson } from "./json_values.ts";
export * from "./length_decoder.ts";
export * from "./limits.ts";
export * from "./line_decoder.ts";
export * from "./message_boundaries.ts";
export * from "./message_queue.ts";
export * from "./names.ts";
export * from "./text.ts";
export * from "./telnet_filter.ts";
export * from "./trace.ts";
