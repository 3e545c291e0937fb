import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { countSourceAddresses, sourcesOf } from "../../../bench/load/source_addresses.ts";

Deno.test("source addresses: the first 10,000 are left to the system, the others have ports of their own", () => {
  const sourceOf = sourcesOf("127.0.0.1", 60_000, "k3f9");
  const taken = new Set<string>();
  for (let index = 0; index < 60_000; index++) {
    const source = sourceOf(index, 0);
    assertEquals(source === undefined, index < 10_000, `${index}`);
    if (source === undefined) continue;
    assert(/^127\.\d+\.\d+\.[1-3]$/.test(source.address), source.address);
    assert(source.port >= 10_000 && source.port < 30_000, `${source.port}`);
    taken.add(`${source.address}:${source.port}`);
  }
  assertEquals(taken.size, 50_000);
  assertEquals(countSourceAddresses("127.0.0.1", 60_000), 4);
});

Deno.test("source addresses: threads share them without overlap", () => {
  const whole = sourcesOf("localhost", 20_000, "k3f9");
  const second = sourcesOf("localhost", 20_000, "k3f9", 9_990);
  for (const index of [0, 9, 10, 5000, 10_009]) {
    assertEquals(second(index, 0), whole(9_990 + index, 0));
  }
});

Deno.test("source addresses: a taken one is replaced by one of other ports, and in the end by the system's", () => {
  const sourceOf = sourcesOf("127.0.0.1", 20_000, "k3f9");
  const { address } = sourceOf(15_000, 0)!;
  const others = Array.from({ length: 8 }, (_, attempt) => sourceOf(15_000, attempt));
  assertEquals(new Set(others.map((source) => source?.port)).size, 8);
  for (const other of others.slice(1)) {
    assert(other!.address === address && other!.port >= 30_000 && other!.port < 50_000);
  }
  assertEquals(sourceOf(15_000, 8), undefined);
});

Deno.test("source addresses: another run has others, since ports are not free at once", () => {
  const [one, other] = ["k3f9", "x1y2"].map((seed) => sourcesOf("127.0.0.1", 20_000, seed));
  assertNotEquals(one!(15_000, 0)!.address, other!(15_000, 0)!.address);
});

Deno.test("source addresses: one for ::1, none for other machines or few connections", () => {
  assertEquals(sourcesOf("::1", 20_000, "k3f9")(10_000, 0), { address: "::1", port: 10_000 });
  const many = sourcesOf("::1", 60_000, "k3f9");
  const ports = Array.from({ length: 40_000 }, (_, index) => many(10_000 + index, 0)!.port);
  assertEquals([new Set(ports).size, Math.max(...ports)], [40_000, 49_999]);
  assertEquals(many(50_000, 0), undefined);
  assertEquals(sourcesOf("192.0.2.1", 40_000, "k3f9")(39_000, 0), undefined);
  assertEquals(sourcesOf("127.0.0.1", 10_000, "k3f9")(9_999, 0), undefined);
  assertEquals(["::1", "192.0.2.1"].map((host) => countSourceAddresses(host, 40_000)), [1, 1]);
  assertEquals(countSourceAddresses("127.0.0.1", 10_000), 1);
});
