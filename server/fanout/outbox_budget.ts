/** The part of an outbox that the budget uses. */
export interface Budgeted {
  readonly queuedBytes: number;
  /** Drops the queue, and ends the connection with a reason. */
  overflow(): void;
}

/** Share of the limit to which an overflow reduces the waiting bytes, so that the next bytes do not
 * require the search again. */
const RELIEF_SHARE = 0.9;

/**
 * The bytes that wait in all outboxes of a server, bounded.
 *
 * Past the limit the largest outboxes overflow first, as with `maxmemory-clients` in Redis: those of
 * clients that do not read. Their sessions can be resumed.
 *
 * A shared buffer counts for each member of the room, since the kernel copies it for each. Active writes
 * do not count: a client that reads has nothing else.
 */
export class OutboxBudget {
  readonly #waiting = new Set<Budgeted>();
  #usedBytes = 0;

  /**
   * @param limitBytes maximum number of bytes in all outboxes together.
   * @param onOverflow called for each outbox that is dropped.
   */
  constructor(readonly limitBytes: number, private readonly onOverflow: () => void = () => {}) {}

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts a change of the bytes that wait in an outbox. */
  add(outbox: Budgeted, bytes: number): void {
    this.#usedBytes += bytes;
    if (outbox.queuedBytes > 0) this.#waiting.add(outbox);
    else this.#waiting.delete(outbox);
  }

  /** Ends the largest outboxes past the limit. Called between two flushes. */
  enforce(): void {
    if (this.#usedBytes <= this.limitBytes) return;
    const largestFirst = [...this.#waiting].sort((a, b) => b.queuedBytes - a.queuedBytes);
    for (const outbox of largestFirst) {
      if (this.#usedBytes <= this.limitBytes * RELIEF_SHARE) break;
      outbox.overflow();
      this.onOverflow();
    }
  }
}
