import { assertEquals } from "@std/assert";
import { ReceiverProgress } from "../../../bench/ledger/receiver_progress.ts";
import { seededRandom } from "../../../bench/ledger/random.ts";

Deno.test("receiver progress: the slowest receiver decides", () => {
  const progress = new ReceiverProgress([2, 2], 4);
  progress.move(1, 0, 3);
  assertEquals([progress.slowest(0), progress.slowest(1)], [0, 0]);
  progress.move(1, 0, 1);
  assertEquals(progress.slowest(1), 1);
  progress.move(1, 1, 5);
  assertEquals(progress.slowest(1), 3);
  progress.move(1, 3, 5);
  assertEquals([progress.slowest(0), progress.slowest(1)], [0, 5]);
});

Deno.test("receiver progress: a receiver that has left is not waited for", () => {
  const progress = new ReceiverProgress([3], 4);
  progress.move(0, 0, 2);
  progress.leave(0, 0, 4);
  assertEquals(progress.slowest(0), 0);
  progress.leave(0, 0, 4);
  assertEquals(progress.slowest(0), 2);
  progress.leave(0, 2, 4);
  assertEquals(progress.slowest(0), 4);
});

Deno.test("receiver progress: is the minimum of all positions, with as many in flight as possible", () => {
  const random = seededRandom(7);
  const window = 8;
  const positions = Array<number>(5).fill(0);
  const progress = new ReceiverProgress([positions.length], window);
  for (let step = 0; step < 5000; step++) {
    const end = Math.min(...positions) + window;
    const receiver = Math.floor(random() * positions.length);
    const from = positions[receiver]!;
    const to = Math.min(from + 1 + Math.floor(random() * window), end);
    if (to === from) continue;
    progress.move(0, from, to);
    positions[receiver] = to;
    assertEquals(progress.slowest(0), Math.min(...positions));
  }
});
