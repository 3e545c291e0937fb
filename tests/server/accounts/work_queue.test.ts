import { assertEquals } from "@std/assert";
import { WorkQueue } from "../../../server/accounts/work_queue.ts";

const RANKS = { low: { atOnce: 1, maxWaiting: 2, restFactor: 2 } };

Deno.test("work queue: a task that comes at the end of a rest runs, whenever the clock is read", async () => {
  for (const late of [1.4, 1.6, 2.4, 2.6]) {
    // Each reading is 1 ms after the one before: the task takes 1 ms, and the rest ends at 5.
    let time = 0;
    const waits: number[] = [];
    const wakes: (() => void)[] = [];
    const queue = new WorkQueue(RANKS, {
      monotonic: () => time++,
      after: (milliseconds, wake) => {
        waits.push(milliseconds);
        wakes.push(wake);
      },
    });
    await queue.run("low", () => Promise.resolve());
    time = 5 - late;
    const second = queue.run("low", () => Promise.resolve(true));
    assertEquals([waits.length, waits[0]! >= 0], [1, true], `${late} ms before its end`);
    time = 10;
    wakes.forEach((wake) => wake());
    assertEquals(await second, true);
  }
});
