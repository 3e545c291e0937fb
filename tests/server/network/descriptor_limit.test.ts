import {
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertMatch,
  assertThrows,
} from "@std/assert";
import { openSync } from "node:fs";
import { devNull } from "node:os";
import fc from "fast-check";
import {
  capClients,
  capConnections,
  countFreeDescriptors,
} from "../../../server/network/descriptor_limit.ts";

/** A machine with a number of free descriptors. */
const machine = (free: number) => (wanted: number) => Math.min(free, wanted);

const ROWS: readonly (readonly [
  why: string,
  wanted: readonly [clients: number, pending: number],
  free: number,
  clients: number,
  pending: number,
  refused: number,
])[] = [
  ["enough", [1000, 1000], 1_000_000, 1000, 1000, 64],
  [
    "just enough, with 192 in reserve and 192 to refuse and to close",
    [1000, 1000],
    2384,
    1000,
    1000,
    64,
  ],
  ["one too few: a pending connection less", [1000, 1000], 2383, 1000, 999, 64],
  ["2048: the clients have their number still", [1000, 1000], 2024, 1000, 640, 64],
  ["the usual 1024, some of them in use: 3 to 1", [1000, 1000], 1000, 530, 177, 50],
  ["the usual 1024, and few pending wanted", [1000, 20], 1000, 687, 20, 50],
  ["20000: a thousand pending are enough", [18000, 18000], 19900, 18000, 1516, 64],
  ["256, as on macOS", [1000, 1000], 240, 78, 27, 7],
  ["very few", [1000, 1000], 40, 13, 5, 1],
  ["two", [1000, 1000], 2, 1, 1, 1],
  ["none: it tries all the same", [1000, 1000], 0, 1, 1, 1],
  ["one client wanted", [1, 1], 1_000_000, 1, 1, 64],
  ["few wanted and few there", [5, 5], 40, 5, 5, 5],
];

for (const [why, [wantedClients, wantedPending], free, clients, pending, refused] of ROWS) {
  Deno.test(`descriptor limit: ${why}`, () => {
    const wanted = { clients: wantedClients, pending: wantedPending };
    const { total: _, ...cap } = capConnections(wanted, machine(free));
    assertEquals(cap, { clients, pending, refused });
  });
}

Deno.test("descriptor limit: opens no more descriptors than needed", () => {
  let asked = 0;
  capConnections({ clients: 1000, pending: 500 }, (wanted) => asked = wanted);
  assertEquals(asked, 1000 + 500 + 64 + 128 + 192);
});

Deno.test("descriptor limit: the cap is at least 1, and at most the wanted or free number", () => {
  const counts = fc.integer({ min: 1, max: 5000 });
  fc.assert(fc.property(counts, counts, counts, (clients, pending, free) => {
    const cap = capConnections({ clients, pending }, machine(free));
    assertLessOrEqual(cap.clients, clients);
    assertLessOrEqual(cap.pending, pending);
    for (const number of [cap.clients, cap.pending, cap.refused]) assertGreaterOrEqual(number, 1);
    assertGreaterOrEqual(cap.total, cap.clients + cap.pending + cap.refused);
    if (free >= 8) assertLessOrEqual(cap.total, free);
    // A reserve of 192, or of half.
    if (free >= 16) assertLessOrEqual(cap.total, free - Math.min(192, Math.floor(free / 2)));
  }));
});

Deno.test("descriptor limit: errors other than those of the limit are thrown", () => {
  /** Opens three descriptors at most. */
  const failing = (error: Error) => {
    let opened = 0;
    return () => {
      if (opened++ === 3) throw error;
      return openSync(devNull, "r");
    };
  };
  for (const code of ["EMFILE", "ENFILE"]) {
    assertEquals(countFreeDescriptors(10, failing(Object.assign(new Error(), { code }))), 3);
  }
  const others = [
    new Deno.errors.NotCapable("Requires read access"),
    Object.assign(new Error("no such file"), { code: "ENOENT" }),
  ];
  for (const error of others) {
    assertThrows(() => countFreeDescriptors(10, failing(error)), Error, error.message);
  }
});

Deno.test("descriptor limit: an unknown limit caps nothing", () => {
  const error = new Deno.errors.NotCapable("Requires read access");
  const cap = capConnections({ clients: 1000, pending: 500 }, () => {
    throw error;
  });
  assertEquals(cap, { clients: 1000, pending: 500, refused: 64, total: 1692, unknown: error });
});

Deno.test("descriptor limit: a server with fewer connections than wanted logs a warning with a remedy", () => {
  const warningsOf = (maxClients: number, maxPending: number | null, free: number) => {
    const warnings: string[] = [];
    capClients({ maxClients, maxPending }, { warn: (event) => warnings.push(event) }, () => free);
    return warnings;
  };
  assertEquals(warningsOf(1000, null, 10_000), []);
  const [few, ...others] = warningsOf(1000, null, 256);
  assertMatch(few!, /^the limit on open files leaves room for \d+ clients; .*: ulimit -n 3024$/);
  assertEquals(others, []);
  assertMatch(warningsOf(1000, null, 4)[0]!, /leaves room for 1 client;/);
  const [pending] = warningsOf(10, 5000, 1000);
  assertMatch(pending!, /leaves room for \d+ pending connections; .*: ulimit -n 6034$/);
  assertEquals(warningsOf(10, null, 400), [], "the default of pending connections may be fewer");
});
