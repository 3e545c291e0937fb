import { assertEquals, assertThrows } from "@std/assert";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";

Deno.test("trusted proxies: by address and by range, of IPv4, IPv6 and mapped IPv4", () => {
  const proxies = new TrustedProxies(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]);
  for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "10.255.0.1", "2001:db8:1::1"]) {
    assertEquals(proxies.has(address), true, address);
  }
  for (const address of ["192.0.2.2", "11.0.0.1", "2001:db9::1", "::1", "unknown", ""]) {
    assertEquals(proxies.has(address), false, address);
  }
});

Deno.test("trusted proxies: none by default", () => {
  assertEquals(new TrustedProxies([]).has("127.0.0.1"), false);
});

Deno.test("trusted proxies: rejects invalid addresses", () => {
  for (const text of ["", "localhost", "10.0.0.0/33", "10.0.0/8"]) {
    assertThrows(() => new TrustedProxies([text]), RangeError);
  }
});
