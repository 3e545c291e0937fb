import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { ConnectionPool } from "../../../bench/load/connection_pool.ts";
import { ErrorTally } from "../../../bench/load/error_tally.ts";
import type { SourceOf } from "../../../bench/load/source_addresses.ts";
import type { Profile } from "../../../bench/profiles/profile.ts";
import { echo } from "../../../bench/profiles/line.ts";
import { line } from "../../../bench/profiles/line.ts";

/** Opens connections to a server. Returns from which addresses they came, and how long that took. */
async function open(
  how: { connections: number; connectRate?: number; sourceOf?: SourceOf; profile?: Profile },
  stopAfter = Infinity,
): Promise<{ addresses: string[]; joined: number; milliseconds: number }> {
  const addresses: string[] = [];
  const stop = new AbortController();
  const server = createServer((socket: Socket) => {
    addresses.push(socket.remoteAddress!);
    socket.on("error", () => {}).resume();
    if (addresses.length === stopAfter) stop.abort();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const pool = new ConnectionPool();
  const start = performance.now();
  const members = await pool.open({
    ...{ target: { host: "127.0.0.1", port }, profile: echo, timeout: 10_000, ...how },
    ...{ nameOf: String, errors: new ErrorTally(), now: () => performance.now() },
    signal: stop.signal,
  });
  const milliseconds = performance.now() - start;
  await pool.close();
  await new Promise((resolve) => server.close(resolve));
  return { addresses, joined: members.length, milliseconds };
}

Deno.test("connection pool: connections come from the sources by their numbers", async () => {
  const { addresses, joined } = await open({
    connections: 6,
    // An address of 127.0.0.0/8 has no other connections, and its ports are free.
    sourceOf: (index) =>
      index < 2 ? undefined : { address: `127.9.8.${1 + index % 2}`, port: 20_000 + index },
  });
  assertEquals(joined, 6);
  const times = (address: string) => addresses.filter((each) => each === address).length;
  assertEquals(["127.0.0.1", "127.9.8.1", "127.9.8.2"].map(times), [2, 2, 2]);
});

Deno.test("connection pool: at a rate, the last connection is opened no earlier than it is due", async () => {
  const { joined, milliseconds } = await open({ connections: 21, connectRate: 100 });
  assertEquals(joined, 21);
  assertGreaterOrEqual(milliseconds, 199);
});

Deno.test("connection pool: the signal ends the wait for the next connection", async () => {
  // A hundredth of a second to the second one; the 998 behind it are not waited for.
  const { addresses, milliseconds } = await open({ connections: 1000, connectRate: 100 }, 2);
  assertLess(addresses.length, 1000);
  assertLess(milliseconds, 9000);
});

Deno.test("connection pool: a server that sends nothing has time to accept all connections, others need none", async () => {
  const silent = await open({ connections: 2, profile: line({ welcome: "" }) });
  assertEquals(silent.joined, 2);
  assertGreaterOrEqual(silent.milliseconds, 499);
  assertEquals(line({ welcome: "OK" }).settleMilliseconds, undefined);
});
