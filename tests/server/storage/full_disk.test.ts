import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { fillDisk, freeDisk, onSmallDisk } from "../../support/small_disk.ts";
import { FakeStoreEnvironment, inDirectory, range, sampleMessage, say, seqs } from "./samples.ts";

Deno.test("full disk: loses nothing, reads everything, and stores it once space is free", () =>
  onSmallDisk((disk) => {
    const environment = new FakeStoreEnvironment();
    const store = openSqliteStore(disk, {}, environment);
    say(store, 1, 10);
    fillDisk(disk);
    let seq = 10;
    while (store.failure === undefined && seq < 5000) say(store, ++seq, seq);
    assert(store.failure !== undefined, "the disk never was full");
    assertStringIncludes(
      store.failure,
      `Cannot write to the data in ${disk}: the disk is full. Free some space.`,
    );
    assertStringIncludes(store.failure, "kept in memory (messages: 1)");

    store.topics.save("lobby", { text: "full", by: "Op", time: 1 });
    say(store, seq + 1, seq + 20);
    seq += 20;
    assertStringIncludes(store.failure, "(messages: 21)");
    assertEquals(seqs(store), range(1, seq));
    assertEquals(store.history.lastSeq("lobby"), seq);

    environment.advance(1000);
    store.commit();
    assertStringIncludes(store.failure ?? "", "the disk is full");
    freeDisk(disk);
    environment.advance(999);
    store.commit();
    assertStringIncludes(store.failure ?? "", "the disk is full", "too early to try again");
    environment.advance(1);
    store.commit();
    assertEquals(store.failure, undefined);
    assertEquals(store.statistics.messages, seq);
    assertEquals(store.statistics.dropped, 0);
    store.close();

    const again = openSqliteStore(disk);
    assertEquals(seqs(again), range(1, seq));
    assertEquals(again.topics.find("lobby")?.text, "full");
    again.close();
  }));

Deno.test("full disk: drops and counts the oldest messages past the bound, and keeps the number", () =>
  onSmallDisk((disk) => {
    const environment = new FakeStoreEnvironment();
    environment.pendingLimits = { messages: 160, bytes: 1e9 };
    const store = openSqliteStore(disk, {}, environment);
    say(store, 1, 10);
    fillDisk(disk);
    let seq = 10;
    while (store.failure === undefined && seq < 5000) say(store, ++seq, seq);
    const stored = seq - 1;
    for (let turn = 1; turn <= 40; turn++) {
      say(store, seq + 1, seq + 30, 30);
      seq += 30;
    }
    const kept = seqs(store).filter((number) => number > stored);
    assert(kept.length > 80 && kept.length <= 160, `${kept.length} kept`);
    assertEquals(kept, range(seq - kept.length + 1, seq));
    assertEquals(store.statistics.dropped, seq - stored - kept.length);
    assertStringIncludes(store.failure ?? "", `${store.statistics.dropped} messages were dropped`);
    freeDisk(disk);
    environment.advance(1000);
    store.commit();
    assertEquals(store.failure, undefined);
    assertEquals(seqs(store), [...range(1, stored), ...kept]);
    store.close();
  }));

Deno.test("full disk: a room that lost all messages keeps its last number", () =>
  onSmallDisk((disk) => {
    const environment = new FakeStoreEnvironment();
    environment.pendingLimits = { messages: 10, bytes: 1e9 };
    const store = openSqliteStore(disk, {}, environment);
    fillDisk(disk);
    let seq = 0;
    while (store.failure === undefined && seq < 5000) say(store, ++seq, seq);
    for (let next = 1; next <= 30; next++) store.history.append("big", sampleMessage(next));
    store.commit();
    assertEquals(seqs(store, "big"), []);
    assertEquals(store.history.lastSeq("big"), 30);
    freeDisk(disk);
    store.close(); // tries once more, at any time
    const again = openSqliteStore(disk);
    assertEquals(again.history.lastSeq("big"), 30);
    assertEquals(seqs(again, "big"), []);
    again.close();
  }));

Deno.test("full disk: a store that is closed keeps what was stored before", () =>
  onSmallDisk((disk) => {
    const store = openSqliteStore(disk, {}, new FakeStoreEnvironment());
    fillDisk(disk);
    let seq = 0;
    while (store.failure === undefined && seq < 5000) say(store, ++seq, seq);
    store.close();
    assertStringIncludes(store.failure ?? "", "the disk is full");
    freeDisk(disk);
    const again = openSqliteStore(disk);
    assertEquals(seqs(again), range(1, seq - 1));
    again.close();
  }));

Deno.test("full disk: no store can be opened until space is free", () =>
  onSmallDisk((disk) => {
    const store = openSqliteStore(`${disk}/old`);
    say(store, 1, 3);
    store.close();
    Deno.mkdirSync(`${disk}/new`);
    fillDisk(disk);
    for (const directory of [`${disk}/old`, `${disk}/new`]) {
      try {
        openSqliteStore(directory).close();
        throw new Error(`${directory} was opened`);
      } catch (error) {
        assert(error instanceof StorageError, String(error));
        assertEquals(
          error.message,
          `Cannot open the data in ${directory}: the disk is full. Free some space.`,
        );
      }
    }
    freeDisk(disk);
    const old = openSqliteStore(`${disk}/old`);
    assertEquals(seqs(old), [1, 2, 3]);
    old.close();
    openSqliteStore(`${disk}/new`).close();
  }));

Deno.test("full disk: reports what is lost at the end", () =>
  onSmallDisk((disk) => {
    const store = openSqliteStore(disk, {}, new FakeStoreEnvironment());
    say(store, 1, 10);
    fillDisk(disk);
    let seq = 10;
    while (store.failure === undefined && seq < 5000) say(store, ++seq, seq);
    say(store, seq + 1, seq + 4);
    assertStringIncludes(
      store.close() ?? "",
      "Free some space. Changes since then are lost (messages: 5).",
    );
    assertEquals(store.close(), undefined, "once");
  }));

Deno.test("full disk: closing reports changes that the disk has refused to keep", () =>
  inDirectory((directory) => {
    const error = Object.assign(new Error("i/o error"), { code: "EIO" });
    const failing = (fails: { now: boolean }) =>
      Object.assign(new FakeStoreEnvironment(), {
        flush: {
          later: (_file: number, done: (error: unknown) => void) => done(error),
          now: () => {
            if (fails.now) throw error;
          },
        },
      });
    for (const now of [true, false]) {
      const store = openSqliteStore(directory, {}, failing({ now }));
      say(store, now ? 1 : 11, now ? 10 : 20);
      assertStringIncludes(store.failure ?? "", "the disk reports an error");
      const lost = store.close();
      if (!now) assertEquals(lost, undefined, "the last attempt succeeded");
      else {
        assertStringIncludes(lost ?? "", `Cannot write to the data in ${directory}: the disk`);
        assertStringIncludes(lost ?? "", "The last changes are lost if the machine stops");
      }
    }
    const again = openSqliteStore(directory);
    assertEquals(seqs(again), range(1, 20));
    again.close();
  }));
