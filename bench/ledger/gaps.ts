/**
 * The missing sequence numbers of a stream, as sorted ranges. A gap is found when the stream goes past
 * it, so new ranges are always behind the last one.
 */
export class Gaps {
  /** By range: its first number. */
  readonly #starts: number[] = [];
  /** By range: the number behind its last one. */
  readonly #ends: number[] = [];

  /** Number of ranges. */
  get ranges(): number {
    return this.#starts.length;
  }

  /** Adds the numbers from `start` up to `end`, which is excluded. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const last = this.#ends.length - 1;
    if (this.#ends[last] === start) this.#ends[last] = end;
    else {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  /** Removes a number. Returns false if it was not missing. */
  fill(sequence: number): boolean {
    const index = this.#rangeOf(sequence);
    if (index === undefined) return false;
    const start = this.#starts[index]!;
    const end = this.#ends[index]!;
    if (start + 1 === end) {
      this.#starts.splice(index, 1);
      this.#ends.splice(index, 1);
    } else if (sequence === start) this.#starts[index] = start + 1;
    else if (sequence === end - 1) this.#ends[index] = end - 1;
    else {
      this.#ends[index] = sequence;
      this.#starts.splice(index + 1, 0, sequence + 1);
      this.#ends.splice(index + 1, 0, end);
    }
    return true;
  }

  /** Forgets the oldest range. */
  forgetOldest(): void {
    this.#starts.shift();
    this.#ends.shift();
  }

  /** Index of the range that contains a number. */
  #rangeOf(sequence: number): number | undefined {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (sequence < this.#starts[middle]!) high = middle - 1;
      else if (sequence >= this.#ends[middle]!) low = middle + 1;
      else return middle;
    }
    return undefined;
  }
}
