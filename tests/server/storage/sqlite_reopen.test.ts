import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import type { Store } from "../../../server/storage/store.ts";
import {
  FakeStoreEnvironment,
  inDirectory,
  NOON,
  range,
  run,
  sampleMessage,
  sampleSession,
  sampleWhisper,
  say,
  seqs,
} from "./samples.ts";

const ACCOUNT = {
  key: "zoe",
  name: "Zoë",
  passwordHash: "scrypt$15$8$1$c2FsdA$aGFzaA",
  createdAt: NOON,
  isOperator: false,
};

/** Writes data of every kind. */
function fill(store: Store): void {
  say(store, 1, 40, 3);
  store.history.append("lobby", sampleMessage(41, { id: '"\n', text: "último", action: true }));
  say(store, 1, 2, 1, "help");
  const { sessions, bans, mutes, topics, accounts } = store;
  for (let count = 1; count <= 4; count++) sessions.nextNumber();
  sessions.save(sampleSession(3, { name: "Bob" }));
  sessions.save(
    sampleSession(4, {
      rooms: [{ name: "Lobby", since: 7 }, { name: "tea", since: 2 }],
      isAuthenticated: true,
      lastWhisper: 2,
      hasLeft: true,
    }),
  );
  sessions.addWhisper(4, sampleWhisper(1, 3, "w\n1"), false);
  sessions.addWhisper(4, sampleWhisper(2, 3), false);
  sessions.addWhisper(2, sampleWhisper(1, 3, "to no session"), false);
  accounts?.save({ ...ACCOUNT, passwordHash: "an older one" });
  accounts?.save(ACCOUNT);
  bans.save({ kind: "name", key: "mallory", by: "Op", reason: "spam" });
  bans.save({ kind: "address", key: "::1", by: "Op", until: NOON * 2 });
  bans.save({ kind: "address", key: "10.0.0.1", by: "Op" });
  bans.save({ kind: "address", key: "10.2.0.0/16", by: "Op" });
  mutes.save({ key: "bob", address: "192.0.2.1", by: "Op", until: NOON * 2 });
  topics.save("lobby", { text: "Größe", by: "Op", time: NOON });
  topics.save("help", { text: "gone", by: "Op", time: NOON });
  store.commit();
  bans.remove("address", "10.0.0.1");
  topics.save("help", undefined);
  store.commit();
}

/** Checks that all data is present. */
function assertFilled(store: Store): void {
  assertEquals(seqs(store), range(1, 41));
  assertEquals(store.history.lastSeq("lobby"), 41);
  assertEquals(store.history.lastSeq("help"), 2);
  assertEquals(store.history.read("lobby", { limit: 1 }), [
    sampleMessage(41, { id: '"\n', text: "último", action: true }),
  ]);
  const { sessions, bans, mutes, topics, accounts } = store;
  assertEquals(sessions.all(), [
    sampleSession(3, { name: "Bob" }),
    sampleSession(4, {
      rooms: [{ name: "Lobby", since: 7 }, { name: "tea", since: 2 }],
      isAuthenticated: true,
      lastWhisper: 2,
      hasLeft: true,
    }),
  ]);
  assertEquals(sessions.nextNumber(), 5);
  assertEquals(sessions.whispersAfter(4, 0), [
    sampleWhisper(1, 3, "w\n1"),
    sampleWhisper(2, 3),
  ]);
  assert(sessions.hasWhispered(3, "w\n1"));
  assertEquals(sessions.whispersAfter(2, 0), []);
  assertEquals(accounts?.find("zoe"), ACCOUNT);
  assertEquals(accounts?.find("alice"), undefined);
  assertEquals(bans.find("name", "mallory", NOON)?.reason, "spam");
  assertEquals(bans.find("address", "::1", NOON)?.until, NOON * 2);
  assertEquals(bans.find("address", "10.0.0.1", NOON), undefined);
  assertEquals(bans.find("address", "10.2.3.4", NOON)?.key, "10.2.0.0/16");
  assertEquals(mutes.find("bob", NOON)?.until, NOON * 2);
  assertEquals(mutes.findByAddress("192.0.2.1", NOON)?.key, "bob");
  assertEquals(topics.find("lobby")?.text, "Größe");
  assertEquals(topics.find("help"), undefined);
}

Deno.test("sqlite store: keeps everything over two restarts", () =>
  inDirectory((directory) => {
    let store = openSqliteStore(directory);
    fill(store);
    store.close();
    store = openSqliteStore(directory);
    assertFilled(store);
    store.close();
    store = openSqliteStore(directory);
    assertEquals(seqs(store), range(1, 41));
    store.close();
  }));

Deno.test("sqlite store: after a restart no ids are kept of whispers whose senders' sessions are over", () =>
  inDirectory((directory) => {
    let store = openSqliteStore(directory);
    store.sessions.save(sampleSession(4));
    store.sessions.addWhisper(4, sampleWhisper(1, 3, "of no session"), false);
    store.close();
    store = openSqliteStore(directory);
    assertEquals(store.sessions.whispersAfter(4, 0).length, 1);
    assertEquals(store.sessions.usage.idBytes, 0);
    store.close();
  }));

for (const sync of ["normal", "full"] as const) {
  Deno.test(`sqlite store: keeps all commits after a crash, sync ${sync}`, () =>
    inDirectory((directory) => {
      const store = openSqliteStore(`${directory}/a`, { sync });
      fill(store);
      store.history.append("lobby", sampleMessage(42)); // not committed
      // A SIGKILL leaves the files unchanged. Another process copies them: to close the
      // database in this one would release SQLite's locks.
      assert(run("cp", "-r", `${directory}/a`, `${directory}/b`).success);
      const copy = openSqliteStore(`${directory}/b`);
      assertFilled(copy);
      copy.close();
      store.close();
    }));
}

Deno.test("sqlite store: writes uncommitted changes when it closes", () =>
  inDirectory((directory) => {
    const store = openSqliteStore(directory);
    store.history.append("lobby", sampleMessage(1));
    store.close();
    const again = openSqliteStore(directory);
    assertEquals(seqs(again), [1]);
    again.close();
  }));

Deno.test("sqlite store: a lower history limit shows less, and the numbers continue", () =>
  inDirectory((directory) => {
    let store = openSqliteStore(directory);
    say(store, 1, 100, 10);
    store.close();
    store = openSqliteStore(directory, { historyLimit: 5 });
    assertEquals(seqs(store), range(96, 100));
    say(store, 101, 130, 10);
    assertEquals(seqs(store), range(126, 130));
    store.close();
    store = openSqliteStore(directory);
    assertEquals(store.history.lastSeq("lobby"), 130);
    assert(seqs(store).length < 20, "the older ones were deleted");
    store.close();
  }));

Deno.test("sqlite store: deletes expired bans when it opens", () =>
  inDirectory((directory) => {
    const environment = new FakeStoreEnvironment();
    let store = openSqliteStore(directory, {}, environment);
    store.bans.save({ kind: "name", key: "bob", by: "Op", until: environment.now() + 1000 });
    store.commit();
    store.close();
    environment.advance(1000);
    store = openSqliteStore(directory, {}, environment);
    assertEquals(store.bans.find("name", "bob", 0), undefined);
    store.close();
  }));

Deno.test("sqlite store: only the owner can read the data directory", () =>
  inDirectory((directory) => {
    if (Deno.build.os === "windows") return;
    const store = openSqliteStore(`${directory}/deep/data`);
    store.commit();
    const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
    assertEquals(mode(`${directory}/deep/data`), 0o700);
    assertEquals(mode(`${directory}/deep/data/hubbub.db`), 0o600);
    assertEquals(mode(`${directory}/deep/data/hubbub.db-wal`), 0o600);
    store.close();
  }));

Deno.test("sqlite store: leaves no log and no lock", () =>
  inDirectory((directory) => {
    const store = openSqliteStore(directory);
    say(store, 1, 3);
    store.close();
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assertEquals(names, ["hubbub.db", "hubbub.lock"]);
    assertEquals(Deno.statSync(`${directory}/hubbub.lock`).size, 0);
  }));

Deno.test("sqlite store: converts an old ban on one IPv6 address to its /64", () =>
  inDirectory((directory) => {
    openSqliteStore(directory).close();
    const database = new DatabaseSync(join(directory, "hubbub.db"));
    const ban = { kind: "address", key: "2001:db8::1", by: "Op" };
    database.prepare("INSERT INTO bans VALUES (?, ?)")
      .run("address:2001:db8::1", JSON.stringify(ban));
    database.close();
    for (let time = 1; time <= 2; time++) {
      const store = openSqliteStore(directory);
      assertEquals(store.bans.find("address", "2001:db8::ffff", NOON)?.key, "2001:db8::/64");
      assertEquals(store.bans.size, 1);
      store.close();
    }
    const store = openSqliteStore(directory);
    assertEquals(store.bans.remove("address", "2001:db8::/64"), true);
    store.close();
    const again = openSqliteStore(directory);
    assertEquals(again.bans.size, 0);
    again.close();
  }));

Deno.test("sqlite store: files and their messages survive, and go with their room", async () => {
  await inDirectory((directory) => {
    const hash = "a1".repeat(32);
    const row = { hash, room: "lobby", name: "ü\t.png", size: 5, type: "image/png", time: NOON };
    const url = `http://x/files/${hash}/a`;
    const file = { name: row.name, size: 5, type: row.type, hash, url };
    const stored = sampleMessage(1, { text: url });
    const open = () => openSqliteStore(directory, {}, new FakeStoreEnvironment());
    let store = open();
    store.files!.add({ ...row, owner: "Ann" });
    store.history.append("lobby", { ...stored, message: { ...stored.message, file } });
    store.close();
    store = open();
    assertEquals([store.files!.size, store.files!.bytes], [1, 4096]);
    const [read] = store.history.read("lobby", { limit: 1 });

    assertEquals(read?.message.file, { ...file, name: "ü\t.png" });
    store.forgetRoom("lobby");
    assertEquals([store.files!.find(hash), [...store.files!.removed]], ["gone", [hash]]);
    store.close();
    store = open();
    assertEquals([store.files!.find(hash), store.files!.size], ["gone", 0]);
    store.close();
  });
});
