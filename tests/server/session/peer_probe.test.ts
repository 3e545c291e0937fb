import { assert, assertEquals } from "@std/assert";
import { PeerProbes, PROBE_SECONDS } from "../../../server/session/peer_probe.ts";

Deno.test("peer probes: each connection has its turn once in the interval, a tenth in a second", () => {
  const probes = new PeerProbes();
  const counts = Array.from({ length: 95 }, () => 0);
  const connections = counts.map((_, index) => ({ probe: () => void counts[index]!++ }));
  for (const connection of connections) probes.add(connection);
  for (let second = 0; second < 3 * PROBE_SECONDS; second++) {
    const before = counts.reduce((sum, count) => sum + count);
    probes.tick();
    assert(counts.reduce((sum, count) => sum + count) - before <= 10);
  }
  assertEquals(counts, counts.map(() => 3));
  for (const connection of connections.slice(1)) probes.remove(connection);
  for (let second = 0; second < PROBE_SECONDS; second++) probes.tick();
  assertEquals(counts, [4, ...counts.slice(1).map(() => 3)]);
});

Deno.test("peer probes: a connection that is dropped by its probe does no harm", () => {
  const probes = new PeerProbes();
  const connection = { probe: () => probes.remove(connection) };
  probes.add(connection);
  probes.tick();
  probes.tick();
});
