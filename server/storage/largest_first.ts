/** Size classes: one for each power of two up to 4 GiB. */
const CLASSES = 33;

/**
 * Finds the largest of many holders of memory, so that a common bound takes from the largest and
 * spares the small ones. Each call takes constant time.
 *
 * Holders are sorted by powers of two: {@link largest} returns one with more than half of the bytes of
 * the largest.
 */
export class LargestFirst<Holder> {
  readonly #classes = Array.from({ length: CLASSES }, () => new Set<Holder>());
  readonly #sizes = new Map<Holder, number>();
  #total = 0;

  /** Bytes of all holders together. */
  get total(): number {
    return this.#total;
  }

  sizeOf(holder: Holder): number {
    return this.#sizes.get(holder) ?? 0;
  }

  /** @param bytes the holder's current size; 0 removes it. */
  set(holder: Holder, bytes: number): void {
    const before = this.sizeOf(holder);
    this.#total += bytes - before;
    if (bytes === 0) this.#sizes.delete(holder);
    else this.#sizes.set(holder, bytes);
    if (classOf(before) === classOf(bytes)) return;
    if (before > 0) this.#classes[classOf(before)]!.delete(holder);
    if (bytes > 0) this.#classes[classOf(bytes)]!.add(holder);
  }

  /** A holder in the largest class; `undefined` without holders. */
  largest(): Holder | undefined {
    for (let index = CLASSES - 1; index > 0; index--) {
      const [first] = this.#classes[index]!;
      if (first !== undefined) return first;
    }
    return undefined;
  }
}

/** 0 for 0, else 1 + the binary logarithm, rounded down. */
function classOf(bytes: number): number {
  return 32 - Math.clz32(Math.min(bytes, 0xffff_ffff));
}
