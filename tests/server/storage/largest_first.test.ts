import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LargestFirst } from "../../../server/storage/largest_first.ts";

Deno.test("largest first: finds a holder with at least half of the largest, and counts the total", () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 34 }));
  fc.assert(fc.property(fc.array(change), (changes) => {
    const sizes = new LargestFirst<number>();
    const expected = new Map<number, number>();
    for (const [holder, bytes] of changes) {
      sizes.set(holder, bytes);
      expected.set(holder, bytes);
      const values = [...expected.values()];
      const most = Math.min(Math.max(...values), 2 ** 32 - 1);
      assertEquals(sizes.total, values.reduce((sum, value) => sum + value));
      const largest = sizes.largest();
      if (most === 0) assertEquals(largest, undefined);
      else assert(expected.get(largest!)! > most / 2 - 1);
    }
  }));
});
