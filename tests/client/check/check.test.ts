import { assertEquals, assertRejects } from "@std/assert";
import {
  CheckContext,
  runSimultaneously,
  SIMULTANEOUS_CLIENTS,
} from "../../../client/check/check.ts";
import { CheckFailure } from "../../../client/check/check_failure.ts";
import type { CheckClient } from "../../../client/check/check_client.ts";
import { ConnectionError } from "../../../client/core/connection_errors.ts";
import { partOf } from "../../support/part_of.ts";

const ENDPOINT = { host: "127.0.0.1", port: 1 };

/** The behaviour of one client. */
interface Behavior {
  readonly connectMilliseconds?: number;
  readonly timesOut?: boolean;
  readonly hasReceived?: boolean;
  readonly isEnded?: boolean;
  readonly fails?: boolean;
}

/** Runs simultaneous clients that begin with these; all others are served at once. */
async function noteOf(...behaviors: Behavior[]): Promise<string> {
  let count = 0;
  const failing = new Set<CheckClient>();
  class FakeContext extends CheckContext {
    override connect(): Promise<CheckClient> {
      const { timesOut = false, fails = false, ...behavior } = behaviors[count++] ?? {};
      if (timesOut) return Promise.reject(new ConnectionError("timed_out", "connect", ENDPOINT));
      const fields = { connectMilliseconds: 1, hasReceived: true, isEnded: false, ...behavior };
      const client = partOf<CheckClient>(fields);
      if (fails) failing.add(client);
      return Promise.resolve(client);
    }
  }
  const { values, note } = await runSimultaneously(
    new FakeContext(ENDPOINT, 3000, "2000"),
    (client) =>
      failing.has(client)
        ? Promise.reject(new CheckFailure("nothing came back"))
        : Promise.resolve(1),
  );
  assertEquals(values.length, SIMULTANEOUS_CLIENTS);
  return note;
}

Deno.test("simultaneous clients: a connection that took 1 s is reported, a faster one is not", async () => {
  assertEquals(await noteOf({ connectMilliseconds: 899 }), "");
  assertEquals(
    await noteOf({ connectMilliseconds: 1001 }, { connectMilliseconds: 3002 }),
    "2 of 20 took over 1 s to connect: the server's listen backlog was full. Raise it, as in " +
      "listen(128), and do nothing between two accepts",
  );
});

Deno.test("simultaneous clients: a full backlog is reported before its consequences", async () => {
  const unserved = { fails: true, hasReceived: false };
  const lost = { fails: true };
  const rows: [behaviors: Behavior[], fault: string][] = [
    [[lost, { timesOut: true }, unserved], "1 of 20 clients could not connect in 3 s: "],
    [[lost, unserved, unserved], "2 of 20 clients were connected, but not served in 3 s: "],
    [[lost], "nothing came back"],
    // The server has ended the connection, so it had accepted it.
    [[{ ...unserved, isEnded: true }], "nothing came back"],
  ];
  for (const [behaviors, fault] of rows) {
    await assertRejects(() => noteOf(...behaviors), CheckFailure, fault);
  }
});
