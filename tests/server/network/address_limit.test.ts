import { assert } from "@std/assert";
import fc from "fast-check";
import { AddressLimit } from "../../../server/network/address_limit.ts";

Deno.test("address limit: each key has a maximum, and a release frees a place", () => {
  const limit = new AddressLimit(2);
  assert(limit.enter("a"));
  assert(limit.enter("a"));
  assert(!limit.enter("a"));
  assert(limit.enter("b"), "others have places of their own");
  limit.leave("a");
  assert(limit.enter("a"));
  assert(!limit.enter("a"));
});

Deno.test("address limit: 0 is no limit", () => {
  const limit = new AddressLimit(0);
  for (let count = 0; count < 1000; count++) assert(limit.enter("a"));
  limit.leave("a");
});

Deno.test("address limit: a limit that is set later counts the connections from before", () => {
  const limit = new AddressLimit(0);
  limit.enter("a");
  limit.enter("a");
  limit.limit = 2;
  assert(!limit.enter("a"));
  limit.leave("a");
  assert(limit.enter("a"));
});

Deno.test("address limit: keys that have left are forgotten, in any order", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("a", "b", "c")), (keys) => {
    const limit = new AddressLimit(3);
    const inside = keys.filter((key) => limit.enter(key));
    for (const key of inside) limit.leave(key);
    for (let count = 0; count < 3; count++) assert(limit.enter("c"));
    assert(!limit.enter("c"));
  }));
});
