/**
 * Connections that have not joined: unfinished requests, handshakes and silence hold no places, and an
 * honest client gets in.
 */

import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectFrom } from "../support/addresses.ts";
import { readMetric, untilMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { upgradeRequest } from "../support/websocket_frames.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** macOS has 127.0.0.1 alone. */
const test = Deno.build.os === "darwin" ? Deno.test.ignore : Deno.test;

/** The first bytes of a ClientHello: a record of 512 bytes; most of them never come. */
const HALF_CLIENT_HELLO = Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]);

/** What a connection that does not join may send. */
const UNFINISHED: Readonly<Record<string, string | Uint8Array>> = {
  "half an HTTP request": "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
  "half a TLS ClientHello": HALF_CLIENT_HELLO,
  "nothing at all": "",
  "half a name": "Ali",
  "JSON without hello": '{"type":"ping","t":1}\n',
};

/** Resolves with the event, or at once where it has been. */
const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.closed) return resolve();
    socket.once("close", () => resolve());
    socket.resume();
  });

/** Waits until the server has that number of connections that have not joined; itself not counted. */
function untilPending(server: TestServer, expected: number): Promise<void> {
  return untilMetric(server.port, "hubbub_pending_connections", expected + 1);
}

for (const [what, first] of Object.entries(UNFINISHED)) {
  test(`a place is given back at once by what is closed with ${what}`, async () => {
    await using server = await startServer({ tls: "self-signed" });
    for (const close of ["end", "destroy", "resetAndDestroy"] as const) {
      const sockets = await Promise.all(
        Array.from({ length: 5 }, () => connectFrom("127.0.0.2", server.port, first)),
      );
      await untilPending(server, 5);
      const start = performance.now();
      for (const socket of sockets) socket[close]();
      await untilPending(server, 0);
      assertLess(performance.now() - start, 1000, close);
      for (const socket of sockets) socket.destroy();
    }
  });

  test(`100 connections with ${what} from one address keep no other client out`, async () => {
    await using server = await startServer({
      maxClients: 20,
      maxPending: 10,
      tls: "self-signed",
    });
    const hostile: Socket[] = [];
    for (let count = 0; count < 100; count++) {
      hostile.push(await connectFrom("127.0.0.2", server.port, first));
    }
    const start = performance.now();
    const ann = await RawClient.join(server.port, "ann");
    const { client: bot } = await RawClient.hello(server.port, { name: "bot" });
    const web = await RawWebSocket.open(server.port);
    web.sendFrame({ type: "hello", name: "web" });
    await web.frame("welcome");
    assertLess(performance.now() - start, 1000);
    // All but those in the pool are closed.
    await Promise.all(hostile.slice(0, 90).map(closed));
    const refused = await readMetric(server.port, 'hubbub_refused_total{reason="pending_full"}');
    assert(refused >= 90, `${refused} were refused`);
    for (const client of [ann, bot, web]) client.close();
    for (const socket of hostile) socket.destroy();
  });
}

test("a flood from one address does not close a person at the prompt", async () => {
  await using server = await startServer({ maxPending: 5 });
  const socket = await connectFrom("127.0.0.3", server.port);
  const person = RawClient.on(socket);
  await person.until("Enter your username: ");
  for (let count = 0; count < 200; count++) await connectFrom("127.0.0.2", server.port, "GET /");
  person.send("Ann\n");
  await person.until("Welcome, Ann!");
  person.close();
});

test("every kind of connection counts for its address, from accept on", async () => {
  await using server = await startServer({ maxPerAddress: 5, tls: "self-signed" });
  const hostile: Socket[] = [];
  for (const first of Object.values(UNFINISHED)) {
    hostile.push(await connectFrom("127.0.0.2", server.port, first));
  }
  await untilPending(server, 5);
  const refusals = await Promise.all([
    ["x\n", "[ERROR]: Your address has 5 connections"],
    ["{}\n", '"code":"too_many_from_address"'],
    ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 429 Too Many Requests\r\n"],
    [HALF_CLIENT_HELLO, ""],
  ].map(async ([first, expected]) => {
    const client = RawClient.on(await connectFrom("127.0.0.2", server.port, first));
    const answer = await client.untilEnd();
    client.close();
    return [answer, expected] as const;
  }));
  for (const [answer, expected] of refusals) {
    assertStringIncludes(answer, expected as string);
    if (expected === "") assertEquals(answer, "");
  }
  // Others have places of their own, and what is closed gives its place back.
  (await RawClient.join(server.port, "ann")).close();
  for (const socket of hostile.splice(0)) socket.destroy();
  await untilPending(server, 0);
  const next = RawClient.on(await connectFrom("127.0.0.2", server.port, "next\n"));
  await next.until("Welcome, next!");
  next.close();
  const reason = 'hubbub_refused_total{reason="too_many_from_address"}';
  assertEquals(await readMetric(server.port, reason), 4);
});

test("those over the limit of their address hold few sockets", async () => {
  await using server = await startServer({ maxPerAddress: 1, maxPending: 1000 });
  const first = await connectFrom("127.0.0.2", server.port);
  const over: Socket[] = [];
  for (let count = 0; count < 200; count++) {
    over.push(await connectFrom("127.0.0.2", server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n"));
  }
  await Promise.all(over.map(closed));
  (await RawClient.join(server.port, "ann")).close();
  for (const socket of [first, ...over]) socket.destroy();
});

test("members alone fill a server; a client without a name learns it when it sends one", async () => {
  await using server = await startServer({ maxClients: 1 });
  const [ann, ben] = [await RawClient.connect(server.port), await RawClient.connect(server.port)];
  for (const client of [ann, ben]) await client.until("Enter your username: ");
  ann.send("Ann\n");
  await ann.until("Welcome, Ann!");
  ben.send("Ben\n");
  assertStringIncludes(await ben.untilEnd(), "[ERROR]: Server is full (1 of 1).");
  const cy = await RawClient.connect(server.port);
  assertStringIncludes(await cy.untilEnd(), "[ERROR]: Server is full (1 of 1).");
  // HTTP is served by a full server too.
  assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/healthz`)).text(), "ok\n");
  assertEquals(
    await readMetric(server.port, 'hubbub_refused_total{reason="server_full"}'),
    2,
  );
  for (const client of [ann, ben, cy]) client.close();
});

test("a client inside TLS joins while handshakes that never end fill the pool", async () => {
  await using server = await startServer({ maxPending: 8, tls: "self-signed" });
  const hostile: Socket[] = [];
  for (let count = 0; count < 50; count++) {
    hostile.push(await connectFrom("127.0.0.2", server.port, HALF_CLIENT_HELLO));
  }
  const socket = connectTls({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => resolve());
    socket.once("error", reject);
  });
  const ann = RawClient.on(socket);
  ann.send("Ann\n");
  await ann.until("Welcome, Ann!");
  ann.close();
  for (const each of hostile) each.destroy();
});

test("every refusal is in the metrics and, with its reason, in the log", async () => {
  await using server = await startServer({
    maxPending: 2,
    registrationMilliseconds: 300,
    requestMilliseconds: 300,
    tls: "self-signed",
    tlsHandshakeMilliseconds: 300,
  });
  const port = server.port;
  const timeout = await RawClient.connect(port);
  await timeout.untilEnd();
  const request = RawClient.on(await connectFrom("127.0.0.1", port, "GET / HTTP/1.1\r\n"));
  assertStringIncludes(await request.untilEnd(), "408");
  const handshake = await connectFrom("127.0.0.1", port, HALF_CLIENT_HELLO);
  await closed(handshake);
  const origin = RawClient.on(
    await connectFrom(
      "127.0.0.1",
      port,
      upgradeRequest(port, { Origin: "http://evil.example" }),
    ),
  );
  await origin.untilEnd();
  for (const client of [timeout, request, origin]) client.close();
  const flood: Socket[] = [];
  for (let count = 0; count < 20; count++) flood.push(await connectFrom("127.0.0.2", port));
  await Promise.all(flood.slice(0, 18).map(closed));
  for (const socket of flood) socket.destroy();
  const reasons = ["registration_timeout", "http", "tls_handshake", "origin", "pending_full"];
  const counts: number[] = [];
  for (const reason of reasons) {
    counts.push(await readMetric(port, `hubbub_refused_total{reason="${reason}"}`));
  }
  assertEquals(counts.slice(0, 4), [1, 1, 1, 1]);
  assert(counts[4]! >= 18);
  await server.server.stop();
  const logged = new Set(
    server.log.filter(({ event }) => event === "clients refused").map(({ fields }) =>
      fields.reason
    ),
  );
  for (const reason of reasons) assert(logged.has(reason), reason);
});

test("behind a trusted proxy the client's own address is counted, and the proxy's is not", async () => {
  await using server = await startServer({ trustedProxies: ["127.0.0.2"], maxPerAddress: 1 });
  const through = async (address: string, first: string) =>
    RawClient.on(
      await connectFrom(
        "127.0.0.2",
        server.port,
        `PROXY TCP4 ${address} 192.0.2.99 4000 80\r\n${first}`,
      ),
    );
  const ann = await through("192.0.2.1", "Ann\n");
  const ben = await through("192.0.2.2", "Ben\n");
  for (const [client, name] of [[ann, "Ann"], [ben, "Ben"]] as const) {
    await client.until(`Welcome, ${name}!`);
  }
  const second = await through("192.0.2.1", "{}\n");
  assertEquals((await second.frame()).code, "too_many_from_address");
  const request = await through("192.0.2.2", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assertStringIncludes(await request.untilEnd(), "HTTP/1.1 429 ");
  const forwarded = RawClient.on(
    await connectFrom(
      "127.0.0.2",
      server.port,
      "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n",
    ),
  );
  assertStringIncludes(await forwarded.untilEnd(), "HTTP/1.1 429 ");
  for (const client of [ann, ben, second, request, forwarded]) client.close();
});
