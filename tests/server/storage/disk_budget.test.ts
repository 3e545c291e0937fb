import { assert, assertEquals } from "@std/assert";
import { openSqliteStore, systemStoreEnvironment } from "../../../server/storage/sqlite_store.ts";
import { DiskBudget } from "../../../server/storage/disk_budget.ts";
import { openDatabase } from "../../../server/storage/database.ts";
import { segmentNumber } from "../../../server/storage/segment.ts";
import { inDirectory, say, seqs } from "./samples.ts";

const MEBIBYTE = 1024 * 1024;

/** An environment whose timers are fired by the test. */
function manualTimers() {
  let timers: (() => void)[] = [];
  const environment = {
    ...systemStoreEnvironment,
    after: (_milliseconds: number, callback: () => void) => {
      timers.push(callback);
      return () => void (timers = timers.filter((other) => other !== callback));
    },
  };
  const fire = () => {
    for (const timer of timers.splice(0)) timer();
  };
  return { environment, fire };
}

Deno.test("disk budget: past it the largest room loses its oldest messages, and a small one none", () =>
  inDirectory((directory) => {
    const { environment, fire } = manualTimers();
    const limit = MEBIBYTE;
    const store = openSqliteStore(
      directory,
      { diskBytes: limit, historyLimit: 1_000_000 },
      environment,
    );
    say(store, 1, 50, 1, "small");
    let seq = 0;
    let most = 0;
    for (let round = 0; round < 400; round++) {
      say(store, seq + 1, seq + 500, 50, "busy");
      seq += 500;
      fire();
      most = Math.max(most, store.statistics.diskBytes);
    }
    assert(store.statistics.bytes > 4 * limit, "far more was written than may be kept");
    // The size is checked once per mebibyte, and the deletion takes several slices.
    assert(most < limit + 3 * MEBIBYTE, `${most} bytes`);
    assertEquals(seqs(store, "small").length, 50);
    assertEquals(store.history.lastSeq("busy"), seq);
    const kept = seqs(store, "busy");
    assert(kept.length > 1000, `${kept.length} messages`);
    assertEquals(kept.at(-1), seq);
    assertEquals(kept[0], seq - kept.length + 1, "they are the newest");
    assertEquals(store.close(), undefined);
  }));

Deno.test("disk budget: applies to a database that is over it already", () =>
  inDirectory((directory) => {
    const before = openSqliteStore(directory, { historyLimit: 1_000_000 });
    for (let seq = 1; seq < 60_000; seq += 500) say(before, seq, seq + 499, 50);
    const { diskBytes } = before.statistics;
    before.close();
    const { environment, fire } = manualTimers();
    const store = openSqliteStore(
      directory,
      { diskBytes: diskBytes / 2, historyLimit: 1_000_000 },
      environment,
    );
    for (let seq = 60_001; seq < 60_400; seq++) {
      say(store, seq, seq);
      fire();
    }
    assert(store.statistics.diskBytes <= diskBytes / 2, `${store.statistics.diskBytes}`);
    assertEquals(store.close(), undefined);
  }));

Deno.test("disk budget: searches for the largest of a thousand rooms over many commits", () =>
  inDirectory((directory) => {
    const { database, lock } = openDatabase(directory, "normal");
    const addRoom = database.prepare("INSERT INTO rooms (key, used_at) VALUES (?, 0)");
    const addSegment = database.prepare("INSERT INTO segments VALUES (?, ?, ?, 0, 0, ?)");
    database.exec("BEGIN");
    let largest = 0n;
    for (let number = 1; number <= 1000; number++) {
      const room = BigInt(addRoom.run(`r${number}`).lastInsertRowid);
      const body = new Uint8Array(number === 700 ? 200 : 100);
      if (number === 700) largest = room;
      for (const [first, last] of [[1, 10], [11, 20]] as const) {
        addSegment.run(segmentNumber(room, last), first, last, body);
      }
    }
    database.exec("COMMIT");
    const trims: [room: bigint, upTo: number][] = [];
    const budget = new DiskBudget(database, 1, {
      isDone: true,
      trim: (room, upTo) => trims.push([room, upTo]),
    });
    let commits = 0;
    for (; trims.length === 0; commits++) budget.committed(MEBIBYTE);
    assertEquals(trims, [[largest, 11]]);
    assert(commits > 1000 / 40 && commits < 1000 / 20, `${commits} commits`);
    database.close();
    lock.release();
  }));
