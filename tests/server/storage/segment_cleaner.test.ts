import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore, systemStoreEnvironment } from "../../../server/storage/sqlite_store.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";
import { inDirectory, range, sampleMessage, say, seqs } from "./samples.ts";

/** An environment whose timers are fired by the test. */
class SlicedTime {
  timers: (() => void)[] = [];
  readonly environment = {
    ...systemStoreEnvironment,
    after: (_milliseconds: number, callback: () => void) => {
      this.timers.push(callback);
      return () => void (this.timers = this.timers.filter((other) => other !== callback));
    },
  };

  /** Fires all timers. */
  fire(): void {
    for (const timer of this.timers.splice(0)) timer();
  }
}

function rowsOf(path: string): { rooms: number; segments: number } {
  const database = new DatabaseSync(`${path}/hubbub.db`, { readOnly: true });
  const count = (table: string) =>
    Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()!.count);
  const rows = { rooms: count("rooms"), segments: count("segments") };
  database.close();
  return rows;
}

Deno.test("segment cleaner: deletes a room of 20,000 rows in short slices, and its key at once", () =>
  inDirectory((directory) => {
    const time = new SlicedTime();
    const store = openSqliteStore(directory, {}, time.environment);
    say(store, 1, 20_000);
    say(store, 1, 3, 1, "other");
    store.forgetRoom("lobby");
    assertEquals(seqs(store), []);
    store.commit();
    assertEquals(seqs(store), []);
    say(store, 1, 2);
    let slices = 0;
    const took = cpuMilliseconds(() => {
      for (; time.timers.length > 0 && slices < 5000; slices++) time.fire();
    });
    assert(slices > 20, `${slices} slices`);
    assert(took < 2 * slices, `${slices} slices took ${took} ms`); // measured: 0.6 ms each
    assertEquals(seqs(store), [1, 2], "a new room by that name is not touched");
    assertEquals(seqs(store, "other"), [1, 2, 3]);
    store.close();
    assertEquals(rowsOf(directory), { rooms: 2, segments: 5 });
  }));

Deno.test("segment cleaner: continues after the next start", () =>
  inDirectory((directory) => {
    const time = new SlicedTime();
    let store = openSqliteStore(directory, {}, time.environment);
    say(store, 1, 20, 1, "other");
    say(store, 1, 100);
    store.forgetRoom("lobby");
    store.commit();
    // After a crash none of its segments is deleted.
    Deno.mkdirSync(`${directory}/copy`);
    for (const name of ["hubbub.db", "hubbub.db-wal"]) {
      new Deno.Command("cp", { args: [`${directory}/${name}`, `${directory}/copy/`] }).outputSync();
    }
    store.close();
    store = openSqliteStore(`${directory}/copy`, {}, time.environment);
    assertEquals([store.rooms?.size, seqs(store).length], [1, 0]);
    store.history.append("lobby", sampleMessage(1));
    store.commit();
    while (time.timers.length > 0) time.fire();
    assertEquals(seqs(store, "other"), range(1, 20));
    store.close();
    assertEquals(rowsOf(`${directory}/copy`), { rooms: 2, segments: 21 });
  }));

Deno.test("segment cleaner: deletes messages over the limit, and keeps the last number", () =>
  inDirectory((directory) => {
    const time = new SlicedTime();
    let store = openSqliteStore(directory, {}, time.environment);
    say(store, 1, 3000);
    store.close();
    store = openSqliteStore(directory, { historyLimit: 10 }, time.environment);
    say(store, 3001, 3002);
    while (time.timers.length > 0) time.fire();
    assertEquals(seqs(store), range(2993, 3002));
    store.close();
    assert(rowsOf(directory).segments < 20);
    store = openSqliteStore(directory, {}, time.environment);
    assertEquals(store.history.lastSeq("lobby"), 3002);
    store.close();
  }));
