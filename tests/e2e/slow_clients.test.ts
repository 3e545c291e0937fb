/**
 * Clients that do not read, or say too much.
 */

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const KIBIBYTE = 1024;

Deno.test("a client that stops reading delays no other and learns what it missed", async () => {
  await using server = await startServer({
    outbox: { softBytes: 64 * KIBIBYTE, softMilliseconds: 60_000, hardBytes: 256 * KIBIBYTE },
  });
  const stuck = await RawClient.join(server.port, "stuck");
  const talker = await RawClient.connect(server.port);
  talker.sendFrame({ type: "hello", name: "talker" });
  await talker.frame("welcome");
  const reader = await RawClient.join(server.port, "reader");
  await stuck.until("reader has joined the chat! ***\n");
  stuck.socket.pause();

  // Far more than the kernel's buffers of a connection and the server's queue can hold. The window
  // keeps what is on its way to the reader small: it must lose nothing.
  const text = "x".repeat(4000);
  const total = 6000;
  const window = 16;
  for (let number = 0; number < total; number += window) {
    for (let offset = 0; offset < window; offset++) {
      talker.sendFrame({ type: "message", text: `${number + offset} ${text}`, id: "" + number });
    }
    await reader.until(`talker: ${number + window - 1} ${text}\n`);
    reader.forget();
  }
  talker.sendFrame({ type: "message", text: "the last one", id: "last" });
  await reader.until("talker: the last one\n");
  while ((await talker.frame("ack")).id !== "last");

  stuck.socket.resume();
  const notice = await stuck.until(
    /\*\*\* (\d+) messages skipped\. \/history shows them\. \*\*\*\n/,
  );
  const skipped = Number(/(\d+) messages skipped/.exec(notice)![1]);
  const got = [...stuck.received.matchAll(/talker: (\d+ x|the last)/g)].length;
  assertEquals(got + skipped, total + 1, "every message was either sent or counted");
  assertGreater(skipped, 1000);
  talker.sendFrame({ type: "message", text: "after" });
  await stuck.until("talker: after\n");
  for (const client of [stuck, talker, reader]) client.close();
});

Deno.test("a client that reads slowly and cannot answer pings meanwhile keeps its connection", async () => {
  const bytes = 64 * KIBIBYTE * KIBIBYTE;
  const outbox = { softBytes: bytes, softMilliseconds: 60_000, hardBytes: bytes };
  // A silent client is disconnected after 1.5 s.
  await using server = await startServer({ outbox, pingMilliseconds: 500 });
  using slow = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await slow.write(new TextEncoder().encode('{"type":"hello","name":"slow"}\n'));
  const talker = await RawClient.join(server.port, "talker");
  // 16 MB: more than the kernel's buffers hold, until the reader has read some 10 of them.
  const text = "x".repeat(4000);
  talker.send(`${text}\n`.repeat(4000) + "/me is done\n");
  const piece = new Uint8Array(64 * KIBIBYTE);
  const decoder = new TextDecoder();
  let [received, messages] = ["", 0];
  const slowUntil = performance.now() + 2500;
  while (true) {
    const length = await slow.read(piece);
    assert(length !== null, "the connection stands");
    const lines = (received + decoder.decode(piece.subarray(0, length))).split("\n");
    received = lines.pop()!;
    messages += lines.filter((line) => line.includes(text)).length;
    if (lines.some((line) => line.includes("is done"))) break;
    if (performance.now() < slowUntil) await delay(15);
  }
  assertEquals(messages, 4000);
  talker.close();
});

Deno.test("a whisper to a client that does not read is refused, not lost", async () => {
  await using server = await startServer({
    outbox: { softBytes: 1 * KIBIBYTE, softMilliseconds: 60_000, hardBytes: 2 * KIBIBYTE },
  });
  const stuck = await RawClient.join(server.port, "stuck");
  const talker = await RawClient.join(server.port, "talker");
  await stuck.until("talker has joined the chat! ***\n");
  stuck.socket.pause();
  const text = "x".repeat(4000);
  let refused = false;
  // 400 KB a round: far more than the kernel and the queue hold.
  for (let round = 0; !refused && round < 1000; round++) {
    talker.send(`${text}\n`.repeat(100) + "/whisper stuck hello\n");
    const answer = await talker.until(/\[WHISPER to stuck\]: hello\n|\[ERROR\]: .*\n/);
    refused = answer.includes(
      "stuck reads too slowly at the moment; nothing was sent. Try again later.",
    );
  }
  assert(refused);
  stuck.close();
  talker.close();
});

Deno.test("a flood is slowed by not reading, and nothing of it is lost", async () => {
  await using server = await startServer({ rate: { perSecond: 200, burst: 40 } });
  const watcher = await RawClient.connect(server.port);
  watcher.sendFrame({ type: "hello", name: "watcher" });
  await watcher.frame("welcome");
  const flooder = await RawClient.join(server.port, "flooder");
  const start = performance.now();
  const total = 140;
  flooder.send(Array.from({ length: total }, (_, number) => `${number}\n`).join(""));
  const seen = [];
  while (seen.length < total) seen.push((await watcher.frame("message")).text);
  assertEquals(seen, Array.from({ length: total }, (_, number) => `${number}`));
  // 40 at once, one of them the name, then 101 at 200 a second: half a second.
  assertGreater(performance.now() - start, 480);
  watcher.close();
  flooder.close();
});

Deno.test("a client that asks much and reads no answer is not read any further", async () => {
  await using server = await startServer({
    outbox: { softBytes: 64 * KIBIBYTE, softMilliseconds: 60_000, hardBytes: 1024 * KIBIBYTE },
  });
  const asker = await RawClient.connect(server.port);
  asker.sendFrame({ type: "hello", name: "asker" });
  await asker.frame("welcome");
  asker.socket.pause();
  const question = '{"type":"help"}\n'.repeat(64 * 64);
  // An answer is 50 times as long as its question: unread answers stop the reading of questions.
  let accepted = 0;
  while (asker.socket.writableLength < 8 * KIBIBYTE * KIBIBYTE && accepted < 256) {
    asker.send(question);
    accepted++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertLess(accepted, 256, "the server stopped reading");
  const other = await RawClient.join(server.port, "other");
  other.send("/users\n");
  await other.until("Online users (2): asker, other\n");
  assert(!asker.isEnded);
  asker.close();
  other.close();
});
