import { assertEquals } from "@std/assert";
import { coreTicks } from "../../../tools/soak/core_share.ts";

Deno.test("ticks of one core: all but idle and waiting are busy, guests count once", () => {
  const text = "cpu  999 1 1 1 1 1 1 1 1 1\ncpu0 100 20 30 1000 50 1 2 3 40 5\n" +
    "cpu1 1 1 1 1 1 1 1 1 1 1\nintr 1\n";
  assertEquals(coreTicks(text, 0), { busy: 156, passed: 1206 });
});
