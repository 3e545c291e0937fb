import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { TlsGate } from "../../../../server/network/tls/tls_gate.ts";
import { ConnectionRegistry } from "../../../../server/network/connection_registry.ts";
import { SocketTransport } from "../../../../server/network/transport.ts";
import { Metrics } from "../../../../server/observability/metrics.ts";
import { SIGNED } from "../../../support/certificates.ts";
import { Log } from "../../../../server/observability/log.ts";

const PEER = { address: "127.0.0.1", port: 1, isSecure: false, isTrustedProxy: false };
const CONTEXT = {
  registry: new ConnectionRegistry(),
  log: new Log("error", Date.now, () => {}),
  metrics: new Metrics(),
};

/** More than the kernel buffers of both sides. */
const FLOOD_BYTES = 64 * 1024 * 1024;

/** Polls in a row without progress, and their interval in milliseconds. */
const STALLED_POLLS = 20;
const POLL_MILLISECONDS = 10;

/** Waits until a socket has written everything, or its peer no longer reads. */
async function untilStalled(socket: Socket): Promise<void> {
  let waiting = socket.writableLength;
  for (let stalled = 0; stalled < STALLED_POLLS && waiting > 0; stalled++) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    if (socket.writableLength !== waiting) stalled = 0;
    waiting = socket.writableLength;
  }
}

Deno.test("a paused TLS socket stops reading, and receives the rest after resume", async () => {
  const gate = new TlsGate(SIGNED, 10_000, CONTEXT.log);
  const { promise: inside, resolve, reject } = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    const transport = new SocketTransport(socket, PEER, CONTEXT);
    socket.once(
      "data",
      (first: Buffer) => gate.admit(transport, first, { secured: resolve, failed: reject }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client: TLSSocket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  try {
    await once(client, "secureConnect");
    const socket = await inside;
    let received = 0;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    client.write("first");
    await once(socket, "data");
    socket.pause();
    client.end(Buffer.alloc(FLOOD_BYTES));
    await untilStalled(client);
    assert(client.writableLength > 0, "the paused socket has read everything");
    socket.resume();
    await once(socket, "end");
    assertEquals(received, FLOOD_BYTES + "first".length);
    socket.destroy();
  } finally {
    client.destroy();
    server.close();
  }
});
