import { assert } from "@std/assert";
import fc from "fast-check";
import { AddressLimit } from "../../server/address_limit.ts";

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
