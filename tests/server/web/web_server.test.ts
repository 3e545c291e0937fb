import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { HttpExchange } from "../../../server/web/http_exchange.ts";
import { clientFrame, OPCODE, upgradeRequest } from "../../support/websocket_frames.ts";
import { sentence } from "../../../server/web/web_answer.ts";
import { createStage, FLOODED_REQUESTS, floodOf, settled } from "./web_stage.ts";

Deno.test("web server: handles the bytes of the detection before later ones", () => {
  const { take, clients } = createStage();
  take(upgradeRequest(8080));
  assertEquals(clients.length, 1, "a WebSocket in the same turn");
});

Deno.test("web server: a request in pieces, followed by the first message", async () => {
  const { take, clients } = createStage();
  const head = upgradeRequest(8080);
  for (const cut of [4, 20, head.length - 1, head.length, head.length + 1, head.length + 10]) {
    // A new copy each time: unmasking changes the bytes in place.
    const stream = Buffer.concat([Buffer.from(head), clientFrame("first")]);
    const socket = take(stream.subarray(0, cut));
    socket.push(stream.subarray(cut));
    await settled();
    await settled();
    assertEquals(clients.pop(), ["first"], `cut at ${cut}`);
    socket.destroy();
  }
});

Deno.test("web server: a socket always has one owner, until it is closed", async () => {
  const { take, registry, metrics } = createStage();
  const answered = take("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals(registry.size, 1);
  const refused = take("GET nonsense\r\n\r\n");
  const unfinished = take("GET / HT");
  await settled();
  await settled();
  assert(answered.written.startsWith("HTTP/1.1 200 OK\r\n"), answered.written);
  assert(refused.written.startsWith("HTTP/1.1 400 Bad Request\r\n"), refused.written);
  assertEquals(metrics.refused.http, 1);
  for (const handler of registry) handler.destroy();
  await settled();
  await settled();
  assertEquals([registry.size, unfinished.destroyed], [0, true]);
});

Deno.test("web server: a route that throws ends only its connection, and is counted", async () => {
  const { take, registry, metrics } = createStage();
  const broken = take("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
  const upgrade = take(
    "GET /broken HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  );
  const other = take("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await settled();
  await settled();
  assertEquals([broken.destroyed, upgrade.destroyed], [true, true]);
  assert(other.written.startsWith("HTTP/1.1 200 OK\r\n"), other.written);
  assertEquals(metrics.internalErrors, 2);
  other.destroy();
  await settled();
  await settled();
  assertEquals(registry.size, 0);
});

Deno.test("web server: bytes after a request are answered one by one, up to a bound", async () => {
  const { take } = createStage();
  for (const { request, unit, answers } of FLOODED_REQUESTS) {
    const flood = floodOf(unit);
    const socket = take(request + flood);
    socket.push(Buffer.from(flood));
    let turns = 0;
    const count = () => socket.written.split("HTTP/1.1 ").length - 1;
    for (; turns < 2 * answers + 4; turns++) {
      assert(count() <= turns + 1, `${count()} answers in ${turns} turns`);
      await settled();
    }
    socket.destroy();
    assertEquals(count(), answers, JSON.stringify(unit));
    await settled();
  }
});

Deno.test("web server: a stop closes an idle connection, and one whose answer runs after that", async () => {
  const held: HttpExchange[] = [];
  const { take, registry } = createStage(held);
  const first = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  const idle = take(first);
  const busy = take("GET /held HTTP/1.1\r\nHost: x\r\n\r\n" + first);
  await settled();
  await settled();
  assertEquals([idle.written.split("HTTP/1.1 ").length, idle.destroyed, held.length], [
    2,
    false,
    1,
  ]);
  for (const handler of registry) handler.shutDown("shutdown", 5000);
  await settled();
  await settled();
  assertEquals([idle.destroyed, busy.destroyed], [true, false]);
  held[0]!.end(sentence(200, "late"));
  held[0]!.end(sentence(200, "again"));
  await settled();
  assert(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*late\n$/.test(busy.written));
  assertEquals(busy.writableEnded, true);
  for (const handler of registry) handler.destroy();
  await settled();
  await settled();
  assertEquals(registry.size, 0);
});

Deno.test("web server: an answer to a connection that was closed meanwhile goes nowhere", async () => {
  const held: HttpExchange[] = [];
  const { take, registry } = createStage(held);
  const socket = take("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.destroy();
  await settled();
  await settled();
  held[0]!.end(sentence(200, "late"));
  await settled();
  assertEquals([socket.written, registry.size], ["", 0]);
});

Deno.test("web server: many frames of a WebSocket at once do not become long work", async () => {
  const { take, clients } = createStage();
  for (const opcode of [OPCODE.text, OPCODE.ping, OPCODE.pong]) {
    const flood = Buffer.concat(Array(1000).fill(clientFrame("", { opcode })));
    const socket = take(upgradeRequest(8080));
    await settled();
    const received = clients.pop()!;
    socket.push(flood);
    await settled();
    assert(received.length < 20, `${received.length} of opcode ${opcode} in one turn`);
    while (received.length < 1000) await settled();
    socket.destroy();
    await settled();
  }
});

Deno.test("web server: a WebSocket that does not read 16 pongs gets one more, for its latest ping", async () => {
  const { take } = createStage();
  const socket = take(upgradeRequest(8080));
  await settled();
  const before = socket.written.length;
  const release = socket.hold();
  for (let number = 0; number < 50; number++) {
    socket.push(clientFrame(`ping ${number}`, { opcode: OPCODE.ping }));
    await settled();
  }
  release();
  await settled();
  const answered = [...Array(16).keys(), 49].map((number) => `ping ${number}`);
  const pongs = answered.map((payload) => `\x8a${String.fromCharCode(payload.length)}${payload}`);
  assertEquals(socket.written.slice(before), pongs.join(""));
  socket.push(clientFrame("again", { opcode: OPCODE.ping }));
  await settled();
  assert(socket.written.endsWith("\x8a\x05again"));
  socket.destroy();
  await settled();
});

/** What makes the server close a WebSocket while the client goes on, and what it sends then. */
const LAST_FRAMES: Readonly<Record<string, readonly [last: Buffer, flood: Buffer]>> = {
  "an invalid frame": [clientFrame("", { reserved: 7 }), Buffer.alloc(65_536)],
  "a binary frame": [
    clientFrame("x", { opcode: OPCODE.binary }),
    clientFrame("x".repeat(30_000), { opcode: OPCODE.binary }),
  ],
};

for (const [what, [last, flood]] of Object.entries(LAST_FRAMES)) {
  Deno.test(`web server: a flood behind ${what} is not read for ever`, async () => {
    const { take, clients } = createStage();
    const socket = take(upgradeRequest(8080));
    await settled();
    socket.push(last);
    await settled();
    let bytes = 0;
    while (!socket.destroyed) {
      assert(bytes < 1_200_000, "more than a megabyte was read");
      socket.push(flood);
      bytes += flood.length;
      await settled();
      await settled();
    }
    await settled();
    assertEquals(clients[0]!.at(-1), "<closed>");
  });
}
