/** A web server on sockets without a network, for its tests. */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { fromBytes } from "../../../protocol/mod.ts";
import { Admission } from "../../../server/network/admission.ts";
import { Log } from "../../../server/observability/log.ts";
import { Metrics } from "../../../server/observability/metrics.ts";
import { RefusalLog } from "../../../server/observability/bounded_logs.ts";
import { ConnectionRegistry } from "../../../server/network/connection_registry.ts";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";
import { AllowedHosts } from "../../../server/web/allowed_hosts.ts";
import type { HttpExchange } from "../../../server/web/http_exchange.ts";
import { MAX_REQUESTS } from "../../../server/web/http_connection.ts";
import { RequestGate } from "../../../server/web/request_gate.ts";
import { chatRoutes } from "../../../server/web/routes.ts";
import { WebServer } from "../../../server/web/web_server.ts";
import {
  SocketTransport,
  type Transport,
  type TransportListener,
} from "../../../server/network/transport.ts";

/** A socket without a network. */
class FakeSocket extends Duplex {
  readonly remoteAddress = "::ffff:192.0.2.1";
  readonly remotePort = 4000;
  readonly localAddress = "::ffff:192.0.2.7";
  readonly localPort = 8080;
  written = "";
  /** Runs once a held write is released; absent while writes are done at once. */
  #held: Promise<void> | undefined;

  /** Lets writes wait until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  setTimeout(): void {}
  setNoDelay(): void {}
  destroySoon(): void {
    this.end(() => this.destroy());
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString("latin1");
    if (this.#held === undefined) done();
    else void this.#held.then(done);
  }
}

/** Records the bytes that a transport delivers from now on. */
function listenTo(transport: Transport): string[] {
  const messages: string[] = [];
  const listener: TransportListener = {
    received: (bytes) => messages.push(bytes),
    controlFrame: () => messages.push("<control frame>"),
    ended: () => messages.push("<ended>"),
    closed: () => messages.push("<closed>"),
    shutDown() {},
    destroy: () => transport.destroy(),
  };
  transport.setListener(listener);
  return messages;
}

const PEER = { address: "192.0.2.1", port: 4000, isSecure: false, isTrustedProxy: false };

/** A web server, and its calls to its host. @param held receives the exchanges of `/held`. */
export function createStage(held: HttpExchange[] = []) {
  /** The bytes received over each WebSocket. */
  const clients: string[][] = [];
  const registry = new ConnectionRegistry();
  const metrics = new Metrics();
  const log = new Log("off", Date.now, () => {});
  const admission = new Admission(
    { maxClients: 9, maxPending: 9, maxPerAddress: 0, maxRefused: 1 },
    new RefusalLog(metrics, log),
  );
  const context = { log, metrics, registry };
  const web = new WebServer(
    { allowedOrigins: [], requestMilliseconds: 5000 },
    context,
    new RequestGate(new AllowedHosts(["x"]), new TrustedProxies([]), false),
    {
      ...chatRoutes(undefined, () => ({ files: false, hooks: false })),
      "/broken": () => {
        throw new Error("This route is broken");
      },
    },
    (transport) => clients.push(listenTo(transport)),
    [{ take: ({ url }, _passed, exchange) => url === "/held" && held.push(exchange) > 0 }],
  );
  const take = (first: string | Uint8Array) => {
    const socket = new FakeSocket();
    const ticket = admission.accept(PEER.address, () => socket.destroy());
    // The fake has the members of a socket that the code under test uses.
    const transport = new SocketTransport(socket as unknown as Socket, PEER, context);
    web.take(transport, ticket, fromBytes(Buffer.from(first)));
    return socket;
  };
  return { take, clients, registry, metrics };
}

/** Completes the pending operations of a socket in the next turn. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const HEALTHZ = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

const CHUNKED = "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";

/** A request, and what a client sends again and again after it. */
interface FloodedRequest {
  readonly request: string;
  readonly unit: string;
  /** Number of all answers. */
  readonly answers: number;
}

export const FLOODED_REQUESTS: readonly FloodedRequest[] = [
  { request: HEALTHZ, unit: HEALTHZ, answers: MAX_REQUESTS },
  { request: HEALTHZ, unit: "GET / HTTP/1.1\r\n\r\n", answers: 2 },
  {
    request: HEALTHZ,
    unit: "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    answers: 2,
  },
  { request: HEALTHZ, unit: "\r\n", answers: 2 },
  { request: HEALTHZ, unit: "G", answers: 2 },
  { request: `${CHUNKED}\r\n`, unit: "1\r\na\r\n", answers: 1 },
  { request: `${CHUNKED}Expect: 100-continue\r\n\r\n`, unit: "0\r\n\r\n", answers: 1 },
];

/** As many copies as fit into one chunk of a socket. */
export const floodOf = (unit: string) => unit.repeat(Math.floor(65_536 / unit.length));
