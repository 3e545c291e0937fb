import type { Batch } from "./audience.ts";

/**
 * Bytes of a batch after which it is written before more is said. TCP hands the kernel's network
 * at most 64 KiB less headers at a time (65,483 bytes on the loopback), and what is one byte over
 * costs a whole segment more: measured with 128 receivers, a write of 65,400 bytes takes 15 us and
 * one of 66,000 takes 19. The rest is room for the last message.
 */
export const FULL_BATCH_BYTES = 65_200;

/**
 * Writes to rooms in one flush, after which the next batch waits for the next flush. Beside 300 hostile
 * clients a write takes some 25 us: a room of 240 members in one flush made everybody wait for 6 ms.
 */
const WRITES_PER_FLUSH = 64;

/** Milliseconds for which rooms rest for each write: eight times what it takes on a busy server. */
const REST_PER_WRITE = 0.2;

/** The longest that rooms rest, in milliseconds: what one waits for a message of a room at the most, where
 * there are many. */
const MAX_REST_MILLISECONDS = 50;

/** The shares of a flush. */
export interface RoomShares {
  readonly due: Batch[];
  /** In the order in which they will be due. */
  readonly held: Batch[];
}

/**
 * Decides which rooms a flush writes to, where clients have a rate.
 *
 * Under a flood of small turns, writing a few messages each time to hundreds of members takes a third of
 * the time. Therefore rooms are written to in rounds: a round goes over all that has something to be
 * written at its start, some each flush, so that other clients are heard in between. After it rooms rest
 * and wait for more. A batch that is full does not wait.
 */
export class RoomPacer {
  /** Batches of this round that are not written yet: the first ones of those that are held. */
  #left = 0;
  /** Writes of this round. */
  #writes = 0;
  /** Until when rooms rest, in monotonic milliseconds. */
  #restsUntil = -Infinity;
  /** Whether a flush was asked for at the end of the rest. */
  #isWaking = false;

  /**
   * @param wakeAfter asks for a flush after so many milliseconds, and calls `woken` before. It may be
   * early: timers of JavaScript are rounded down.
   * @param restPerWrite milliseconds of rest for each write; {@link REST_PER_WRITE} by default.
   * @param writesPerFlush after which others wait, and subscribers of one batch at the most;
   *   {@link WRITES_PER_FLUSH} by default.
   */
  constructor(
    private readonly wakeAfter: (milliseconds: number, woken: () => void) => void,
    private readonly restPerWrite = REST_PER_WRITE,
    readonly writesPerFlush = WRITES_PER_FLUSH,
  ) {}

  /** Whether the next flush goes on with the round. */
  get hasDue(): boolean {
    return this.#left > 0;
  }

  /**
   * Shares what is to be written among this flush and later ones, and marks what is held.
   *
   * @param dirty those that were held before first, in their order.
   * @param now monotonic milliseconds.
   */
  share(dirty: readonly Batch[], now: number): RoomShares {
    if (this.#left === 0 && now >= this.#restsUntil) this.#begin(dirty.length);
    const inRound = this.#left;
    const [due, held]: [Batch[], Batch[]] = [[], []];
    let writes = 0;
    for (const [index, batch] of dirty.entries()) {
      const isNext = index < inRound && writes < this.writesPerFlush;
      batch.isHeld = !isNext && batch.bytes.length < FULL_BATCH_BYTES;
      (batch.isHeld ? held : due).push(batch);
      if (batch.isHeld) continue;
      writes += batch.subscribers.size;
      if (index < inRound) this.#left--;
    }
    this.#writes += writes;
    if (inRound > 0 && this.#left === 0) this.#rest(now);
    if (this.#left === 0 && held.length > 0) this.#wake(now);
    return { due, held };
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
