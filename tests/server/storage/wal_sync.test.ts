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
    test(new WalSync(`${directory}/log`, environment, disk), environment, disk);
  });
}

class FakeDisk {
  readonly files: number[] = [];
  #waiting: ((error: unknown) => void)[] = [];

  /** The error of a flush that closing waits for. */
  error: unknown;
  flushedNow = 0;

  later(file: number, done: (error: unknown) => void): void {
    this.files.push(file);
    this.#waiting.push(done);
  }

  now(_file: number): void {
    this.flushedNow++;
    if (this.error !== undefined) throw this.error;
  }

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
    environment.timers.shift()!.callback();
    disk.answer();
    assertEquals(sync.failure, undefined);
    sync.close();
  }));

Deno.test("wal sync: a failed flush is repeated without another commit, once per interval", () =>
  onFakeDisk((sync, environment, disk) => {
    const error = new Error("EIO");
    sync.committed();
    for (let failed = 1; failed <= 3; failed++) {
      disk.answer(error);
      assertEquals(sync.failure, error);
      assertEquals(environment.timers.map(({ milliseconds }) => milliseconds), [SYNC_INTERVAL]);
      environment.advance(SYNC_INTERVAL);
      environment.timers.shift()!.callback();
      assertEquals(disk.files.length, failed + 1);
    }
    disk.answer();
    assertEquals([sync.failure, environment.timers.length], [undefined, 0]);
    sync.close();
    assertEquals(disk.flushedNow, 0, "nothing is left to write");
  }));

Deno.test("wal sync: a failed flush is repeated when it closes, and a last failure stays", () => {
  const error = new Error("EIO");
  const closed = (lastError?: Error) =>
    onFakeDisk((sync, environment, disk) => {
      sync.committed();
      disk.answer(error);
      disk.error = lastError;
      sync.close();
      assertEquals([disk.flushedNow, environment.timers.length], [1, 0]);
      assertEquals(sync.failure, lastError);
    });
  return Promise.all([closed(), closed(new Error("EIO again"))]).then(() => {});
});

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
