/** Clients that do not read what they or others cause. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { readMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const KIBIBYTE = 1024;
const HARD = 512 * KIBIBYTE;

/** Bounds under what the kernel's buffers of a connection take, so that they are reached soon. */
const OUTBOX = { softBytes: 128 * KIBIBYTE, softMilliseconds: 60_000, hardBytes: HARD };

/** Ways to make bytes wait for a client that does not read. */
const FLOODS: readonly (readonly [
  what: string,
  /** What another client sends, of the given total size. */
  others: (count: number) => Record<string, unknown>,
  /** What the client that does not read sends itself. */
  own: (count: number) => Record<string, unknown>,
])[] = [
  ["whispers", () => ({ type: "whisper", to: "stuck", text: "x".repeat(4000) }), ping],
  [
    "offers",
    (count) =>
      count % 2 === 0
        ? { type: "offer", to: "stuck", name: "字".repeat(250), size: 1 }
        : { type: "withdraw", file: (count + 1) / 2 },
    ping,
  ],
  ["answers to its own questions", ping, () => ({ type: "help", padding: "x".repeat(1000) })],
  ["errors of its own", ping, () => ({ type: "x".repeat(30_000), id: "y".repeat(64) })],
];

function ping(t: number) {
  return { type: "ping", t };
}

for (const [what, others, own] of FLOODS) {
  Deno.test(`of ${what} no more waits for a client that does not read than --queue-hard`, async () => {
    await using server = await startServer({ outbox: OUTBOX });
    const { client: stuck } = await RawClient.hello(server.port, { name: "stuck" });
    const { client: other } = await RawClient.hello(server.port, { name: "other" });
    stuck.socket.pause();
    let most = 0;
    for (let count = 0; count < 20_000; count++) {
      other.sendFrame(others(count));
      if (!stuck.isEnded && stuck.socket.writableLength < 1_000_000) stuck.sendFrame(own(count));
      if (count % 1000 !== 0) continue;
      other.sendFrame({ type: "ping", t: -count });
      while ((await other.frame("pong")).t !== -count);
      other.forget();
      most = Math.max(most, await readMetric(server.port, "hubbub_waiting_bytes"));
    }
    const isRead = stuck.socket.writableLength === 0;
    assert(most > 0 || !isRead, "something waits, or its questions are not read any more");
    // One frame may be on its way when the bound is reached.
    assertLess(most, HARD + 64 * KIBIBYTE);
    other.sendFrame({ type: "ping", t: 0.5 });
    while ((await other.frame("pong")).t !== 0.5);
    for (const client of [stuck, other]) client.close();
  });
}

Deno.test("when too much waits for all together, those for which most waits are closed", async () => {
  await using server = await startServer({
    outbox: {
      softBytes: 100 * KIBIBYTE,
      softMilliseconds: 60_000,
      hardBytes: 64 * 1024 * KIBIBYTE,
    },
    outboxTotalBytes: 4 * 1024 * KIBIBYTE,
  });
  const { client: talker } = await RawClient.hello(server.port, { name: "talker" });
  const stuck = await Promise.all(["s1", "s2", "s3"].map(async (name) => {
    const { client } = await RawClient.hello(server.port, { name });
    client.socket.pause();
    return client;
  }));
  const { client: reader } = await RawClient.hello(server.port, { name: "reader" });
  const text = "x".repeat(4000);
  let most = 0;
  for (let number = 1; number <= 6000; number++) {
    talker.sendFrame({ type: "message", text: `${number} ${text}`, id: String(number) });
    if (number % 50 !== 0) continue;
    while ((await reader.frame("message")).seq !== number);
    reader.forget();
    if (number % 500 === 0) {
      most = Math.max(most, await readMetric(server.port, "hubbub_waiting_bytes"));
    }
  }
  assertLess(most, 5 * 1024 * KIBIBYTE);
  assertEquals(await readMetric(server.port, "hubbub_shed_clients_total"), 3);
  for (const client of stuck) {
    client.socket.resume();
    assert((await client.untilEnd()).length > 0);
  }
  for (const client of [talker, reader]) client.close();
});
