/**
 * Tokens of programs, in place of the name and the password of an account: `hub_<id>_<secret>`, where
 * the id has 8 and the secret 40 hexadecimal digits.
 *
 * The id is public: it names the token in lists. The secret has 160 bits, so that its SHA-256 without a
 * salt is enough to store. Scanners for secrets find tokens by their prefix and fixed length.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes as systemRandomBytes, timingSafeEqual } from "node:crypto";

const ID_BYTES = 4;
const SECRET_BYTES = 20;

const TOKEN = /^hub_([0-9a-f]{8})_([0-9a-f]{40})$/;

/** The stored parts of a token. */
export interface StoredSecret {
  /** 8 hexadecimal digits. */
  readonly id: string;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly secretHash: string;
}

/**
 * Makes a token.
 *
 * @param randomBytes returns bytes that cannot be guessed. Default: those of the system.
 * @returns the token, and what is stored of it.
 */
export function newApiToken(
  randomBytes: (size: number) => Uint8Array = systemRandomBytes,
): StoredSecret & { readonly token: string } {
  const [id, secret] = [ID_BYTES, SECRET_BYTES].map((size) =>
    Buffer.from(randomBytes(size)).toString("hex")
  ) as [string, string];
  return { token: `hub_${id}_${secret}`, id, secretHash: digestOf(secret).toString("hex") };
}

/** The id and the secret of a token; `undefined` for any other text. */
export function parseApiToken(
  text: string,
): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Whether a secret is that of a hash, in a time that does not depend on either. */
export function isSecretOf(secret: string, secretHash: string): boolean {
  const expected = Buffer.from(secretHash, "hex");
  const given = digestOf(secret);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
