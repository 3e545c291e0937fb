import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { clientFrame, OPCODE, upgradeRequest } from "../../support/websocket_frames.ts";
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

Deno.test("web server: bytes after the first request are dropped", async () => {
  const { take } = createStage();
  for (const { request, unit } of FLOODED_REQUESTS) {
    const flood = floodOf(unit);
    const socket = take(request + flood);
    socket.push(Buffer.from(flood));
    await settled();
    await settled();
    socket.destroy();
    assertEquals(
      socket.written.split("HTTP/1.1 ").length,
      2,
      `one answer: ${JSON.stringify(unit)}`,
    );
    await settled();
  }
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
