import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  AccountError,
  type AccountFile,
  BanError,
  type BanFile,
  openAccounts,
  openBans,
} from "../../../server/storage/administration.ts";
import { SqliteAccounts } from "../../../server/storage/accounts.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import type { Store } from "../../../server/storage/store.ts";
import { FakeStoreEnvironment, inDirectory, NOON } from "./samples.ts";

const HASH = "scrypt$15$8$1$c2FsdA$aGFzaA";

/** Opens a part of a folder's database for one call. */
async function withFile<File extends { close(): void }, Result>(
  opened: Promise<File>,
  work: (file: File) => Result,
): Promise<Result> {
  const file = await opened;
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** Opens the accounts of a folder for one call. */
function change<Result>(folder: string, work: (file: AccountFile) => Result): Promise<Result> {
  return withFile(openAccounts(folder), work);
}

/** Opens the bans of a folder for one call. */
function changeBans<Result>(folder: string, work: (file: BanFile) => Result): Promise<Result> {
  return withFile(openBans(folder), work);
}

function withStore<Result>(folder: string, work: (store: Store) => Result): Result {
  const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
  try {
    return work(store);
  } finally {
    store.close();
  }
}

Deno.test("account file: creates a missing database like a server", () =>
  inDirectory(async (parent) => {
    const folder = join(parent, "new", "data");
    await change(folder, (file) => file.add("Op", HASH, true));
    assertEquals((await Deno.stat(folder)).mode! & 0o777, 0o700);
    assertEquals((await Deno.stat(join(folder, "hubbub.db"))).mode! & 0o777, 0o600);
    withStore(folder, ({ accounts }) => {
      assertEquals(accounts!.find("op")?.isOperator, true);
      assertEquals(accounts!.hasOperators, true);
    });
  }));

Deno.test("account file: accounts are added, listed, changed and removed", () =>
  inDirectory(async (folder) => {
    await change(folder, (file) => {
      file.add("Zoë", HASH, false);
      file.add(" Op ", HASH, true);
      file.setPassword("ZOE\u0308", HASH + "x");
      file.add("Ann", HASH, false);
      file.remove("ann");
      assertEquals(
        file.list().map(({ key, name, passwordHash, isOperator }) => [
          ...[key, name, passwordHash, isOperator],
        ]),
        [["op", "Op", HASH, true], ["zoë", "Zoë", HASH + "x", false]],
      );
    });
  }));

Deno.test("account file: refuses invalid changes without any effect", () =>
  inDirectory(async (folder) => {
    await change(folder, (file) => {
      file.add("Op", HASH, false);
      const cases: readonly (readonly [code: string, () => unknown])[] = [
        ["exists", () => file.add("OP", HASH, true)],
        ["name", () => file.add("a b", HASH, true)],
        ["name", () => file.add("", HASH, true)],
        ["missing", () => file.setPassword("Ann", HASH)],
        ["missing", () => file.remove("Ann")],
      ];
      for (const [code, work] of cases) {
        assertEquals((assertThrows(work, AccountError) as AccountError).code, code);
      }
      assertEquals(file.list().map(({ isOperator }) => isOperator), [false]);
    });
    const nowhere = join(folder, "nowhere");
    await assertRejects(() => openAccounts(nowhere, false), AccountError, "no data");
    await assertRejects(() => Deno.stat(nowhere), Deno.errors.NotFound);
  }));

Deno.test("account file: refuses a database of another program or a newer version, and does not change it", () =>
  inDirectory(async (folder) => {
    for (const [pragma, code] of [["", "foreign"], ["user_version = 999", "newer"]] as const) {
      const path = join(folder, code, "hubbub.db");
      if (code === "newer") await change(join(folder, code), () => {});
      else await Deno.mkdir(join(folder, code));
      const database = new DatabaseSync(path);
      database.exec(pragma === "" ? "CREATE TABLE theirs (x)" : `PRAGMA ${pragma}`);
      database.close();
      const before = await Deno.readFile(path);
      const error = await assertRejects(() => openAccounts(join(folder, code)), StorageError);
      assertInstanceOf(error, StorageError);
      assertEquals(error.code, code);
      assertEquals(await Deno.readFile(path), before);
    }
  }));

Deno.test("account file: a running server applies changes, and neither overwrites the other", () =>
  inDirectory(async (folder) => {
    const account = { name: "Ann", passwordHash: HASH, createdAt: NOON, isOperator: false };
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    const accounts = store.accounts!;
    try {
      accounts.save({ ...account, key: "ann" });
      accounts.save({ ...account, key: "bob", name: "Bob" });
      store.commit();
      assertEquals(accounts.refresh(), [], "its own changes are none");
      await change(folder, (file) => {
        file.add("Op", HASH, true);
        file.setPassword("Ann", "another");
        file.remove("Bob");
      });
      accounts.save({ ...account, key: "carol", name: "Carol" });
      const changes = accounts.refresh().map(({ before, after }) => [before?.name, after?.name]);
      assertEquals(changes.toSorted((one, other) => String(one[1]) < String(other[1]) ? -1 : 1), [
        ["Ann", "Ann"],
        [undefined, "Op"],
        ["Bob", undefined],
      ]);
      assertEquals(accounts.refresh(), []);
      assertEquals(accounts.find("ann")?.passwordHash, "another");
      assertEquals([accounts.hasOperators, accounts.find("bob")], [true, undefined]);
      store.commit();
      assertEquals(store.failure, undefined);
    } finally {
      store.close();
    }
    const names = (await change(folder, (file) => file.list())).map(({ name }) => name);
    assertEquals(names, ["Ann", "Carol", "Op"]);
  }));

Deno.test("account file: a client that registers a name at the same time does not become an operator", () =>
  inDirectory(async (folder) => {
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    const accounts = store.accounts!;
    try {
      const thief = { key: "op", name: "op", passwordHash: "thief", createdAt: NOON };
      accounts.save({ ...thief, isOperator: false });
      await change(folder, (file) => file.add("Op", HASH, true));
      store.commit();
      accounts.refresh();
      assertEquals(accounts.find("op")?.passwordHash, HASH);
      assertEquals(accounts.find("op")?.isOperator, true);
    } finally {
      store.close();
    }
    withStore(folder, (again) => assertEquals(again.accounts!.find("op")?.passwordHash, HASH));
  }));

Deno.test("account file: a change of a password does not restore a removed account", () =>
  inDirectory(async (folder) => {
    const ann = { key: "ann", name: "Ann", passwordHash: HASH, createdAt: NOON, isOperator: false };
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    try {
      store.accounts!.save(ann);
      store.commit();
      store.accounts!.save({ ...ann, passwordHash: "another" });
      await change(folder, (file) => file.remove("Ann"));
      store.commit();
      store.accounts!.refresh();
      assertEquals(store.accounts!.find("ann"), undefined);
    } finally {
      store.close();
    }
  }));

Deno.test("account file: a commit of the server waits for a change, and succeeds", () =>
  inDirectory(async (folder) => {
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    try {
      const file = await openAccounts(folder);
      for (let number = 0; number < 50; number++) {
        file.add(`name${number}`, HASH, false);
        store.topics.save("lobby", { text: String(number), by: "Op", time: NOON });
        store.commit();
        assertEquals(store.failure, undefined);
      }
      file.close();
      assertEquals(store.accounts!.refresh().length, 50);
      assert(store.accounts!.find("name49") !== undefined);
    } finally {
      store.close();
    }
    withStore(folder, ({ topics }) => assertEquals(topics.find("lobby")?.text, "49"));
  }));

/** A database in which the next reads of an account may fail. */
class FailingDatabase extends DatabaseSync {
  /** By read: whether it fails. */
  readonly failures: boolean[] = [];

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    if (!sql.startsWith("SELECT * FROM accounts WHERE")) return statement;
    const get = statement.get.bind(statement);
    return Object.assign(statement, {
      get: (key: string) => {
        if (this.failures.shift() === true) throw new Error("disk I/O error");
        return get(key);
      },
    });
  }
}

for (const failures of [[true], [false, true]]) {
  const which = failures.length === 1 ? "first" : "second";
  Deno.test(`account file: changes are applied after the ${which} of two rows could not be read`, () =>
    inDirectory(async (folder) => {
      await change(folder, (file) => {
        file.add("Ann", HASH, false);
        file.add("Op", HASH, true);
      });
      const database = new FailingDatabase(join(folder, "hubbub.db"));
      try {
        const accounts = new SqliteAccounts(database);
        await change(folder, (file) => {
          file.remove("Ann");
          file.remove("Op");
        });
        database.failures.push(...failures);
        assertEquals(accounts.refresh(), []);
        assertInstanceOf(accounts.readFailure, Error);
        assertEquals(accounts.refresh(), [], "damaged pages are not read again for each client");
        const removed = accounts.refresh(true).map(({ before, after }) => [before?.name, after]);
        assertEquals(removed.toSorted(), [["Ann", undefined], ["Op", undefined]]);
        assertEquals([accounts.size, accounts.hasOperators], [0, false]);
        assertEquals(accounts.readFailure, undefined);
        assertEquals(accounts.refresh(true), []);
      } finally {
        database.close();
      }
    }));
}

Deno.test("account file: an account that another process took first is read again after a failed read", () =>
  inDirectory(async (folder) => {
    await change(folder, () => {});
    const database = new FailingDatabase(join(folder, "hubbub.db"));
    try {
      const accounts = new SqliteAccounts(database);
      await change(folder, (file) => file.add("Op", HASH, true));
      assertEquals(accounts.refresh().length, 1);
      await change(folder, (file) => file.remove("Op"));
      accounts.save({ ...accounts.find("op")!, passwordHash: "another" });
      accounts.write();
      accounts.written();
      database.failures.push(true);
      assertEquals(accounts.refresh(), []);
      assertEquals(accounts.refresh(true).map(({ before }) => before?.passwordHash), ["another"]);
      assertEquals(accounts.find("op"), undefined);
    } finally {
      database.close();
    }
  }));

const TARGETS = ["alice", "192.0.2.1", "192.0.2.0/24", "2001:db8::/64"] as const;

/** A store with a ban on each of {@link TARGETS}, and one that expires an hour after noon. */
function storeWithBans(folder: string) {
  const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
  const kindOf = (key: string) => key === "alice" ? "name" as const : "address" as const;
  for (const key of TARGETS) store.bans.save({ kind: kindOf(key), key, by: "Op" });
  store.bans.save({ kind: "name", key: "bob", by: "Op", until: NOON + 3_600_000 });
  store.commit();
  return store;
}

for (const isRunning of [false, true]) {
  const when = isRunning ? "beside a server" : "without a server";
  Deno.test(`ban file: bans are listed and removed ${when}`, () =>
    inDirectory(async (folder) => {
      const store = storeWithBans(folder);
      if (!isRunning) store.close();
      try {
        const keysAt = (time: number) =>
          changeBans(folder, (file) => file.list(time).map(({ key }) => key).toSorted());
        assertEquals(await keysAt(NOON), [...TARGETS, "bob"].toSorted());
        assertEquals(
          await keysAt(NOON + 3_600_000),
          TARGETS.toSorted(),
          "expired bans are not listed",
        );
        const written = ["ALICE", " 192.0.2.1 ", "192.0.2.77/24", "2001:DB8::5"];
        for (const [index, target] of written.entries()) {
          assertEquals(await changeBans(folder, (file) => file.remove(target).key), TARGETS[index]);
          await changeBans(folder, (file) => assertThrows(() => file.remove(target), BanError));
        }
        assertEquals(await keysAt(NOON), ["bob"]);
      } finally {
        store.close();
      }
    }));
}

Deno.test("ban file: a running server applies a removal, and does not restore the ban", () =>
  inDirectory(async (folder) => {
    const store = storeWithBans(folder);
    const { bans } = store;
    assertEquals(bans.refresh(), []);
    await changeBans(folder, (file) => file.remove("192.0.2.0/24"));
    assertEquals(bans.find("address", "192.0.2.9", NOON)?.key, "192.0.2.0/24", "not yet");
    bans.save({ kind: "name", key: "carol", by: "Op" });
    assertEquals(bans.refresh().map(({ key }) => key), ["192.0.2.0/24"]);
    assertEquals(bans.refresh(), []);
    assertEquals(bans.find("address", "192.0.2.9", NOON), undefined);
    assertEquals(bans.find("address", "192.0.2.1", NOON)?.key, "192.0.2.1", "another ban");
    store.commit();
    await changeBans(folder, (file) => file.remove("alice"));
    bans.save({ kind: "name", key: "alice", by: "Op" });
    store.commit();
    assertEquals(bans.refresh(), [], "the user was banned again meanwhile");
    await changeBans(folder, (file) => file.remove("alice"));
    bans.save({ kind: "name", key: "alice", by: "Op" });
    assertEquals(bans.refresh(), [], "and again, which is not written yet");
    store.close();
    const again = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    const keys = [...again.bans.all()].map(({ key }) => key).toSorted();
    assertEquals(keys, ["alice", "192.0.2.1", "2001:db8::/64", "bob", "carol"].toSorted());
    again.close();
  }));

Deno.test("ban file: a folder without data is refused, and not created", () =>
  inDirectory(async (folder) => {
    const nowhere = join(folder, "nowhere");
    await assertRejects(() => openBans(nowhere), BanError, "no data");
    await assertRejects(() => Deno.stat(nowhere), Deno.errors.NotFound);
  }));
