import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TokenBucket } from "../../../server/scheduling/token_bucket.ts";

/** Takes all available tokens. @returns their number. */
function drain(bucket: TokenBucket, now: number): number {
  let taken = 0;
  while (bucket.wait(now) === 0) {
    bucket.take(now);
    taken++;
  }
  return taken;
}

Deno.test("token bucket: starts full", () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 40 }, 1000);
  assertEquals(bucket.wait(1000), 0);
  assertEquals(drain(bucket, 1000), 40);
});

Deno.test("token bucket: an empty one returns the time until the next token", () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 2 }, 0);
  drain(bucket, 0);
  assertEquals(bucket.wait(0), 50);
  assertEquals(bucket.wait(20), 30);
  assert(bucket.wait(49) > 0);
  assertEquals(bucket.wait(50), 0);
  bucket.take(50);
  assertEquals(bucket.wait(50), 50);
});

Deno.test("token bucket: reading the wait costs no token", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 0);
  bucket.take(0);
  for (let now = 0; now < 1000; now++) assert(bucket.wait(now) > 0);
  assertEquals(bucket.wait(1000), 0);
});

Deno.test("token bucket: expensive work leaves a debt, which is paid before the next work", () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 40 }, 0);
  bucket.take(0, 100);
  assertEquals(bucket.wait(0), 61 * 50);
  assertEquals(bucket.wait(1000), 41 * 50);
  bucket.refund(60);
  assertEquals(bucket.wait(1000), 0);
});

Deno.test("token bucket: gains its rate, and never exceeds the burst", () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 40 }, 0);
  drain(bucket, 0);
  assertEquals(drain(bucket, 1000), 20);
  assertEquals(drain(bucket, 2000), 20);
  assertEquals(drain(bucket, 3_600_000), 40);
});

const rates = fc.record({
  perSecond: fc.integer({ min: 1, max: 1000 }),
  burst: fc.integer({ min: 1, max: 100 }),
});

Deno.test("token bucket: over any time it grants at most the burst and the rate", () => {
  fc.assert(fc.property(rates, fc.array(fc.nat(500)), (rate, pauses) => {
    const bucket = new TokenBucket(rate, 0);
    let now = 0;
    let taken = drain(bucket, 0);
    for (const pause of pauses) {
      now += pause;
      taken += drain(bucket, now);
      assert(taken <= rate.burst + now * rate.perSecond / 1000 + 1e-6);
    }
  }));
});

Deno.test("token bucket: a client gets a token after the reported wait", () => {
  fc.assert(fc.property(rates, fc.array(fc.nat(50)), (rate, pauses) => {
    const bucket = new TokenBucket(rate, 0);
    let now = 0;
    for (const pause of pauses) {
      now += pause;
      drain(bucket, now);
      now += bucket.wait(now);
      // The sum of many small gains may be a hair below one: then a millisecond more is reported.
      if (bucket.wait(now) > 0) now += bucket.wait(now);
      assertEquals(bucket.wait(now), 0);
      bucket.take(now);
    }
  }));
});

Deno.test("token bucket: tokens can be refunded, up to the burst", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);
  bucket.refund();
  assertEquals(drain(bucket, 0), 2);
  bucket.refund();
  assertEquals(drain(bucket, 0), 1);
});

Deno.test("token bucket: is nearly full above three quarters of its burst, and never in debt", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 4 }, 0);
  assertEquals(bucket.isNearlyFull(0), true);
  bucket.take(0, 1);
  assertEquals(bucket.isNearlyFull(0), true);
  bucket.take(0, 4);
  assertEquals(bucket.isNearlyFull(0), false);
  assertEquals(bucket.isNearlyFull(399), false);
  assertEquals(bucket.isNearlyFull(400), true);
});
