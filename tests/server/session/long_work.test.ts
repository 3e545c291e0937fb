import { assertEquals } from "@std/assert";
import type { Slice } from "../../../server/scheduling/scheduler.ts";
import { LongWork } from "../../../server/session/long_work.ts";

Deno.test("long work: two at a time both continue after a block, and both must be done", () => {
  const slices: Slice[] = [];
  const host = {
    ...{ isOver: false, isClosed: false, isBlocked: true },
    ...{ wake: () => {}, failed: () => {} },
  };
  const work = new LongWork(host, { addSlice: (slice) => slices.push(slice) });
  const done: string[] = [];
  work.run(() => done.push("one") < 1);
  work.run(() => done.push("two") < 1);
  const runAll = () => {
    for (const each of slices.splice(0)) each.slice();
  };
  runAll();
  assertEquals([work.isParked, work.isRunning, done], [true, true, []]);
  host.isBlocked = false;
  work.resume();
  slices.shift()!.slice();
  assertEquals([work.isRunning, done], [true, ["one"]]);
  runAll();
  assertEquals([work.isParked, work.isRunning, done], [false, false, ["one", "two"]]);
});
