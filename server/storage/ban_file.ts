import { cleanLine } from "../../protocol/mod.ts";
import { banTargetOf } from "./bans.ts";
import { hasDatabase, openSharedDatabase, type SharedDatabase } from "./shared_database.ts";
import { BAN_CHANGES } from "./sqlite_bans.ts";
import type { Ban } from "./store.ts";

/** A ban cannot be removed as asked. The message is a sentence. */
export class BanError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "BanError";
}

/** The bans of a data directory, for its administrator. */
export interface BanFile {
  /** The bans that hold at a time, in Unix milliseconds. */
  list(now: number): Ban[];
  /**
   * Removes a ban.
   *
   * @param target the name, the address or the range, in any notation.
   * @throws {BanError} where there is no such ban.
   */
  remove(target: string): Ban;
  /** Closes the database. */
  close(): void;
}

/**
 * Opens the bans of a data directory, while a server uses it or not: see `shared_database.ts`. The
 * server notices a change by the counter {@link BAN_CHANGES}.
 *
 * @throws {StorageError} as when a server is started; `locked` where another version of the program
 * uses the directory.
 * @throws {BanError} where there is no database.
 */
export async function openBans(directory: string): Promise<BanFile> {
  if (!hasDatabase(directory)) {
    throw new BanError(`There is no data of a hubbub server in ${directory}.`);
  }
  return new SqliteBanFile(await openSharedDatabase(directory));
}

class SqliteBanFile implements BanFile {
  constructor(private readonly shared: SharedDatabase) {}

  list(now: number): Ban[] {
    return this.#rows().map(([, ban]) => ban)
      .filter(({ until }) => until === undefined || until > now);
  }

  remove(target: string): Ban {
    const { kind, key } = banTargetOf(target.trim());
    return this.shared.change(BAN_CHANGES, (database) => {
      // Earlier versions stored a single IPv6 address instead of its /64 network.
      const row = this.#rows().find(([, ban]) =>
        ban.kind === kind && (ban.key === key || banTargetOf(ban.key).key === key)
      );
      if (row === undefined) {
        const shown = cleanLine(target.trim());
        throw new BanError(`There is no ban on ${shown}. hubbub ban list shows all bans.`);
      }
      const [rowKey, ban] = row;
      database.prepare("DELETE FROM bans WHERE key = ?").run(rowKey);
      return ban;
    }, (error) => error instanceof BanError);
  }

  close(): void {
    this.shared.close();
  }

  #rows(): [key: string, ban: Ban][] {
    return this.shared.read((database) =>
      database.prepare("SELECT key, ban FROM bans ORDER BY key").all()
        .map(({ key, ban }) => [String(key), JSON.parse(String(ban)) as Ban])
    );
  }
}
