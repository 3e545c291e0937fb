import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FairPool } from "../../../server/scheduling/fair_pool.ts";

class Entry {
  constructor(readonly key: string, readonly number: number) {}
}

Deno.test("fair pool: a key replaces its own oldest entry, and no other key's", () => {
  const pool = new FairPool<Entry>(3);
  const honest = new Entry("honest", 0);
  assertEquals(pool.add(honest), undefined);
  const flood = Array.from({ length: 1000 }, (_, number) => new Entry("flood", number));
  const removed = flood.map((entry) => pool.add(entry)?.number);
  assertEquals(removed, [undefined, undefined, ...flood.slice(0, -2).map(({ number }) => number)]);
  assertEquals(pool.size, 3);
  assert(pool.delete(honest));
});

Deno.test("fair pool: a new entry of a key with few removes one of the key with the most", () => {
  const pool = new FairPool<Entry>(3);
  for (let number = 0; number < 3; number++) pool.add(new Entry("flood", number));
  assertEquals(pool.add(new Entry("honest", 0))?.number, 0);
});

Deno.test("fair pool: if all keys have one entry, the oldest is removed", () => {
  const pool = new FairPool<Entry>(2);
  const entries = ["a", "b", "c", "d"].map((key, number) => new Entry(key, number));
  assertEquals(entries.map((entry) => pool.add(entry)?.key), [undefined, undefined, "a", "b"]);
});

Deno.test("fair pool: for any keys in any order, removes the oldest entry of a key with the most", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.constantFrom("a", "b", "c", "d") }) },
    fc.record({ delete: fc.nat(20) }),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (limit, steps) => {
    const pool = new FairPool<Entry>(limit);
    /** In the order of arrival. */
    const model: Entry[] = [];
    const countOf = (key: string) => model.filter((entry) => entry.key === key).length;
    for (const [number, step] of steps.entries()) {
      if ("delete" in step) {
        const [entry] = model.splice(step.delete, 1);
        if (entry === undefined) continue;
        assert(pool.delete(entry));
        assert(!pool.delete(entry), "only once");
      } else {
        const entry = new Entry(step.add, number);
        model.push(entry);
        const removed = pool.add(entry);
        assertEquals(removed !== undefined, model.length > limit);
        if (removed === undefined) continue;
        const most = Math.max(...model.map(({ key }) => countOf(key)));
        assertEquals(countOf(removed.key), most);
        assertEquals(model.find(({ key }) => key === removed.key), removed, "its oldest");
        if (limit > 1 || removed.key === entry.key) assert(removed !== entry);
        model.splice(model.indexOf(removed), 1);
      }
      assertEquals(pool.size, model.length);
      assertEquals([...pool], model, "the oldest first");
    }
  }));
});
