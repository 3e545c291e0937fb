import type { WireKind } from "./wire_format.ts";

/** Silence after which whoever connected is taken for a person who waits to be asked. */
export const DETECTION_MILLISECONDS = 150;

/** `{`, with which every JSON object starts. */
const JSON_START = 0x7b;
/** First byte of the length of any frame that is short enough to be taken. */
const LENGTH_START = 0x00;

/**
 * Tells by the first byte that a client sends how it speaks.
 *
 * @param first the first byte, or `undefined` when none came in time.
 */
export function detectWireKind(first: number | undefined): WireKind {
  if (first === JSON_START) return "json";
  return first === LENGTH_START ? "length" : "text";
}
