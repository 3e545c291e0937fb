/** Bytes of a block, and of the length at the end. */
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = new Int32Array(64);
/** Those of the square roots of the first 8. */
const START = new Int32Array(8);

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
  readonly #schedule = new Int32Array(64);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #bytes = 0;

  /** Takes the next piece. */
  update(piece: Uint8Array): void {
    this.#bytes += piece.length;
    const { buffer, byteOffset, length } = piece;
    let at = 0;
    if (this.#filled > 0) at = this.#fill(piece);
    // Whole blocks are hashed without a copy.
    const view = new DataView(buffer, byteOffset, length);
    for (; length - at >= BLOCK_BYTES; at += BLOCK_BYTES) this.#compress(view, at);
    if (at < length) this.#fill(piece.subarray(at));
  }

  /** Ends it. @returns 64 hexadecimal digits. */
  digest(): string {
    this.#block[this.#filled++] = 0x80;
    if (this.#filled > BLOCK_BYTES - LENGTH_BYTES) {
      this.#block.fill(0, this.#filled);
      this.#compressBlock();
    }
    this.#block.fill(0, this.#filled);
    this.#view.setBigUint64(BLOCK_BYTES - LENGTH_BYTES, BigInt(this.#bytes) * 8n);
    this.#compressBlock();
    return [...this.#state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** Adds bytes to the unfinished block. @returns the number of bytes used. */
  #fill(piece: Uint8Array): number {
    const part = piece.subarray(0, BLOCK_BYTES - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK_BYTES) this.#compressBlock();
    return part.length;
  }

  #compressBlock(): void {
    this.#filled = 0;
    this.#compress(this.#view, 0);
  }

  /** Section 6.2.2. Uses indexes instead of iterators: it runs for each 64 bytes of a file. */
  #compress(view: DataView, at: number): void {
    const words = this.#schedule;
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const one = words[t - 15]!;
      const other = words[t - 2]!;
      const small = rotate(one, 7) ^ rotate(one, 18) ^ (one >>> 3);
      const large = rotate(other, 17) ^ rotate(other, 19) ^ (other >>> 10);
      words[t] = (large + words[t - 7]! + small + words[t - 16]!) | 0;
    }
    const state = this.#state;
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const large = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + large + choice + K[t]! + words[t]!) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
