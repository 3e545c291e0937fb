import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SqliteRows } from "./sqlite_rows.ts";
import type { Ban } from "./store.ts";

/** Counter of the bans that other processes than the server have removed. */
export const BAN_CHANGES = "ban_changes";

/** Looks for bans that another process has removed from the database: see `ban_file.ts`. */
export class BanRemovals {
  readonly #changeCount: StatementSync;
  #seenChangeCount: number;

  constructor(database: DatabaseSync, private readonly rows: SqliteRows<Ban>) {
    this.#changeCount = database.prepare("SELECT value FROM counters WHERE name = ?");
    this.#seenChangeCount = this.#countChanges();
  }

  /** Keys of the rows that were removed since the last call. After an error of the
   * database they are returned by the next call. */
  take(): string[] {
    try {
      const changeCount = this.#countChanges();
      if (changeCount === this.#seenChangeCount) return [];
      const removed = this.rows.removedElsewhere();
      this.#seenChangeCount = changeCount;
      return removed;
    } catch {
      return [];
    }
  }

  #countChanges(): number {
    return Number(this.#changeCount.get(BAN_CHANGES)?.value);
  }
}
