import type { Batch, Subscriber } from "./audience.ts";

/**
 * Bytes of a batch after which it is written before more is added. TCP passes at most 64 KiB less headers
 * to the kernel's network at a time (65,483 bytes on the loopback), and one byte more costs another
 * segment: measured with 128 receivers, a write of 65,400 bytes takes 15 us and one of 66,000 takes 19.
 * The difference is room for the last message.
 */
export const FULL_BATCH_BYTES = 65_200;

/**
 * Writes to rooms in one flush after which the next batch waits for the next flush. Beside 300 hostile
 * clients a write takes about 25 us: a room of 240 members in one flush delayed all other clients by 6 ms.
 */
const WRITES_PER_FLUSH = 64;

/** Share of the subscribers of a batch that a full flush may write to in addition, if it writes to the
 * others anyway: clients of several rooms get them in one write. */
const OTHERS_SHARE = 1 / 4;

/** Milliseconds that rooms rest per write: eight times the duration of a write on a busy server. */
const REST_PER_WRITE = 0.2;

/** Maximum rest of rooms in milliseconds: the maximum delay of a message with many rooms. */
const MAX_REST_MILLISECONDS = 50;

/** The batches of a flush, and those of later ones. */
export interface RoomShares {
  readonly due: Batch[];
  /** In the order of their later writes. */
  readonly held: Batch[];
}

/**
 * Decides which rooms a flush writes to, if clients have a rate limit.
 *
 * Under a flood of small turns, writing a few messages each time to hundreds of members takes a third of
 * the time. Therefore rooms are written to in rounds: a round covers all batches that wait at its start,
 * some per flush, so that the input of other clients is read in between. Batches with the same subscribers
 * are written in the same flush, since they are one write. After a round rooms rest and collect more. A
 * full batch does not wait.
 */
export class RoomPacer {
  /** Batches of this round that are not written yet: the first held ones. */
  #left = 0;
  #writes = 0;
  /** End of the rest of the rooms, in monotonic milliseconds. */
  #restsUntil = -Infinity;
  /** Whether a flush was requested for the end of the rest. */
  #isWaking = false;

  /**
   * @param wakeAfter requests a flush after a number of milliseconds, and calls `woken` before it. It may
   *   be early: timers of JavaScript are rounded down.
   * @param restPerWrite milliseconds of rest per write; {@link REST_PER_WRITE} by default.
   * @param writesPerFlush writes after which other batches wait, and maximum of subscribers of a batch;
   *   {@link WRITES_PER_FLUSH} by default.
   */
  constructor(
    private readonly wakeAfter: (milliseconds: number, woken: () => void) => void,
    private readonly restPerWrite = REST_PER_WRITE,
    readonly writesPerFlush = WRITES_PER_FLUSH,
  ) {}

  /** Whether the round continues with the next flush. */
  get hasDue(): boolean {
    return this.#left > 0;
  }

  /**
   * Divides the batches between this flush and later ones, and marks the held ones.
   *
   * @param dirty the batches with output; first those held before, in the same order.
   * @param now monotonic milliseconds.
   */
  share(dirty: readonly Batch[], now: number): RoomShares {
    if (this.#left === 0 && now >= this.#restsUntil) this.#begin(dirty.length);
    const inRound = this.#left;
    const [due, held]: [Batch[], Batch[]] = [[], []];
    const reached = new Set<Subscriber>();
    for (const [index, batch] of dirty.entries()) {
      const isNext = index < inRound && this.#isNext(batch, reached);
      batch.isHeld = !isNext && batch.bytes.length < FULL_BATCH_BYTES;
      (batch.isHeld ? held : due).push(batch);
      if (batch.isHeld) continue;
      for (const subscriber of batch.subscribers) reached.add(subscriber);
      if (index < inRound) this.#left--;
    }
    this.#writes += reached.size;
    if (inRound > 0 && this.#left === 0) this.#rest(now);
    if (this.#left === 0 && held.length > 0) this.#wake(now);
    return { due, held };
  }

  /** @param reached the subscribers to whom the flush writes already. */
  #isNext({ subscribers }: Batch, reached: ReadonlySet<Subscriber>): boolean {
    if (reached.size < this.writesPerFlush) return true;
    let others = 0;
    for (const subscriber of subscribers) {
      if (reached.has(subscriber)) continue;
      if (++others > subscribers.size * OTHERS_SHARE) return false;
    }
    return reached.size + others < 2 * this.writesPerFlush;
  }

  #begin(batches: number): void {
    this.#left = batches;
    this.#writes = 0;
    this.#isWaking = false;
  }

  #rest(now: number): void {
    this.#restsUntil = now + Math.min(this.#writes * this.restPerWrite, MAX_REST_MILLISECONDS);
  }

  #wake(now: number): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.wakeAfter(this.#restsUntil - now, () => this.#isWaking = false);
  }
}
