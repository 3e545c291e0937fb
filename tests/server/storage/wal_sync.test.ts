import { assert, assertEquals } from "@std/assert";
import { closeSync } from "node:fs";
import { SYNC_INTERVAL, WalSync } from "../../../server/storage/wal_sync.ts";
import { FakeStoreEnvironment, inDirectory } from "./samples.ts";

/** A log, and a disk whose flushes end when the test calls `done`. */
function onFakeDisk(
  test: (sync: WalSync, environment: FakeStoreEnvironment, disk: FakeDisk) => void,
): Promise<void> {
  return inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/log`, "");
    const environment = new FakeStoreEnvironment();
    const disk = new FakeDisk();
    test(new WalSync(`${directory}/log`, environment, disk.flush), environment, disk);
  });
}

class FakeDisk {
  readonly files: number[] = [];
  #waiting: ((error: unknown) => void)[] = [];

  flush = (file: number, done: (error: unknown) => void) => {
    this.files.push(file);
    this.#waiting.push(done);
  };

  answer(error: unknown = null): void {
    this.#waiting.shift()!(error);
  }
}

Deno.test("wal sync: flushes at once after a commit, and then once per interval", () =>
  onFakeDisk((sync, environment, disk) => {
    sync.committed();
    assertEquals(disk.files.length, 1);
    disk.answer();
    assertEquals(environment.timers.length, 0, "no commit since");
    environment.advance(30);
    sync.committed();
    sync.committed();
    assertEquals(environment.timers.map(({ milliseconds }) => milliseconds), [SYNC_INTERVAL - 30]);
    environment.advance(SYNC_INTERVAL - 30);
    environment.timers.shift()!.callback();
    assertEquals(disk.files.length, 2);
    disk.answer();
    environment.advance(SYNC_INTERVAL);
    sync.committed();
    assertEquals(disk.files.length, 3, "the interval is over: at once");
    disk.answer();
    sync.close();
  }));

Deno.test("wal sync: flushes a commit during a flush after it, one at a time", () =>
  onFakeDisk((sync, environment, disk) => {
    sync.committed();
    environment.advance(10);
    sync.committed();
    assertEquals([disk.files.length, environment.timers.length], [1, 0]);
    disk.answer();
    assertEquals(environment.timers.map(({ milliseconds }) => milliseconds), [SYNC_INTERVAL - 10]);
    environment.advance(SYNC_INTERVAL);
    environment.timers.shift()!.callback();
    sync.committed();
    environment.advance(3 * SYNC_INTERVAL);
    disk.answer();
    assertEquals(disk.files.length, 3, "a slow disk: the interval is over already");
    disk.answer();
    sync.close();
  }));

Deno.test("wal sync: reports a failing disk until it works again", () =>
  onFakeDisk((sync, environment, disk) => {
    const error = new Error("EIO");
    sync.committed();
    disk.answer(error);
    assertEquals(sync.failure, error);
    environment.advance(SYNC_INTERVAL);
    sync.committed();
    disk.answer();
    assertEquals(sync.failure, undefined);
    sync.close();
  }));

Deno.test("wal sync: closing clears the timer, and closes the file after a flush", () =>
  onFakeDisk((sync, environment, disk) => {
    sync.committed();
    sync.committed();
    sync.close();
    assertEquals(environment.timers.length, 0);
    disk.answer();
    let isClosed = false;
    try {
      closeSync(disk.files[0]!);
    } catch {
      isClosed = true;
    }
    assert(isClosed);
  }));
