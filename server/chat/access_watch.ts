/** Access that goes on after it was checked, such as a stream of messages. */
export interface WatchedAccess {
  /** Whether the reasons for which it was granted still hold. */
  isAllowed(): boolean;
  end(): void;
}

/** Ticks within which each access is checked. */
const TICKS_PER_ROUND = 10;

/** Checks from time to time whether access that was granted earlier still is, a few at each tick. */
export class AccessWatch {
  /** The one that was checked the longest ago comes first. */
  readonly #watched = new Set<WatchedAccess>();

  add(access: WatchedAccess): void {
    this.#watched.add(access);
  }

  remove(access: WatchedAccess): void {
    this.#watched.delete(access);
  }

  /** Ends access that is not allowed any more; called every second. */
  tick(): void {
    const count = Math.ceil(this.#watched.size / TICKS_PER_ROUND);
    for (const access of [...this.#watched].slice(0, count)) {
      this.#watched.delete(access);
      // First, so that an error of the storage does not end the checks.
      this.#watched.add(access);
      if (access.isAllowed()) continue;
      this.#watched.delete(access);
      access.end();
    }
  }
}
