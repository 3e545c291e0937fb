import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { addressKey, AddressLimit } from "../../server/address_limit.ts";

Deno.test("address limit: so many from one address, and a place is free again when one leaves", () => {
  const limit = new AddressLimit(2);
  assert(limit.enter("192.0.2.1"));
  assert(limit.enter("192.0.2.1"));
  assert(!limit.enter("192.0.2.1"));
  assert(limit.enter("192.0.2.2"), "others have places of their own");
  limit.leave("192.0.2.1");
  assert(limit.enter("192.0.2.1"));
  assert(!limit.enter("192.0.2.1"));
});

Deno.test("address limit: 0 is none", () => {
  const limit = new AddressLimit(0);
  for (let count = 0; count < 1000; count++) assert(limit.enter("192.0.2.1"));
  limit.leave("192.0.2.1");
});

const KEYS: readonly (readonly [address: string, key: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["1::5:6:7:8:9:a", "1:0:5:6::/64"],
  ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
  ["unknown", "unknown"],
];

for (const [address, key] of KEYS) {
  Deno.test(`address limit: ${address} is counted as ${key}`, () => {
    assertEquals(addressKey(address), key);
  });
}

Deno.test("address limit: however an IPv6 address is written, its /64 is the same", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }),
    (numbers) => {
      const groups = numbers.map((number) => number.toString(16));
      // The URL parser writes it in its shortest form.
      const short = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
      assertEquals(addressKey(short), addressKey(groups.join(":")));
      assertEquals(addressKey(short), groups.slice(0, 4).join(":") + "::/64");
    },
  ));
});

Deno.test("address limit: whoever leaves is forgotten, in any order", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")),
    (addresses) => {
      const limit = new AddressLimit(3);
      const inside = addresses.filter((address) => limit.enter(address));
      for (const address of inside) limit.leave(address);
      for (let count = 0; count < 3; count++) assert(limit.enter("2001:db8::3"));
      assert(!limit.enter("2001:db8::4"));
    },
  ));
});
