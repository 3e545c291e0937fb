import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import {
  checkpoint,
  Checkpointer,
  checkpointFile,
  type CheckpointReply,
  PAGE_BYTES,
  startCheckpointThread,
} from "../../../server/storage/checkpointer.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { inDirectory, range, sampleMessage, seqs } from "./samples.ts";

const MEGABYTE = 1024 * 1024;

function withDatabase(test: (database: DatabaseSync, path: string) => void | Promise<void>) {
  return inDirectory(async (directory) => {
    const path = `${directory}/a.db`;
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    database.exec("CREATE TABLE numbers (number INTEGER)");
    try {
      await test(database, path);
    } finally {
      database.close();
    }
  });
}

/** A fake thread that counts requests. */
function fakeThread(database: DatabaseSync) {
  const fake = { started: 0, requests: 0, stopped: 0, reply: (_reply: CheckpointReply) => {} };
  const checkpointer = new Checkpointer(database, (onReply) => {
    fake.started++;
    fake.reply = onReply;
    return { request: () => void fake.requests++, stop: () => void fake.stopped++ };
  });
  return { fake, checkpointer };
}

const autocheckpoint = (database: DatabaseSync) =>
  Number(database.prepare("PRAGMA wal_autocheckpoint").get()?.wal_autocheckpoint);

Deno.test("checkpointer: the thread starts with the first 8 MB, one request at a time", () =>
  withDatabase((database) => {
    const { fake, checkpointer } = fakeThread(database);
    assertEquals(autocheckpoint(database), 0);
    for (let count = 0; count < 7; count++) checkpointer.committed(MEGABYTE);
    assertEquals([fake.started, fake.requests], [0, 0]);
    for (let count = 0; count < 20; count++) checkpointer.committed(MEGABYTE);
    assertEquals([fake.started, fake.requests], [1, 1]);
    fake.reply({ result: { log: 1000, checkpointed: 1000 } });
    checkpointer.committed(1);
    assertEquals([fake.started, fake.requests], [1, 2]);
    checkpointer.close();
    assertEquals(fake.stopped, 1);
    fake.reply({ result: { log: 1e6, checkpointed: 1e6 } });
  }));

Deno.test("checkpointer: checkpoints of a long log follow each other, and this thread makes the last", () =>
  withDatabase((database) => {
    const { fake, checkpointer } = fakeThread(database);
    const long = { result: { log: 200 * MEGABYTE / PAGE_BYTES, checkpointed: 1 } };
    checkpointer.committed(8 * MEGABYTE);
    checkpointer.committed(3 * MEGABYTE);
    fake.reply(long);
    assertEquals(fake.requests, 2);
    checkpointer.committed(MEGABYTE / 2);
    database.exec("INSERT INTO numbers VALUES (1)");
    fake.reply(long);
    assertEquals(fake.requests, 2);
    const { log, checkpointed } = checkpoint(database);
    assertEquals(log, checkpointed);
  }));

Deno.test("checkpointer: retries after a failure, not after the end of the thread", () =>
  withDatabase((database) => {
    const { fake, checkpointer } = fakeThread(database);
    checkpointer.committed(8 * MEGABYTE);
    fake.reply({ failure: "database is locked" });
    checkpointer.committed(8 * MEGABYTE);
    assertEquals([fake.requests, autocheckpoint(database)], [2, 0]);
    fake.reply({});
    assertEquals(autocheckpoint(database), 1000);
    checkpointer.committed(80 * MEGABYTE);
    assertEquals([fake.started, fake.requests], [1, 2]);
  }));

Deno.test("checkpoint: a second connection copies everything while the first writes", () =>
  withDatabase((database, path) => {
    for (const value of range(1, 10)) database.exec(`INSERT INTO numbers VALUES (${value})`);
    const { log, checkpointed } = checkpointFile(path);
    assert(log > 0);
    assertEquals(checkpointed, log);
    database.exec("INSERT INTO numbers VALUES (11)");
    assertEquals(database.prepare("SELECT count(*) AS count FROM numbers").get()?.count, 11);
  }));

Deno.test("checkpoint thread: replies with a result or a failure", () =>
  withDatabase(async (_database, path) => {
    for (const [file, expected] of [[path, "result"], ["/nowhere/a.db", "failure"]] as const) {
      const { promise, resolve } = Promise.withResolvers<CheckpointReply>();
      const thread = startCheckpointThread(file, resolve);
      // The thread does not keep the process alive; this timer does.
      const guard = setInterval(() => {}, 1000);
      thread.request();
      assertEquals(Object.keys(await promise), [expected]);
      clearInterval(guard);
      thread.stop();
    }
  }));

Deno.test("sqlite store: twenty megabytes of messages, with the real thread", () =>
  inDirectory(async (directory) => {
    const store = openSqliteStore(directory, { historyLimit: 20_000 });
    const text = "x".repeat(1000);
    for (let seq = 1; seq <= 20_000; seq++) {
      store.history.append("lobby", sampleMessage(seq, { text }));
      if (seq % 100 !== 0) continue;
      store.commit();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assertEquals(store.failure, undefined);
    assertEquals(seqs(store), range(1, 20_000));
    store.close();
    const again = openSqliteStore(directory, { historyLimit: 20_000 });
    assertEquals(seqs(again), range(1, 20_000));
    again.close();
  }));
