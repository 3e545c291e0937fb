import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { TlsGate } from "../../../../server/network/tls/tls_gate.ts";
import { SIGNED } from "../../../support/certificates.ts";
import { Log } from "../../../../server/observability/log.ts";

/** Far more than the kernel's buffers of both sides hold. */
const FLOOD_BYTES = 64 * 1024 * 1024;

/** Looks in a row at which nothing has moved, and their distance in milliseconds. */
const STILL_LOOKS = 20;
const LOOK_MILLISECONDS = 10;

/** Waits until a socket has nothing more to write, or its other side takes nothing any more. */
async function untilStill(socket: Socket): Promise<void> {
  let waiting = socket.writableLength;
  for (let still = 0; still < STILL_LOOKS && waiting > 0; still++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
    if (socket.writableLength !== waiting) still = 0;
    waiting = socket.writableLength;
  }
}

Deno.test("a TLS socket that is paused takes in no flood, and all of it later", async () => {
  const gate = new TlsGate(SIGNED, 10_000, new Log("error", Date.now, () => {}));
  const { promise: inside, resolve, reject } = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.once(
      "data",
      (first: Buffer) => gate.admit(socket, first, { secured: resolve, failed: reject }),
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
    await untilStill(client);
    assert(client.writableLength > 0, "all of the flood was taken in");
    socket.resume();
    await once(socket, "end");
    assertEquals(received, FLOOD_BYTES + "first".length);
    socket.destroy();
  } finally {
    client.destroy();
    server.close();
  }
});
