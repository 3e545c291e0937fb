import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { capClients } from "../../server/descriptor_limit.ts";

/** A machine with so many descriptors left. */
const machine = (free: number) => (wanted: number) => Math.min(free, wanted);

const ROWS: readonly (readonly [
  why: string,
  wanted: number,
  free: number,
  clients: number,
  isCapped: boolean,
])[] = [
  ["enough", 1000, 1_000_000, 1000, false],
  ["just enough, with 192 in reserve", 1000, 1192, 1000, false],
  ["one too few", 1000, 1191, 999, true],
  ["the usual 1024, some of them in use", 1000, 1000, 808, true],
  ["256, as on macOS", 1000, 240, 120, true],
  ["very few: half of them serve clients", 1000, 40, 20, true],
  ["an odd number: the clients get the larger half", 1000, 41, 21, true],
  ["one", 1000, 1, 1, true],
  ["none: it tries all the same", 1000, 0, 1, true],
  ["one client wanted", 1, 1_000_000, 1, false],
  ["few wanted and few there", 20, 40, 20, false],
];

for (const [why, wanted, free, clients, isCapped] of ROWS) {
  Deno.test(`descriptor limit: ${why}`, () => {
    assertEquals(capClients(wanted, machine(free)), { clients, isCapped });
  });
}

Deno.test("descriptor limit: no more than wanted are asked for, with the reserve", () => {
  let asked = 0;
  capClients(1000, (wanted) => asked = wanted);
  assertEquals(asked, 1192);
});

Deno.test("descriptor limit: never more clients than wanted or free, and never none", () => {
  const counts = fc.integer({ min: 1, max: 5000 });
  fc.assert(fc.property(counts, counts, (wanted, free) => {
    const cap = capClients(wanted, machine(free));
    assertGreaterOrEqual(cap.clients, 1);
    assertLessOrEqual(cap.clients, Math.min(wanted, free));
    assertEquals(cap.isCapped, cap.clients < wanted);
  }));
});
