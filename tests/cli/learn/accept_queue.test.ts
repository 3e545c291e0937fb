import { assertEquals } from "@std/assert";
import { connect } from "node:net";
import { hasQueueTable, waitingIn, watchQueue } from "../../../cli/learn/accept_queue.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 1
   1: 0100007F:1F91 00000000:0000 0A 00000000:00000010 00:00000000 00000000     0        0 2
   2: 0100007F:1F92 0100007F:D2A8 01 00000000:0000000C 00:00000000 00000000     0        0 3
`;

Deno.test("accept queue: the number of waiting connections is read from the kernel's table", () => {
  assertEquals(waitingIn(TABLE, 8080), 2);
  assertEquals(waitingIn(TABLE, 8081), 16);
  assertEquals(waitingIn(TABLE, 8082), undefined); // a connection, and no listener
  assertEquals(waitingIn("", 8080), undefined);
});

Deno.test({
  name: "accept queue: clients that are not accepted are reported",
  ignore: Deno.build.os !== "linux",
  async fn() {
    assertEquals(await hasQueueTable(), true);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const sockets = [1, 2].map(() => connect(port, "127.0.0.1"));
    const waiting = Promise.withResolvers<void>();
    const counts: number[] = [];
    const stop = watchQueue(port, (count) => {
      counts.push(count);
      if (count === 2) waiting.resolve();
    });
    await waiting.promise;
    stop();
    assertEquals(counts.at(-1), 2);
    const closed = sockets.map((socket) => new Promise((resolve) => socket.on("close", resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    listener.close();
  },
});
