/**
 * Limits: places an address may have, programs that go silent, clients that read too slowly, telnet.
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { readMetric } from "../support/metrics.ts";
import { lengthFrame } from "../support/length_frames.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { eventually, eventuallyDone } from "../support/eventually.ts";
import { clientFrame, OPCODE, upgradeRequest } from "../support/websocket_frames.ts";

const KIBIBYTE = 1024;

/** A program that has a name. */
async function program(port: number, name: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.sendFrame({ type: "hello", name });
  await client.frame("welcome");
  return client;
}

Deno.test("an address has as many places as it may, and one again when a client leaves", async () => {
  await using server = await startServer({ maxPerAddress: 2 });
  const ann = await RawClient.join(server.port, "ann");
  const ben = await program(server.port, "ben");

  const person = await RawClient.connect(server.port);
  assertEquals(
    (await person.untilEnd()).replace(/^\[\d\d:\d\d:\d\d\] /, ""),
    "[ERROR]: Your address has 2 connections, the maximum. Close one, or try again later.\n",
  );
  const bot = await RawClient.connect(server.port);
  bot.sendFrame({ type: "hello", name: "bot" });
  assertEquals((await bot.frame()).code, "too_many_from_address");
  assertEquals(await bot.untilEnd(), "");
  for (const client of [person, bot]) client.close();

  ben.sendFrame({ type: "quit" });
  await ben.untilEnd();
  ben.close();
  await ann.until("ben has left the chat. ***\n");
  // The place is free once the socket is closed on both sides, which the server notices a little
  // later.
  const cy = await eventuallyDone(() => RawClient.join(server.port, "cy"));
  await ann.until("cy has joined the chat! ***\n");
  for (const client of [ann, cy]) client.close();
});

Deno.test("refused clients are counted in the log, not listed one by one", async () => {
  const server = await startServer({ maxPerAddress: 1 });
  const ann = await RawClient.join(server.port, "ann");
  const refused = 60;
  for (let count = 0; count < refused; count++) {
    const client = await RawClient.connect(server.port);
    client.send("x\n");
    await client.until("the maximum");
    client.close();
  }
  ann.close();
  await server[Symbol.asyncDispose]();
  const entries = server.log.filter(({ event }) => event === "clients refused");
  assertEquals(
    entries.reduce((sum, { fields }) => sum + Number(fields.count), 0),
    refused,
  );
  assertLess(entries.length, refused / 2, "once a second at most");
  assertEquals(entries[0]?.fields.reason, "too_many_from_address");
  assertEquals(entries[0]?.fields.address, "127.0.0.1");
});

Deno.test("E3 a silent program is pinged twice, then dropped; the others are notified", async () => {
  await using server = await startServer({ pingMilliseconds: 120, graceMilliseconds: 0 });
  const ann = await RawClient.join(server.port, "ann");
  const silent = await program(server.port, "silent");
  await ann.until("silent has joined the chat! ***\n");
  assertGreater((await silent.frame()).t, 1_700_000_000_000);
  assertEquals((await silent.frame()).type, "ping");
  assertEquals(await silent.untilEnd(), "");
  await ann.until("silent has left the chat. ***\n");
  assert(server.log.some(({ event }) => event === "silent"));
  ann.send("hello?\n/users\n");
  await ann.until("Online users (1): ann\n");
  assert(!ann.received.includes("ping"), "people are not asked");
  for (const client of [ann, silent]) client.close();
});

Deno.test("a program that answers, in whatever way, stays", async () => {
  await using server = await startServer({ pingMilliseconds: 90 });
  const answering = await program(server.port, "answering");
  const talking = await program(server.port, "talking");
  const prefixing = await RawClient.connect(server.port, "latin1");
  prefixing.send(lengthFrame({ type: "hello", name: "prefixing" }));
  await prefixing.until('"type":"welcome"');
  for (let round = 0; round < 5; round++) {
    const [{ t }] = await Promise.all([
      answering.frame("ping"),
      talking.frame("ping"),
      prefixing.until(/"type":"ping","t":\d+\}/),
    ]);
    answering.sendFrame({ type: "pong", t });
    talking.sendFrame({ type: "users" });
    prefixing.send(lengthFrame({ type: "pong", t }));
  }
  for (const client of [answering, talking]) {
    client.sendFrame({ type: "users" });
    assertEquals((await client.frame("users")).total, 3);
    client.close();
  }
  prefixing.close();
});

Deno.test("a program that is not read, since it says too much, is not silent", async () => {
  await using server = await startServer({
    pingMilliseconds: 60,
    rate: { perSecond: 10, burst: 1 },
  });
  const talker = await program(server.port, "talker");
  // One second of reading, which is five times as long as silence may last.
  talker.send('{"type":"ping","t":1}\n'.repeat(10));
  for (let count = 0; count < 10; count++) await talker.frame("pong");
  talker.close();
});

Deno.test("on a server that does not wait, a slow client gets the reason, and is closed", async () => {
  await using server = await startServer({
    slowClients: "close",
    outbox: { softBytes: 64 * KIBIBYTE, softMilliseconds: 60_000, hardBytes: 256 * KIBIBYTE },
    // The others get `left` as soon as a client is closed.
    graceMilliseconds: 0,
  });
  const stuck = await RawClient.join(server.port, "stuck");
  const stuckBot = await program(server.port, "stuckBot");
  const reader = await program(server.port, "reader");
  await stuck.until("reader has joined the chat! ***\n");
  await stuckBot.frame("joined");
  const stalled = new Map([["stuck", stuck], ["stuckBot", stuckBot]]);
  for (const client of stalled.values()) client.socket.pause();

  const talker = await program(server.port, "talker");
  const text = "x".repeat(4000);
  for (let number = 0; stalled.size > 0; number++) {
    talker.sendFrame({ type: "message", text: `${number} ${text}` });
    let frame;
    do {
      frame = await reader.frame();
      if (frame.type !== "left") continue;
      // The connection lingers for some seconds only: it is read at once.
      stalled.get(frame.name)!.socket.resume();
      stalled.delete(frame.name);
    } while (frame.type !== "message");
    assertLess(number, 20_000);
  }
  const told = await stuck.untilEnd();
  assert(
    told.endsWith(
      "[ERROR]: Your client read too slowly and was disconnected. Connect again.\n",
    ),
    told.slice(-200),
  );
  const lines = (await stuckBot.untilEnd()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.at(-1)?.code, "too_slow");
  for (const client of [stuck, stuckBot, reader, talker]) client.close();
});

Deno.test("telnet: options are refused, commands go, and what is typed arrives", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  const telnet = await RawClient.connect(server.port, "latin1");
  // What PuTTY opens with, cut within a command.
  await telnet.sendSegment(latin1("\xff\xfb\x1f\xff\xfb\x18\xff\xfd\x01\xff"));
  await telnet.sendSegment(latin1("\xfd\x03"));
  await telnet.until("\xff\xfe\x1f\xff\xfe\x18\xff\xfc\x01");
  await telnet.until("\xff\xfc\x03");
  telnet.send(latin1("b\xff\xf1en\r\n"));
  await telnet.until("Welcome, ben!");
  telnet.send(latin1("caf\xc3\xa9\xff\xfa\x1f\x00\x0a\x00\x0a\xff\xf0 au lait\r\n"));
  await ann.until("ben: café au lait\n");
  // Ctrl+C in telnet.
  telnet.send(latin1("\xff\xf4\xff\xfd\x06still here\r\n"));
  await ann.until("ben: still here\n");
  await telnet.until("\xff\xfc\x06");
  for (const client of [ann, telnet]) client.close();
});

function latin1(bytes: string): Uint8Array {
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

/** Bytes that become no line or frame, and are sent for as long as the server reads them. */
interface SkippedFlood {
  readonly what: string;
  /** Enters the chat. */
  readonly enter: (port: number) => Promise<RawClient>;
  readonly bytes: string | Uint8Array;
}

async function webSocket(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port, "latin1");
  client.send(upgradeRequest(port));
  await client.until("\r\n\r\n");
  client.send(clientFrame('{"type":"hello","name":"ann"}'));
  await client.until('"welcome"');
  return client;
}

async function telnetUser(port: number): Promise<RawClient> {
  return await RawClient.join(port, "ann");
}

const SKIPPED_FLOODS: readonly SkippedFlood[] = [
  {
    what: "pings of a WebSocket",
    enter: webSocket,
    bytes: Buffer.concat(Array(10_000).fill(clientFrame("", { opcode: OPCODE.ping }))),
  },
  {
    what: "pongs of a WebSocket",
    enter: webSocket,
    bytes: Buffer.concat(Array(10_000).fill(clientFrame("p", { opcode: OPCODE.pong }))),
  },
  { what: "commands of telnet", enter: telnetUser, bytes: latin1("\xff\xf1".repeat(50_000)) },
  { what: "a line without end", enter: telnetUser, bytes: "x".repeat(100_000) },
  {
    what: "a frame without end",
    enter: (port) => program(port, "ann"),
    bytes: "{".repeat(100_000),
  },
];

for (const { what, enter, bytes } of SKIPPED_FLOODS) {
  Deno.test(`a flood of what is no message is not read: ${what}`, async () => {
    await using server = await startServer({ rate: { perSecond: 1, burst: 20 } });
    const flooder = await enter(server.port);
    const { socket } = flooder;
    const flood = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.on("drain", flood);
    flood();
    const read = (name: string) => readMetric(server.port, `hubbub_${name}_total`);
    await eventually(async () => await read("throttled") > 0, "it is not throttled");
    // A second person is served meanwhile.
    const ben = await RawClient.join(server.port, "ben");
    ben.send("/users\n");
    await ben.until("Online users");
    assertLess(await read("received_bytes"), 4_000_000);
    for (const client of [flooder, ben]) client.close();
  });
}

Deno.test("what the limits did is in the metrics", async () => {
  await using server = await startServer({
    rate: { perSecond: 100, burst: 2 },
    pingMilliseconds: 300,
  });
  const metrics = (...names: string[]) =>
    Promise.all(names.map((name) => readMetric(server.port, `hubbub_${name}_total`)));
  const all = ["throttled", "too_long", "resumed", "silent"];
  assertEquals(await metrics(...all), [0, 0, 0, 0]);
  const ann = await RawClient.join(server.port, "ann");
  ann.send("x".repeat(5000) + "\n");
  await ann.until("[ERROR]");
  ann.send("1\n2\n3\n4\n/users\n");
  await ann.until("Online users");
  const { client, welcome } = await RawClient.hello(server.port, { name: "ben" });
  const back = await RawClient.connect(server.port);
  back.sendFrame({
    type: "hello",
    name: "",
    resume: { session: welcome.session, rooms: { lobby: 0 } },
  });
  assert((await back.frame("welcome")).resumed);
  await client.untilEnd();
  await back.untilEnd(); // it does not answer the pings
  const [throttled, ...others] = await metrics(...all);
  assertGreater(throttled!, 0);
  assertEquals(others, [1, 1, 1]);
  for (const each of [ann, client, back]) each.close();
});
