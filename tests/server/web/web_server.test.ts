import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Admission } from "../../../server/admission.ts";
import { Log } from "../../../server/log.ts";
import { Metrics } from "../../../server/metrics/metrics.ts";
import { RefusalLog } from "../../../server/refusal_log.ts";
import type { Visitor } from "../../../server/visitor.ts";
import { TrustedProxies } from "../../../server/proxy/trusted_proxies.ts";
import { AllowedHosts } from "../../../server/web/allowed_hosts.ts";
import { RequestGate } from "../../../server/web/request_gate.ts";
import { chatRoutes } from "../../../server/web/routes.ts";
import { WebServer } from "../../../server/web/web_server.ts";
import type { Wire, WireListener } from "../../../server/wire.ts";
import { clientFrame, upgradeRequest } from "../../support/raw_websocket.ts";

/** A socket without a network. */
class FakeSocket extends Duplex {
  readonly remoteAddress = "::ffff:192.0.2.1";
  readonly remotePort = 4000;
  readonly localAddress = "::ffff:192.0.2.7";
  readonly localPort = 8080;
  written = "";

  setTimeout(): void {}
  setNoDelay(): void {}
  destroySoon(): void {
    this.end(() => this.destroy());
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString("latin1");
    done();
  }
}

/** What a wire delivers from now on. */
function listenTo(wire: Wire): string[] {
  const messages: string[] = [];
  const listener: WireListener = {
    received: (bytes) => messages.push(bytes),
    alive: () => messages.push("<alive>"),
    ended: () => messages.push("<ended>"),
    closed: () => messages.push("<closed>"),
  };
  wire.listen(listener);
  return messages;
}

const PEER = { address: "192.0.2.1", port: 4000, isSecure: false, isTrustedProxy: false };

/** A web server, and what it has asked of its host. */
function createStage() {
  /** What came in over each WebSocket. */
  const clients: string[][] = [];
  const visitors = new Set<Visitor>();
  const metrics = new Metrics();
  const log = new Log("off", Date.now, () => {});
  const admission = new Admission(
    { maxClients: 9, maxPending: 9, maxPerAddress: 0, maxRefused: 1 },
    new RefusalLog(metrics, log),
  );
  const web = new WebServer(
    { allowedOrigins: [], requestMilliseconds: 5000 },
    {
      log,
      metrics,
      replace: (visitor, by) => {
        visitors.delete(visitor);
        if (by !== undefined) visitors.add(by);
      },
      serve: (wire) => clients.push(listenTo(wire)),
    },
    new RequestGate(new AllowedHosts(["x"]), new TrustedProxies([]), false),
    {
      ...chatRoutes(undefined),
      "/broken": () => {
        throw new Error("This route is broken");
      },
    },
  );
  const take = (first: string | Uint8Array) => {
    const socket = new FakeSocket();
    const before: Visitor = { shutDown() {}, destroy() {} };
    const ticket = admission.accept(PEER.address, () => socket.destroy());
    web.take(
      { socket: socket as unknown as Socket, ticket, peer: PEER, visitor: before },
      Buffer.from(first),
    );
    return socket;
  };
  return { take, clients, visitors, metrics };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("web server: what has come in is worked on before anything that comes later", () => {
  const { take, clients } = createStage();
  take(upgradeRequest(8080));
  assertEquals(clients.length, 1, "it is a WebSocket already, in the same turn");
});

Deno.test("web server: a request in pieces, with the first message behind it", async () => {
  const { take, clients } = createStage();
  const head = upgradeRequest(8080);
  for (const cut of [4, 20, head.length - 1, head.length, head.length + 1, head.length + 10]) {
    // Made anew each time: the mask is taken off in place.
    const stream = Buffer.concat([Buffer.from(head), clientFrame("first")]);
    const socket = take(stream.subarray(0, cut));
    socket.push(stream.subarray(cut));
    await settled();
    await settled();
    assertEquals(clients.pop(), ["first"], `cut at ${cut}`);
    socket.destroy();
  }
});

Deno.test("web server: somebody always stands for the socket, until it is closed", async () => {
  const { take, visitors, metrics } = createStage();
  const answered = take("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals(visitors.size, 1);
  const refused = take("GET nonsense\r\n\r\n");
  const unfinished = take("GET / HT");
  await settled();
  await settled();
  assert(answered.written.startsWith("HTTP/1.1 200 OK\r\n"), answered.written);
  assert(refused.written.startsWith("HTTP/1.1 400 Bad Request\r\n"), refused.written);
  assertEquals(metrics.refused.http, 1);
  for (const visitor of visitors) visitor.destroy();
  await settled();
  await settled();
  assertEquals([visitors.size, unfinished.destroyed], [0, true]);
});

Deno.test("web server: a route that throws ends its connection alone, and is counted", async () => {
  const { take, visitors, metrics } = createStage();
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
  assertEquals(visitors.size, 0);
});
