import { assert, assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import { Worker } from "node:worker_threads";
import { deriveKey, type ScryptCost } from "../../../server/accounts/key_derivation.ts";
import { eventually } from "../../support/eventually.ts";
import { PasswordThreads } from "../../../server/accounts/password_threads.ts";

const COST: ScryptCost = { log2N: 10, r: 8, p: 1 };
const SALT = new Uint8Array(16);

/** A thread that does nothing by itself. */
class FakeThread extends EventEmitter {
  readonly requests: unknown[] = [];
  isTerminated = false;
  ref(): void {}
  unref(): void {}
  postMessage(request: unknown): void {
    this.requests.push(request);
  }
  terminate(): Promise<number> {
    this.isTerminated = true;
    return Promise.resolve(0);
  }
}

/** Threads that were started, and the means to start one. */
function fakeThreads() {
  const started: FakeThread[] = [];
  const start = () => {
    const thread = new FakeThread();
    started.push(thread);
    return thread as unknown as Worker;
  };
  return { started, start };
}

/** Real threads, once one has derived a key. */
async function withThread(): Promise<PasswordThreads> {
  const replies: unknown[] = [];
  const threads = new PasswordThreads(() => {
    const url = new URL("../../../server/accounts/password_worker.ts", import.meta.url);
    return new Worker(url).on("message", (reply) => replies.push(reply));
  });
  await eventually(async () => {
    await threads.derive("password", SALT, COST);
    return replies.length > 1;
  }, "no thread has derived a key");
  return threads;
}

Deno.test("password threads: the keys are those of the pool", async () => {
  const threads = await withThread();
  const passwords = ["one", "two", "three"];
  const keys = await Promise.all(passwords.map((each) => threads.derive(each, SALT, COST)));
  const expected = await Promise.all(passwords.map((each) => deriveKey(each, SALT, COST)));
  assertEquals(keys, expected);
  threads.close();
});

Deno.test({
  name: "password threads: they have a lower priority, and no other thread has",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // Those of other tests end soon after they are closed.
    await eventually(async () => await lowThreads() === 0, "other threads have it");
    const threads = new PasswordThreads();
    await threads.derive("password", SALT, COST);
    await eventually(async () => await lowThreads() === 1, "no thread has it");
    threads.close();
  },
});

/** The number of this process's threads with their niceness: proc_pid_stat(5), field 19. */
async function lowThreads(): Promise<number> {
  // Deno itself reads these files only with all permissions.
  const command = new Deno.Command("sh", { args: ["-c", "cat /proc/$PPID/task/*/stat"] });
  const { stdout } = await command.output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  return lines.filter((stat) => stat.slice(stat.lastIndexOf(")")).split(" ")[17] === "5").length;
}

const POOL = await deriveKey("one", SALT, COST);

Deno.test("password threads: nothing waits for a thread to start, and one starts at a time", async () => {
  const { started, start } = fakeThreads();
  const threads = new PasswordThreads(start);
  for (let count = 0; count < 3; count++) {
    assertEquals(await threads.derive("one", SALT, COST), POOL);
  }
  assertEquals(started.map(({ requests }) => requests.length), [0]);
  threads.close();
});

Deno.test("password threads: a thread derives one key at a time, and is used again", async () => {
  const { started, start } = fakeThreads();
  const threads = new PasswordThreads(start);
  await threads.derive("one", SALT, COST);
  started[0]!.emit("message", "ready");
  const first = threads.derive("one", SALT, COST);
  assertEquals(await threads.derive("one", SALT, COST), POOL, "the other is starting");
  started[1]!.emit("message", "ready");
  const second = threads.derive("two", SALT, COST);
  assertEquals(await threads.derive("one", SALT, COST), POOL, "both are busy");
  started[1]!.emit("message", Uint8Array.of(2));
  assertEquals([...await second], [2]);
  const third = threads.derive("three", SALT, COST);
  started[0]!.emit("message", Uint8Array.of(1));
  started[1]!.emit("message", Uint8Array.of(3));
  assertEquals([[...await first], [...await third]], [[1], [3]]);
  assertEquals(started.map(({ requests }) => requests.length), [1, 2]);
  threads.close();
  assert(started.every(({ isTerminated }) => isTerminated));
});

/** How a thread fails while it derives a key. */
const FAILURES: Readonly<Record<string, (threads: PasswordThreads, thread: FakeThread) => void>> = {
  "an error": (_, thread) => thread.emit("error", new Error("broken")),
  "its end": (_, thread) => thread.emit("exit", 1),
  "a close": (threads) => threads.close(),
};

for (const [what, fail] of Object.entries(FAILURES)) {
  Deno.test(`password threads: after ${what} keys come from the pool, also that of the moment`, async () => {
    const { started, start } = fakeThreads();
    const threads = new PasswordThreads(start);
    await threads.derive("one", SALT, COST);
    started[0]!.emit("message", "ready");
    const key = threads.derive("one", SALT, COST);
    fail(threads, started[0]!);
    assertEquals(await key, POOL);
    assertEquals(await threads.derive("one", SALT, COST), POOL);
    assertEquals(started.length, 1);
    threads.close();
  });
}

Deno.test("password threads: without a thread keys come from the pool", async () => {
  const threads = new PasswordThreads(() => {
    throw new Error("no thread may start");
  });
  assertEquals(await threads.derive("one", SALT, COST), POOL);
  threads.close();
});
