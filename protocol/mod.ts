/**
 * The protocol: bytes to frames and back. Pure: no I/O, no clock, and it runs in a browser too.
 *
 * @module
 */

export * from "./bans_text.ts";
export * from "./base64.ts";
export * from "./byte_string.ts";
export * from "./commands.ts";
export * from "./day_breaks.ts";
export * from "./errors.ts";
export * from "./frames.ts";
export * from "./introduction.ts";
export * from "./json_codec.ts";
export { isOpenJson } from "./json_values.ts";
export * from "./length_decoder.ts";
export * from "./limits.ts";
export * from "./line_decoder.ts";
export * from "./long_fields.ts";
export * from "./message_boundaries.ts";
export * from "./message_decoder.ts";
export * from "./names.ts";
export * from "./plain_text.ts";
export * from "./secrets.ts";
export * from "./sizes.ts";
export * from "./telnet_filter.ts";
export * from "./text.ts";
export * from "./text_codec.ts";
export * from "./trace.ts";
export * from "./visible_bytes.ts";
