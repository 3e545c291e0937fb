import { assertEquals } from "@std/assert";
import { SlowPeerTimer } from "../../../server/web/slow_peer_timer.ts";

const PACE = { pauseMilliseconds: 30, extraMilliseconds: 60, bytesPerSecond: 1000 };

/** A timer of a whole of 100 bytes, and the callbacks that wait. */
function waiting() {
  const callbacks = new Map<() => void, number>();
  let slow = 0;
  const after = (milliseconds: number, run: () => void) => {
    callbacks.set(run.bind(undefined), milliseconds);
    const [added] = [...callbacks.keys()].slice(-1);
    return () => void callbacks.delete(added!);
  };
  const timer = new SlowPeerTimer(PACE, 100, after, () => slow++);
  return { timer, times: () => [...callbacks.values()], slow: () => slow, callbacks };
}

Deno.test("slow peer timer: bounds each pause, and the whole by its size", () => {
  const { timer, times, callbacks, slow } = waiting();
  assertEquals(times(), [160, 30]);
  timer.progressed();
  assertEquals(times(), [160, 30], "the pause begins again, the whole does not");
  [...callbacks.keys()][1]!();
  assertEquals([slow(), times()], [1, []]);
});

Deno.test("slow peer timer: has no timers once it is stopped", () => {
  const { timer, times, slow } = waiting();
  timer.stop();
  assertEquals([times(), slow()], [[], 0]);
});
