/** A client that floods the server and is gone is forgotten in time. */

import { assertLess } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

for (
  const [ending, kilobytes] of [["closes", 60], ["closes", 200], ["closes", 400], [
    "resets",
    60,
  ]] as const
) {
  Deno.test(`a throttled client that ${ending} with ${kilobytes} KB unread is gone within 2 s`, async () => {
    await using server = await startServer({ rate: { perSecond: 20, burst: 40 }, maxClients: 2 });
    const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
    const flood = await RawClient.join(server.port, "flood");
    await flood.sendSegment("a line of 20 letters\n".repeat(kilobytes * 1000 / 21));
    await witness.frame("message");
    const closedAt = performance.now();
    if (ending === "closes") flood.socket.end(() => flood.close());
    else flood.socket.resetAndDestroy();
    while (true) {
      const frame = await witness.frame();
      if (frame.type === "left" && frame.name === "flood") break;
    }
    assertLess(performance.now() - closedAt, 2500);
    const again = await RawClient.join(server.port, "flood");
    for (const client of [witness, again]) client.close();
  });
}
