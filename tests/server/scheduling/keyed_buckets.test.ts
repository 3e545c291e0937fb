import { assert, assertEquals } from "@std/assert";
import { KeyedBuckets } from "../../../server/scheduling/keyed_buckets.ts";

const THREE_A_MINUTE = { burst: 3, perSecond: 1 / 20 };
const ONE_A_MINUTE = { burst: 1, perSecond: 1 / 60 };

Deno.test("keyed buckets: each key has its burst, then its rate", () => {
  const buckets = new KeyedBuckets(THREE_A_MINUTE);
  for (let count = 0; count < 3; count++) assert(buckets.take("a", 0));
  assertEquals([buckets.take("a", 0), buckets.wait("a", 0)], [false, 20_000]);
  assert(buckets.take("b", 0));
  assertEquals([buckets.take("a", 15_000), buckets.wait("a", 15_000)], [false, 5000]);
  assert(buckets.take("a", 20_000));
  assertEquals([buckets.take("a", 20_000), buckets.wait("a", 20_000)], [false, 20_000]);
  assert(buckets.take("a", 1e9));
});

Deno.test("keyed buckets: a missing token has its time in whole seconds", () => {
  const buckets = new KeyedBuckets(ONE_A_MINUTE);
  assertEquals(buckets.takeOrWait("a", 0), 0);
  assertEquals([0, 1, 59_001].map((now) => buckets.takeOrWait("a", now)), [60, 60, 1]);
  assertEquals(buckets.takeOrWait("a", 60_000), 0);
});

Deno.test("keyed buckets: a token can be refunded, up to the burst", () => {
  const buckets = new KeyedBuckets(ONE_A_MINUTE);
  buckets.take("a", 0);
  for (let count = 0; count < 5; count++) buckets.refundToken("a");
  assert(buckets.take("a", 0));
  assert(!buckets.take("a", 0));
});

Deno.test("keyed buckets: keys are bounded, and the least recently used one is removed", () => {
  const buckets = new KeyedBuckets(ONE_A_MINUTE, 100);
  for (let key = 0; key < 500; key++) buckets.take(String(key), 0);
  assertEquals(buckets.size, 100);
  assert(!buckets.take("499", 0));
  assert(buckets.take("1", 0));
});

Deno.test("keyed buckets: a removed key has all its tokens when it returns", () => {
  const buckets = new KeyedBuckets({ burst: 1, perSecond: 1 }, 2);
  assertEquals(["a", "b"].map((key) => buckets.take(key, 0)), [true, true]);
  assertEquals(buckets.take("a", 0), false);
  assertEquals(buckets.take("c", 0), true);
  assertEquals(buckets.size, 2);
  assertEquals([buckets.wait("a", 0), buckets.wait("b", 0)], [1000, 0]);
});
