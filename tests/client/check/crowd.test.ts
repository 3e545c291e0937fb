import { assertEquals, assertRejects } from "@std/assert";
import { CheckContext, CheckFailure, CROWD, runCrowd } from "../../../client/check/check.ts";
import type { CheckClient } from "../../../client/check/check_client.ts";
import { ConnectionError } from "../../../client/core/connection_errors.ts";
import { partOf } from "../../support/part_of.ts";

const ENDPOINT = { host: "127.0.0.1", port: 1 };

/** What happens to one client of a crowd. */
interface Fate {
  readonly connectMilliseconds?: number;
  readonly timesOut?: boolean;
  readonly hasHeard?: boolean;
  readonly isEnded?: boolean;
  readonly fails?: boolean;
}

/** Runs a crowd with these first clients; all others are served at once. */
async function crowdOf(...fates: Fate[]): Promise<string> {
  let count = 0;
  const failing = new Set<CheckClient>();
  class FakeContext extends CheckContext {
    override connect(): Promise<CheckClient> {
      const { timesOut = false, fails = false, ...fate } = fates[count++] ?? {};
      if (timesOut) return Promise.reject(new ConnectionError("timed_out", "connect", ENDPOINT));
      const fields = { connectMilliseconds: 1, hasHeard: true, isEnded: false, ...fate };
      const client = partOf<CheckClient>(fields);
      if (fails) failing.add(client);
      return Promise.resolve(client);
    }
  }
  const { values, note } = await runCrowd(
    new FakeContext(ENDPOINT, 3000, "2000"),
    (client) =>
      failing.has(client)
        ? Promise.reject(new CheckFailure("nothing came back"))
        : Promise.resolve(1),
  );
  assertEquals(values.length, CROWD);
  return note;
}

Deno.test("crowd: connections that took a second are noted, and no others", async () => {
  assertEquals(await crowdOf({ connectMilliseconds: 899 }), "");
  assertEquals(
    await crowdOf({ connectMilliseconds: 1001 }, { connectMilliseconds: 3002 }),
    "2 of 20 took over 1 s to connect: the server's listen backlog was full. Raise it, as in " +
      "listen(128), and do nothing between two accepts",
  );
});

Deno.test("crowd: a full backlog is named before its consequences", async () => {
  const unserved = { fails: true, hasHeard: false };
  const lost = { fails: true };
  const rows: [fates: Fate[], fault: string][] = [
    [[lost, { timesOut: true }, unserved], "1 of 20 clients could not connect in 3 s: "],
    [[lost, unserved, unserved], "2 of 20 clients were connected, but not served in 3 s: "],
    [[lost], "nothing came back"],
    // The server has ended the connection, so it had accepted it.
    [[{ ...unserved, isEnded: true }], "nothing came back"],
  ];
  for (const [fates, fault] of rows) {
    await assertRejects(() => crowdOf(...fates), CheckFailure, fault);
  }
});
