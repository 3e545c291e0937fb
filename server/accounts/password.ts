/**
 * Passwords, stored as hashes of scrypt (RFC 7914).
 *
 * A hash is `scrypt$15$8$1$<salt>$<hash>`: log2 of N, r, p, and the two in base64url. N = 2^15,
 * r = 8, p = 1 takes 32 MiB and about 100 ms. OWASP's cheat sheet on password storage lists it for
 * that memory and more (there with p = 3; here `login_throttle.ts` bounds the guesses).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes as systemRandomBytes, timingSafeEqual } from "node:crypto";
import { MAX_FIELD_LENGTHS } from "../../protocol/mod.ts";
import { type DeriveKey, deriveKey, type ScryptCost } from "./key_derivation.ts";
import { WorkQueue } from "./work_queue.ts";

/** Minimum length of a new password, in Unicode code points after normalization. */
export const MIN_PASSWORD_LENGTH = 8;

/** Maximum length of a password, in Unicode code points after normalization. */
export const MAX_PASSWORD_LENGTH = 256;

const SALT_BYTES = 16;
const COST: ScryptCost = { log2N: 15, r: 8, p: 1 };

/** Maximum costs of a stored hash, in case {@link COST} is raised. */
const MAX_COST: ScryptCost = { log2N: 17, r: 8, p: 4 };

const HASH = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/** The kinds of work on passwords, in the order of their priority. */
export type PasswordWork = "known login" | "login" | "registration";

/**
 * One queue for the process, since it bounds the use of the machine's cores and memory. Registrations
 * never run two at a time: a login starts within the time of one hash.
 */
const sharedQueue = createPasswordQueue();

/**
 * Makes a queue for work on passwords: one at a time, or two if that leaves a core to the network; 64
 * logins and 16 registrations may wait.
 *
 * Registrations rest nine times as long as they take, so that they use at most a tenth of a core
 * (measured on one core: while a password is hashed, a turn of the network takes twice as long).
 *
 * @param cores number of cores of the process.
 */
export function createPasswordQueue(
  cores = navigator.hardwareConcurrency,
): WorkQueue<PasswordWork> {
  const atOnce = cores > 2 ? 2 : 1;
  return new WorkQueue({
    "known login": { atOnce, maxWaiting: 64 },
    "login": { atOnce, maxWaiting: 64 },
    "registration": { atOnce: 1, maxWaiting: 16, restFactor: 9 },
  });
}

/** Whether a text can be a new password: {@link MIN_PASSWORD_LENGTH} to {@link MAX_PASSWORD_LENGTH}
 * code points after NFKC. */
export function isPassword(text: string): boolean {
  const length = lengthOf(text);
  return length >= MIN_PASSWORD_LENGTH && length <= MAX_PASSWORD_LENGTH;
}

/** Code points after NFKC; Infinity for a text that cannot be a password. */
function lengthOf(text: string): number {
  const normalized = normalizeSecret(text);
  // A code point is at most two units.
  if (normalized === undefined || normalized.length > 2 * MAX_PASSWORD_LENGTH) return Infinity;
  return [...normalized].length;
}

/**
 * More combining marks in a row than any language needs: the maximum of Unicode's Stream-Safe Text
 * Format (UAX 15, section 13). Normalization sorts such a run in quadratic time. The two half-width
 * sound marks become combining ones.
 */
const LONG_RUN_OF_MARKS = /[\p{M}\uff9e\uff9f]{31}/u;

/**
 * A password in Unicode's normal form KC, in which passwords are compared and hashed.
 *
 * @returns `undefined` for a text that is longer than a field, or has more than 30 combining marks in
 * a row: it is not normalized, and the others take at most 0.1 ms.
 */
export function normalizeSecret(text: string): string | undefined {
  if (text.length > MAX_FIELD_LENGTHS.password || LONG_RUN_OF_MARKS.test(text)) return undefined;
  return text.normalize("NFKC");
}

/**
 * Makes the hash of a password, to be stored.
 *
 * @param randomBytes returns that many unguessable bytes; default that of `node:crypto`.
 * @param derive default: on a thread of the runtime's pool.
 * @throws {RangeError} if {@link isPassword} rejects the password.
 * @throws {WorkQueueFullError} when 16 registrations are waiting.
 */
export async function hashPassword(
  password: string,
  randomBytes: (length: number) => Uint8Array = systemRandomBytes,
  queue: WorkQueue<PasswordWork> = sharedQueue,
  derive: DeriveKey = deriveKey,
): Promise<string> {
  if (!isPassword(password)) {
    throw new RangeError(
      `Cannot use the password: it must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} ` +
        "characters",
    );
  }
  const salt = Buffer.from(randomBytes(SALT_BYTES));
  const hash = await queue.run(
    "registration",
    () => derive(password.normalize("NFKC"), salt, COST),
  );
  const { log2N, r, p } = COST;
  return ["scrypt", log2N, r, p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/**
 * Makes the hash of a password, for {@link AccountFile}. It takes about 100 ms.
 *
 * @throws {RangeError} if {@link isPassword} rejects the password.
 */
export function hashAccountPassword(password: string): Promise<string> {
  return hashPassword(password);
}

/**
 * Whether a password is the one of a hash, in constant time. Passwords below today's minimum length
 * are checked, too.
 *
 * @throws {SyntaxError} when the hash does not have the format of {@link hashPassword}.
 * @throws {WorkQueueFullError} when 64 checks of its kind are waiting.
 */
export async function checkPassword(
  password: string,
  hash: string,
  work: Exclude<PasswordWork, "registration"> = "login",
  queue: WorkQueue<PasswordWork> = sharedQueue,
  derive: DeriveKey = deriveKey,
): Promise<boolean> {
  const { cost, salt, expected } = parseHash(hash);
  const length = lengthOf(password);
  if (length === 0 || length > MAX_PASSWORD_LENGTH) return false;
  const actual = await queue.run(work, () => derive(password.normalize("NFKC"), salt, cost));
  return timingSafeEqual(actual, expected);
}

function parseHash(hash: string): { cost: ScryptCost; salt: Buffer; expected: Buffer } {
  const match = HASH.exec(hash);
  const [log2N, r, p] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])] as const;
  const isWithin = (value: number, most: number) => value >= 1 && value <= most;
  if (
    match === null || !isWithin(log2N, MAX_COST.log2N) || !isWithin(r, MAX_COST.r) ||
    !isWithin(p, MAX_COST.p)
  ) {
    throw new SyntaxError("Cannot check a password: its stored hash is not one of scrypt");
  }
  return {
    cost: { log2N, r, p },
    salt: Buffer.from(match[4]!, "base64url"),
    expected: Buffer.from(match[5]!, "base64url"),
  };
}
