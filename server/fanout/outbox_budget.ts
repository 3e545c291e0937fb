/** An outbox, as far as the budget needs it. */
export interface Budgeted {
  /** Bytes that wait behind the write that is under way. */
  readonly queuedBytes: number;
  /** Gives up what waits; the connection ends with a reason. */
  overflow(): void;
}

/** Share of the limit down to which outboxes are ended once it is passed, so that the next bytes do
 * not make the search necessary again. */
const RELIEF_SHARE = 0.9;

/**
 * The bytes that wait in all outboxes of a server, bounded.
 *
 * Past the limit the largest outboxes overflow first, as with `maxmemory-clients` in Redis: those of
 * clients that do not read. Their sessions can be resumed.
 *
 * A buffer that all members of a room share counts for each of them, as if it were copied: it is when
 * it is handed to the kernel. The one write that is under way does not count: a client that reads has
 * no other.
 */
export class OutboxBudget {
  readonly #waiting = new Set<Budgeted>();
  #usedBytes = 0;

  /**
   * @param limitBytes bytes that may wait in all outboxes together.
   * @param onOverflow called for each outbox that is given up.
   */
  constructor(readonly limitBytes: number, private readonly onOverflow: () => void = () => {}) {}

  /** Bytes that wait in all outboxes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts a change of what waits in an outbox behind the write that is under way. */
  add(outbox: Budgeted, bytes: number): void {
    this.#usedBytes += bytes;
    if (outbox.queuedBytes > 0) this.#waiting.add(outbox);
    else this.#waiting.delete(outbox);
  }

  /** Ends the largest outboxes if the limit is passed. Call it between two flushes. */
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
