import { assertEquals, assertThrows } from "@std/assert";
import { Mutex, mutexMemory } from "../../../bench/ledger/mutex.ts";

Deno.test("mutex: of several threads one at a time does a step", async () => {
  const mutex = mutexMemory();
  const counter = new Float64Array(new SharedArrayBuffer(8));
  const times = 100_000;
  const threads = Array.from({ length: 3 }, () => {
    const worker = new Worker(new URL("./mutex_worker.ts", import.meta.url), { type: "module" });
    const done = new Promise((resolve) => worker.onmessage = resolve);
    worker.postMessage({ mutex, counter, times });
    return { worker, done };
  });
  await Promise.all(threads.map(({ done }) => done));
  for (const { worker } of threads) worker.terminate();
  assertEquals(counter[0], 3 * times);
});

Deno.test("mutex: a step that fails lets the next one in", () => {
  const mutex = new Mutex(mutexMemory());
  assertThrows(() => mutex.exclusively(() => assertEquals(1, 2)));
  assertEquals(mutex.exclusively(() => 7), 7);
});
