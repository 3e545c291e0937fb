import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addressKey,
  isLoopback,
  isPublicAddress,
  parseAddressRange,
  plainAddress,
  withoutPort,
} from "../../../server/addresses/network_address.ts";

const ADDRESSES: readonly (readonly [address: string, plain: string, key: string])[] = [
  ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1", "192.0.2.1"],
  ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0db8::1", "2001:db8::1", "2001:db8::/64"],
  ["::1", "::1", "::/64"],
  ["fe80::1%eth0", "fe80::1", "fe80::/64"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", "64:ff9b::/64"],
  // Not addresses for the system, though inet_aton accepts them.
  ["010.1.1.1", "010.1.1.1", "010.1.1.1"],
  ["1.2.3", "1.2.3", "1.2.3"],
  ["unknown", "unknown", "unknown"],
];

for (const [address, plain, key] of ADDRESSES) {
  Deno.test(`network address: ${address} is ${plain}, counted as ${key}`, () => {
    assertEquals(plainAddress(address), plain);
    assertEquals(addressKey(address), key);
  });
}

Deno.test("network address: every notation of an IPv6 address has the same key", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).filter(([first]) => first! > 0),
    (numbers) => {
      const groups = numbers.map((number) => number.toString(16));
      const short = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
      assertEquals(plainAddress(groups.join(":")), plainAddress(short));
      assertEquals(addressKey(groups.join(":")), addressKey(short));
      const network = [...groups.slice(0, 4), "1", "2", "3", "4"].join(":");
      assertEquals(addressKey(network), addressKey(short));
    },
  ));
});

const RANGES:
  readonly (readonly [text: string, canonical: string, inside: string, outside: string])[] = [
    ["192.0.2.77/24", "192.0.2.0/24", "::ffff:192.0.2.1", "192.0.3.1"],
    ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"],
    ["192.0.2.1/32", "192.0.2.1", "192.0.2.1", "192.0.2.2"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
    ["0.0.0.0/0", "0.0.0.0/0", "203.0.113.9", "2001:db8::1"],
    ["2001:db8::1/48", "2001:db8::/48", "2001:db8:0:ffff::1", "2001:db8:1::1"],
    ["::/0", "::/0", "2001:db8::1", "192.0.2.1"],
  ];

for (const [text, canonical, inside, outside] of RANGES) {
  Deno.test(`network address: the range ${text} is ${canonical}`, () => {
    const range = parseAddressRange(text);
    assertEquals(range?.text, canonical);
    assert(range?.has(inside));
    assert(!range?.has(outside));
    assert(!range?.has("unknown"));
  });
}

for (const text of ["", "Bob", "10.0.0.0/33", "::/129", "1.2.3.4/", "1.2.3.4/8/9", "10.*", "/8"]) {
  Deno.test(`network address: "${text}" is no range`, () => {
    assertEquals(parseAddressRange(text), undefined);
  });
}

Deno.test("network address: loopback is 127.0.0.0/8 and ::1", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
    assert(isLoopback(address), address);
  }
  for (const address of ["128.0.0.1", "::", "unknown"]) assert(!isLoopback(address), address);
});

Deno.test("network address: the port and the brackets of an address, as in logs, are removed", () => {
  const rows = [
    ["[::1]:42790", "::1"],
    ["[2001:db8::7]", "2001:db8::7"],
    [" 127.0.0.1:80 ", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["2001:db8::/48", "2001:db8::/48"],
    ["[::1]:", "[::1]:"],
    ["Bob:80", "Bob:80"],
  ] as const;
  for (const [written, address] of rows) assertEquals(withoutPort(written), address, written);
});

Deno.test("network address: only assigned addresses of the public Internet are public", () => {
  for (
    const address of [
      ...["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8"],
      ...["2606:4700::1", "2a00:1450::5", "64:ff9b::808:808"],
    ]
  ) assert(isPublicAddress(address), address);
  for (
    const address of [
      ...["", "example.org", "unknown", "127.1", "0x7f.1", "0.0.0.0", "0.1.2.3"],
      ...["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255"],
      ...["192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1"],
      ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"],
      ...["255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1"],
      ...["::7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"],
      ...["64:ff9b:1::808:808", "100::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0"],
      ...["fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1"],
    ]
  ) assert(!isPublicAddress(address), address);
});
