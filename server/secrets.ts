import { createHash, timingSafeEqual } from "node:crypto";

/** Compares two secrets in a time that depends on neither their content nor their length. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
