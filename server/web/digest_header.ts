import { Buffer } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { protocolError } from "../../protocol/mod.ts";
import type { Result } from "../result.ts";

/** One digest of a header: its algorithm and the value in base64. */
const DIGEST = /^\s*([a-z][\w.*-]*)=:([A-Za-z\d+/]*={0,2}):\s*$/;

/** A SHA-256 in base64. */
const SHA_256 = /^[A-Za-z\d+/]{43}=$/;

/**
 * The SHA-256 of a body in the headers `Repr-Digest` and `Content-Digest` (RFC 9530), such as
 * `sha-256=:BASE64:`.
 *
 * A damaged header is an error: its client would believe that the server has compared the body. Other
 * algorithms are not compared, as the RFC allows.
 *
 * @returns the hash in hexadecimal, `undefined` without any, or the error `file_hash_invalid`.
 */
export function digestOf(headers: IncomingHttpHeaders): Result<string | undefined> {
  const found = new Set<string>();
  for (const header of [headers["repr-digest"], headers["content-digest"]]) {
    if (header === undefined) continue;
    for (const part of String(header).split(",")) {
      const [, algorithm, base64 = ""] = DIGEST.exec(part) ?? [];
      if (algorithm === undefined) return { error: protocolError("file_hash_invalid") };
      if (algorithm !== "sha-256") continue;
      if (!SHA_256.test(base64)) return { error: protocolError("file_hash_invalid") };
      found.add(Buffer.from(base64, "base64").toString("hex"));
    }
  }
  if (found.size > 1) return { error: protocolError("file_hash_invalid") };
  return { value: [...found][0] };
}
