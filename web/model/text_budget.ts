import { byteLength } from "../../protocol/byte_string.ts";
import { parseInput } from "../../protocol/commands.ts";
import { MAX_AWAY_BYTES, MAX_TEXT_BYTES, MAX_TOPIC_BYTES } from "../../protocol/limits.ts";

/** Part of a limit from which the rest is counted. */
const NEAR = 0.9;

/** Limits of texts that are not messages, in bytes of UTF-8. */
const LIMITS: Readonly<Record<string, number>> = { topic: MAX_TOPIC_BYTES, away: MAX_AWAY_BYTES };

/**
 * Returns the bytes of UTF-8 left for a typed line, negative if it is too long; `undefined` below 90 %
 * of the limit. The characters of most languages have 1 to 3 bytes, emoji 4.
 */
export function bytesLeft(line: string): number | undefined {
  // Short lines are not measured at each key.
  if (3 * line.length < NEAR * MAX_AWAY_BYTES) return undefined;
  const { frame } = parseInput(line) ?? {};
  const text = frame !== undefined && "text" in frame ? frame.text ?? "" : line;
  const limit = LIMITS[frame?.type ?? ""] ?? MAX_TEXT_BYTES;
  const bytes = byteLength(text);
  return bytes < NEAR * limit ? undefined : limit - bytes;
}
