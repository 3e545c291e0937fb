import { systemReason } from "../client/mod.ts";
import { cleanLine } from "../protocol/mod.ts";

/**
 * Why a file cannot be used, as a sentence.
 *
 * @param action what it was opened for; default: to read it.
 */
export function fileFault(error: unknown, action: "read" | "write" = "read"): string {
  return `${cleanLine(systemReason(error, action))}.`;
}
