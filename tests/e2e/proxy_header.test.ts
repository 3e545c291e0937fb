/**
 * A trusted proxy made of a bare socket: its header and what a client says behind it, in one segment
 * and in the smallest ones.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { connect as connectTls } from "node:tls";
import { createServer, type Socket } from "node:net";
import { lengthPrefix } from "../../protocol/mod.ts";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { proxyV2For, sslTlv } from "../support/proxy_headers.ts";
import { RawClient } from "../support/raw_client.ts";
import { clientFrame, upgradeRequest } from "../support/websocket_frames.ts";
import { startServer } from "../support/server.ts";

const TRUSTED = { trustedProxies: ["127.0.0.1"], proxyHeaderMilliseconds: 20_000 };
const HELLO = '{"type":"hello","name":"Ann"}';

const HEADERS: readonly (readonly [version: string, header: Buffer])[] = [
  ["v1", Buffer.from("PROXY TCP4 203.0.113.9 127.0.0.1 4242 8080\r\n")],
  ["v2", proxyV2For("203.0.113.9", 4242, sslTlv(0))],
];

/** The first bytes that a client of TLS sends. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        resolve(bytes as Buffer);
        socket.destroy();
        server.close();
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connectTls({ host: "127.0.0.1", port }).on("error", () => {});
    });
  });
}

const SPOKEN: readonly (readonly [what: string, bytes: Buffer, answer: RegExp])[] = [
  ["text", Buffer.from("Ann\n"), /Welcome, Ann!/],
  ["JSON", Buffer.from(`${HELLO}\n`), /"type":"welcome"/],
  ["length-prefixed JSON", Buffer.from(lengthPrefix(HELLO.length) + HELLO, "latin1"), /welcome/],
  ["HTTP", Buffer.from("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), /^HTTP\/1\.1 200 /],
  [
    "WebSocket",
    Buffer.concat([Buffer.from(upgradeRequest(8080)), clientFrame(HELLO)]),
    /^HTTP\/1\.1 101 [^]*"type":"welcome"/,
  ],
  // deno-lint-ignore no-control-regex -- the record of a ServerHello
  ["TLS", await clientHello(), /^\x16\x03/],
];

for (const [version, header] of HEADERS) {
  for (const [what, bytes, answer] of SPOKEN) {
    Deno.test(`proxy header ${version}: ${what} behind it, in one segment`, async () => {
      await using server = await startServer({
        ...TRUSTED,
        tls: await createSelfSigned([], Date.now()),
      });
      const client = await RawClient.connect(server.port, "latin1");
      // Made anew: the mask of WebSocket is taken off in place.
      client.send(Buffer.concat([header, Buffer.from(bytes)]));
      assertMatch(await client.until(answer), answer);
      client.close();
      const joined = server.log.find(({ event }) => event === "joined");
      if (/welcome/i.test(answer.source)) assertEquals(joined?.fields.address, "203.0.113.9:4242");
    });
  }

  Deno.test(`proxy header ${version}: byte by byte, slower than a person's silence`, async () => {
    await using server = await startServer(TRUSTED);
    const client = await RawClient.connect(server.port);
    for (const [index, byte] of header.entries()) {
      await client.sendSegment(Buffer.of(byte));
      if (index !== 3) continue;
      // A client that comes later and is silent is treated as a person; a header that has begun is not.
      const person = await RawClient.connect(server.port);
      person.send(header);
      await person.until("Enter your username: ");
      person.close();
    }
    await client.until("Enter your username: ");
    client.send("Ann\n");
    await client.until("Welcome, Ann!");
    client.close();
  });

  Deno.test(`proxy header ${version}: one that stops within is refused in time`, async () => {
    await using server = await startServer({ ...TRUSTED, proxyHeaderMilliseconds: 200 });
    for (const length of [1, 5, 12, header.length - 1]) {
      const client = await RawClient.connect(server.port);
      client.send(header.subarray(0, length));
      assertStringIncludes(await client.untilEnd(), "not complete in time");
      client.close();
    }
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    assertStringIncludes(await response.text(), 'hubbub_refused_total{reason="proxy_header"} 4\n');
  });

  Deno.test(`proxy header ${version}: from an unknown peer it is refused, whatever is behind it`, async () => {
    await using server = await startServer({ trustedProxies: ["192.0.2.1", "203.0.113.9"] });
    for (const [, bytes] of SPOKEN) {
      const client = await RawClient.connect(server.port);
      client.send(Buffer.concat([header, bytes]));
      assertStringIncludes(await client.untilEnd(), "accepted from a trusted proxy only");
      client.close();
    }
    assert(!server.log.some(({ event }) => event === "joined"));
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    const counted = `hubbub_refused_total{reason="proxy_untrusted"} ${SPOKEN.length}\n`;
    assertStringIncludes(await response.text(), counted);
  });
}

Deno.test("proxy header: one without an end is refused before it is large", async () => {
  await using server = await startServer(TRUSTED);
  for (
    const endless of [
      Buffer.from("PROXY TCP4 ".padEnd(200_000, "9")),
      Buffer.concat([proxyV2For("203.0.113.9", 1).subarray(0, 14), Buffer.alloc(200_000, 0xff)]),
    ]
  ) {
    const client = await RawClient.connect(server.port);
    client.send(endless);
    assertStringIncludes(await client.untilEnd(), "Cannot use the PROXY header");
    client.close();
  }
});

Deno.test("proxy header: a header inside TLS is none", async () => {
  const tls = await createSelfSigned([], Date.now());
  await using server = await startServer({ ...TRUSTED, tls });
  const [, header] = HEADERS[0]!;
  const client = await new Promise<RawClient>((resolve, reject) => {
    const socket = connectTls({ host: "127.0.0.1", port: server.port, ca: tls.cert });
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve(RawClient.on(socket)));
  });
  client.send(Buffer.concat([header, Buffer.from("Ann\n")]));
  assertStringIncludes(await client.untilEnd(), "accepted from a trusted proxy only");
  client.close();
});
