import { assertEquals, assertThrows } from "@std/assert";
import { AccessWatch } from "../../../server/chat/access_watch.ts";

Deno.test("access watch: each access is checked once in ten ticks, and ended once", () => {
  const watch = new AccessWatch();
  const checks: number[] = Array(25).fill(0);
  const ended: number[] = [];
  const accesses = checks.map((_, index) => ({
    isAllowed: () => ++checks[index]! > 0 && index !== 7,
    end: () => void ended.push(index),
  }));
  for (const each of accesses) watch.add(each);
  watch.remove(accesses[3]!);
  for (let tick = 0; tick < 10; tick++) watch.tick();
  assertEquals(ended, [7]);
  assertEquals(checks.map((count) => count > 0), checks.map((_, index) => index !== 3));
  for (let tick = 0; tick < 10; tick++) watch.tick();
  assertEquals([ended, checks[7]], [[7], 1]);
});

Deno.test("access watch: an error of a check does not end later ones", () => {
  const watch = new AccessWatch();
  let isBroken = true;
  let ended = 0;
  const isAllowed = () => {
    if (isBroken) throw new Error("disk");
    return false;
  };
  watch.add({ isAllowed, end: () => ended++ });
  assertThrows(() => watch.tick(), Error, "disk");
  isBroken = false;
  watch.tick();
  assertEquals(ended, 1);
});
