import { DatabaseSync } from "node:sqlite";
import { nameKey } from "../../protocol/mod.ts";
import { migrate } from "../../server/storage/schema.ts";
import { DEFAULT_PENDING_LIMITS } from "../../server/storage/room_segments.ts";
import { createSqliteStore } from "../../server/storage/sqlite_store.ts";
import type { Store } from "../../server/storage/store.ts";
import type { Clock } from "../../server/scheduling/clock.ts";

/**
 * The disk of the server: what was committed is there after a crash, and nothing else.
 *
 * It is a database of SQLite in memory, below the product's own store. A commit is one step of the
 * process: either all of it is on the disk or nothing.
 */
export class SimulatedDisk {
  readonly #database = new DatabaseSync(":memory:");

  constructor() {
    migrate(this.#database);
  }

  /** Adds the account of an operator, as `hubbub account add` does. */
  addOperator(name: string): void {
    this.#database.prepare(
      "INSERT INTO accounts (key, name, password_hash, created_at, is_operator) VALUES (?, ?, '', 0, 1)",
    ).run(nameKey(name), name);
  }

  /** Opens the store for a process that starts. */
  open(clock: Clock): Store {
    this.#database.exec("PRAGMA query_only = OFF");
    const open = {
      database: keptOpen(this.#database),
      lock: { release() {} },
      directory: "simulated",
      path: "simulated",
      walPath: "simulated",
    };
    // The log of SQLite, and its way to the disk, need files.
    return createSqliteStore(open, { sync: "full" }, {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (milliseconds, run) => clock.after(milliseconds, run),
      pendingLimits: DEFAULT_PENDING_LIMITS,
      startCheckpoints: () => ({ request() {}, stop() {} }),
    });
  }

  /** The process has died: it writes nothing more. */
  freeze(): void {
    this.#database.exec("PRAGMA query_only = ON");
  }

  close(): void {
    this.#database.close();
  }
}

/** The database for a store, which closes it: here that would lose it. */
function keptOpen(database: DatabaseSync): DatabaseSync {
  return withMethods(database, { close: () => {} });
}

/** A store whose commits call a function first, which may replace them. */
export function withCommit(store: Store, onCommit: (commit: () => void) => void): Store {
  return withMethods(store, { commit: () => onCommit(() => store.commit()) });
}

/** An object with other methods in place of some of its own. */
function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  // A run calls them some hundred thousand times.
  const bound = new Map<PropertyKey, unknown>(Object.entries(methods));
  return new Proxy(target, {
    get(_, key) {
      if (bound.has(key)) return bound.get(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      const method = value.bind(target);
      bound.set(key, method);
      return method;
    },
  });
}
