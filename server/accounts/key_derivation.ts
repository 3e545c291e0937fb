import type { Buffer } from "node:buffer";
import { scrypt, scryptSync } from "node:crypto";

/** The cost of scrypt (RFC 7914, section 2). */
export interface ScryptCost {
  /** Base-2 logarithm of N. */
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** Derives a key from a password in normal form KC; see {@link deriveKey}. */
export type DeriveKey = (password: string, salt: Uint8Array, cost: ScryptCost) => Promise<Buffer>;

const KEY_BYTES = 32;

/** Derives a key on a thread of the runtime's pool. */
export const deriveKey: DeriveKey = (password, salt, cost) =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, optionsOf(cost), (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

/** Derives a key on this thread, which takes it some 100 ms. */
export function deriveKeyHere(password: string, salt: Uint8Array, cost: ScryptCost): Buffer {
  return scryptSync(password, salt, KEY_BYTES, optionsOf(cost));
}

function optionsOf({ log2N, r, p }: ScryptCost) {
  const N = 2 ** log2N;
  // scrypt needs a little more than 128 N r bytes; by default Node allows exactly 32 MiB.
  return { N, r, p, maxmem: 128 * N * r + 1024 * 1024 };
}
