import { assert, assertEquals } from "@std/assert";
import { AddressQuota } from "../../server/address_quota.ts";

Deno.test("address quota: so many at once, then one at a time, by address", () => {
  const quota = new AddressQuota(3, 60_000);
  for (let count = 0; count < 3; count++) assertEquals(quota.take("192.0.2.1", 0), 0);
  assertEquals(quota.take("::ffff:192.0.2.1", 0), 20_000, "the same address in another form");
  assertEquals(quota.take("192.0.2.2", 0), 0);
  assertEquals(quota.take("192.0.2.1", 15_000), 5000);
  assertEquals(quota.take("192.0.2.1", 20_000), 0);
  assertEquals(quota.take("192.0.2.1", 20_000), 20_000);
  assertEquals(quota.take("192.0.2.1", 1e9), 0);
});

Deno.test("address quota: a host cannot leave its own /64", () => {
  const quota = new AddressQuota(1, 60_000);
  assertEquals(quota.take("2001:db8::1", 0), 0);
  assert(quota.take("2001:db8::ffff:2", 0) > 0);
  assertEquals(quota.take("2001:db8:0:1::1", 0), 0);
});

Deno.test("address quota: an action that cost nothing is given back, and no more than there was", () => {
  const quota = new AddressQuota(1, 60_000);
  quota.take("192.0.2.1", 0);
  for (let count = 0; count < 5; count++) quota.giveBack("192.0.2.1", 0);
  assertEquals(quota.take("192.0.2.1", 0), 0);
  assert(quota.take("192.0.2.1", 0) > 0);
});

Deno.test("address quota: addresses are bounded, the one used the longest ago makes room", () => {
  const quota = new AddressQuota(1, 60_000, 100);
  for (let host = 0; host < 500; host++) quota.take(`10.0.${host >> 8}.${host & 255}`, 0);
  assertEquals(quota.size, 100);
  assert(quota.take("10.0.1.243", 0) > 0);
  assertEquals(quota.take("10.0.0.1", 0), 0);
});
