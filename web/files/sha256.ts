/** Bytes of a block, and of the length at the end. */
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = new Uint32Array(64);
/** Those of the square roots of the first 8. */
const START = new Uint32Array(8);

for (let number = 2, count = 0; count < 64; number++) {
  if (!isPrime(number)) continue;
  if (count < 8) START[count] = fraction(number ** (1 / 2));
  K[count++] = fraction(number ** (1 / 3));
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) {
    if (number % divisor === 0) return false;
  }
  return true;
}

function fraction(number: number): number {
  return (number - Math.floor(number)) * 2 ** 32;
}

/**
 * SHA-256 (FIPS 180-4), piece by piece.
 *
 * A browser has it only for pages over HTTPS, and only for data that is there all at once.
 */
export class Sha256 {
  readonly #state = START.slice();
  readonly #schedule = new Uint32Array(64);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #bytes = 0;

  /** Takes the next piece. */
  update(piece: Uint8Array): void {
    this.#bytes += piece.length;
    let at = 0;
    while (at < piece.length) {
      const part = piece.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) this.#compress();
    }
  }

  /** Ends it. @returns 64 hexadecimal digits. */
  digest(): string {
    this.#block[this.#filled++] = 0x80;
    if (this.#filled > BLOCK_BYTES - LENGTH_BYTES) {
      this.#block.fill(0, this.#filled);
      this.#compress();
    }
    this.#block.fill(0, this.#filled);
    this.#view.setBigUint64(BLOCK_BYTES - LENGTH_BYTES, BigInt(this.#bytes) * 8n);
    this.#compress();
    return [...this.#state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  /** Section 6.2.2. */
  #compress(): void {
    this.#filled = 0;
    const words = this.#schedule;
    for (let t = 0; t < 16; t++) words[t] = this.#view.getUint32(4 * t);
    for (let t = 16; t < 64; t++) {
      const one = words[t - 15]!;
      const other = words[t - 2]!;
      const small = rotate(one, 7) ^ rotate(one, 18) ^ (one >>> 3);
      const large = rotate(other, 17) ^ rotate(other, 19) ^ (other >>> 10);
      words[t] = large + words[t - 7]! + small + words[t - 16]!;
    }
    const state = this.#state;
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + K[t]! + words[t]!;
      const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index]! += word;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
