/**
 * History: the last messages, pages of it, cleaned, and across a restart.
 */

import { assert, assertEquals } from "@std/assert";
import { untilMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { startServe } from "../support/program.ts";
import { fillDisk, freeDisk, onSmallDisk } from "../support/small_disk.ts";

Deno.test("/history shows the last messages with their times; nothing in an empty room", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  ann.send("/history\n");
  await ann.until("[SYSTEM]: There are no messages in lobby yet.\n");
  ann.send("one\n/me waves\nthr\u001bee\n");
  const ben = await RawClient.join(server.port, "ben");
  ben.send("/history 2\n");
  await ben.until("[SYSTEM]: The last 2 messages in the room lobby:\n");
  const shown = await ben.until("three\n");
  assert(/^\[\d\d:\d\d:\d\d\] \* ann waves\n\[\d\d:\d\d:\d\d\] ann: three\n$/.test(shown), shown);
  ann.close();
  ben.close();
});

Deno.test("history frames page by before and since, and tell whether there is more", async () => {
  await using server = await startServer({ historyLimit: 100 });
  const { client } = await RawClient.hello(server.port, { name: "ann" });
  for (let number = 1; number <= 150; number++) {
    client.sendFrame({ type: "message", text: `${number}`, id: `${number}` });
  }
  while ((await client.frame("ack")).seq !== 150);
  const ask = async (query: Record<string, number>) => {
    client.sendFrame({ type: "history", ...query });
    const { room, messages, more } = await client.frame("history");
    assertEquals(room, "lobby");
    // deno-lint-ignore no-explicit-any -- frames are read as they come
    const numbers = messages.map(({ seq, text }: any) => {
      assertEquals(String(seq), text);
      return seq;
    });
    return [numbers.at(0), numbers.at(-1), numbers.length, more];
  };
  assertEquals(await ask({}), [101, 150, 50, true]);
  assertEquals(await ask({ limit: 10 }), [141, 150, 10, true]);
  assertEquals(await ask({ limit: 10, before: 141 }), [131, 140, 10, true]);
  assertEquals(await ask({ limit: 10, before: 56 }), [51, 55, 5, false]);
  assertEquals(await ask({ since: 120, limit: 10 }), [121, 130, 10, true]);
  assertEquals(await ask({ since: 145 }), [146, 150, 5, false]);
  assertEquals(await ask({ since: 0, limit: 500 }), [51, 150, 100, false]);
  client.close();
});

Deno.test("with a data folder, history, topics and numbers survive a restart", async () => {
  const data = await Deno.makeTempDir();
  try {
    {
      await using server = await startServer({ data });
      const { client } = await RawClient.hello(server.port, { name: "ann", rooms: ["den"] });
      client.sendFrame({ type: "topic", text: "ours" });
      await client.frame("topic");
      client.sendFrame({ type: "message", text: "before the restart", id: "1" });
      assertEquals((await client.frame("ack")).seq, 1);
      client.sendFrame({ type: "quit" });
      await client.untilEnd();
      client.close();
    }
    await using server = await startServer({ data });
    const { client, welcome } = await RawClient.hello(server.port, { name: "ben", rooms: ["den"] });
    assertEquals(welcome.rooms, [{ room: "den", seq: 1, topic: "ours" }]);
    client.sendFrame({ type: "history" });
    assertEquals((await client.frame("history")).messages[0].text, "before the restart");
    client.sendFrame({ type: "message", text: "after", id: "2" });
    assertEquals((await client.frame("ack")).seq, 2);
    client.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

/** Waits until the metrics say whether storing fails. */
function untilStoreFails(port: number, isFailing: boolean): Promise<void> {
  return untilMetric(port, "hubbub_store_failing", isFailing ? 1 : 0);
}

Deno.test("a full disk: the chat goes on, the metrics tell, and all is stored when there is space", () =>
  onSmallDisk(async (data) => {
    const texts: string[] = [];
    {
      await using server = await startServer({ data });
      const { client } = await RawClient.hello(server.port, { name: "ann" });
      const say = async (text: string) => {
        texts.push(text);
        client.sendFrame({ type: "message", text, id: String(texts.length) });
        assertEquals((await client.frame("ack")).seq, texts.length);
      };
      await untilStoreFails(server.port, false);
      fillDisk(data);
      // What SQLite has reserved may take some first.
      for (let number = 1; number <= 50; number++) await say(`${number} `.padEnd(4000, "x"));
      await untilStoreFails(server.port, true);
      await say("still here");
      freeDisk(data);
      await untilStoreFails(server.port, false);
      client.close();
    }
    await using server = await startServer({ data });
    const { client } = await RawClient.hello(server.port, { name: "ben" });
    let before = texts.length + 1;
    for (const expected of texts.toReversed()) {
      client.sendFrame({ type: "history", limit: 1, before: before-- });
      assertEquals((await client.frame("history")).messages[0].text, expected.trim());
    }
    client.close();
  }));

Deno.test("a server that stops on a full disk reports what it dropped, and exits with 1", () =>
  onSmallDisk(async (data) => {
    await using serve = await startServe(["--data", data, "--rate", "off"]);
    const { client } = await RawClient.hello(serve.port, { name: "ann" });
    fillDisk(data);
    for (let number = 1; number <= 200; number++) {
      client.sendFrame({ type: "message", text: "x".repeat(4000), id: String(number) });
      await client.frame("ack");
    }
    serve.child.kill("SIGINT");
    const log = await serve.stderr.all();
    assert(/ERROR .*Changes since then are lost \(messages: \d+\)\./i.test(log), log);
    assertEquals(await serve.exit, 1);
    client.close();
  }));
