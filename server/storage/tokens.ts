import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StorageError } from "./storage_error.ts";
import type { ApiToken, ApiTokens } from "./store.ts";

/** Precision of the last use, in milliseconds: a token that is used all the time is written once per
 * hour. */
const USE_PRECISION = 3_600_000;

/**
 * The tokens of a database. Each use reads the database, which takes some 10 µs: so a token that
 * `token_administration.ts` adds or removes in another process counts at once.
 */
export class SqliteTokens implements ApiTokens {
  readonly #select: StatementSync;
  readonly #update: StatementSync;
  /** Times of uses that are not written yet, by id. */
  readonly #uses = new Map<string, number>();

  constructor(database: DatabaseSync, private readonly directory: string) {
    this.#select = database.prepare("SELECT * FROM tokens WHERE id = ?");
    this.#update = database.prepare("UPDATE tokens SET used_at = ? WHERE id = ?");
  }

  find(id: string): ApiToken | undefined {
    try {
      const record = this.#select.get(id);
      return record && tokenOf(record as Record<string, unknown>);
    } catch (error) {
      throw StorageError.of("read", this.directory, error);
    }
  }

  use({ id, usedAt = -Infinity }: ApiToken, now: number): void {
    if (now - usedAt >= USE_PRECISION && !this.#uses.has(id)) this.#uses.set(id, now);
  }

  get isChanged(): boolean {
    return this.#uses.size > 0;
  }

  /** Writes the uses; within a transaction. */
  write(): void {
    for (const [id, time] of this.#uses) this.#update.run(Math.round(time), id);
  }

  /** Forgets the uses: the transaction succeeded. */
  written(): void {
    this.#uses.clear();
  }
}

export function tokenOf(record: Record<string, unknown>): ApiToken {
  const { expires_at: expiresAt, used_at: usedAt } = record;
  return {
    id: String(record.id),
    secretHash: String(record.secret_hash),
    accountKey: String(record.account_key),
    label: String(record.label),
    createdAt: Number(record.created_at),
    ...(expiresAt === null ? undefined : { expiresAt: Number(expiresAt) }),
    ...(usedAt === null ? undefined : { usedAt: Number(usedAt) }),
  };
}
