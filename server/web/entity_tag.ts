import { createHash } from "node:crypto";

/** Characters of base64url of the SHA-256 in a tag: 132 bits. */
const TAG_LENGTH = 22;

/** The tag of an answer by its body (RFC 9110, section 8.8.3). */
export function entityTagOf(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, TAG_LENGTH)}"`;
}

/**
 * Whether the client already has the content with this tag (RFC 9110, section 13.1.2).
 *
 * @param header `If-None-Match`: tags with commas between them, or `*` for any.
 */
export function isKnown(header: string | undefined, tag: string): boolean {
  const known = header?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  return known.includes(tag) || header?.trim() === "*";
}
