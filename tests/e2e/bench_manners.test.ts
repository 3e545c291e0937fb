/** What the load tester leaves behind on a server on which there are people. */

import { assert, assertEquals } from "@std/assert";
import { ConnectionPool } from "../../bench/load/connection_pool.ts";
import { ErrorTally } from "../../bench/load/error_tally.ts";
import { PROFILES } from "../../bench/profiles/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** Has a pool join a server. */
async function gather(port: number, profile: keyof typeof PROFILES, connections: number) {
  const pool = new ConnectionPool();
  const errors = new ErrorTally();
  await pool.open({
    ...{ target: { host: "127.0.0.1", port }, profile: PROFILES[profile], connections, errors },
    ...{ timeout: 10_000, nameOf: (index) => `bench-k3f9-${index}`, now: () => performance.now() },
    signal: new AbortController().signal,
  });
  assertEquals([pool.times.joined.length, errors.list()], [connections, []]);
  return pool;
}

for (const profile of ["json", "websocket", "text"] as const) {
  Deno.test(`profile ${profile}: a pool that has closed is not there any more`, async () => {
    await using server = await startServer();
    const pool = await gather(server.port, profile, 5);
    await pool.close();
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    assertEquals(/^hubbub_members (\d+)$/m.exec(metrics)?.[1], "0");
    // The names are free at once.
    const again = await RawClient.join(server.port, "bench-k3f9-0");
    again.close();
  });
}

for (const profile of ["json", "websocket"] as const) {
  Deno.test(`profile ${profile}: people in the lobby see nothing of a pool`, async () => {
    await using server = await startServer();
    const person = await RawClient.join(server.port, "person");
    const pool = await gather(server.port, profile, 3);
    const member = await RawClient.hello(server.port, { name: "member", rooms: ["bench-k3f9"] });
    member.client.sendFrame({ type: "users" });
    assertEquals((await member.client.frame("users")).total, 4);
    person.send("/users\n");
    await person.until("Online users (1): person\n");
    await pool.close();
    person.send("/users\n");
    await person.until("Online users (1): person\n");
    assert(!person.received.includes("bench-"), person.received);
    member.client.close();
    person.close();
  });
}
