import { assertEquals, assertRejects } from "@std/assert";
import { Server } from "../../server/mod.ts";
import { freePort } from "../support/addresses.ts";

/** Whether a port accepts connections. */
async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

for (const tls of [null, "self-signed"] as const) {
  Deno.test(`server: a stop during the start stops it (TLS: ${tls})`, async () => {
    const port = freePort();
    const server = new Server({ port, tls });
    const started = server.start();
    await server.stop();
    await started;
    assertEquals(await isOpen(port), false);
    await server.stop();
  });
}

Deno.test("server: a stop during a start that fails resolves, and the next start succeeds", async () => {
  const port = freePort();
  const first = new Server({ port });
  await first.start();
  const second = new Server({ port });
  const started = assertRejects(() => second.start(), Error, "EADDRINUSE");
  await second.stop();
  await started;
  await first.stop();
  await second.start();
  assertEquals(await isOpen(port), true);
  await second.stop();
  assertEquals(await isOpen(port), false);
});

Deno.test("server: a start during a stop begins after it, and a later stop ends it", async () => {
  const port = freePort();
  const server = new Server({ port });
  await server.start();
  const stopped = server.stop();
  const started = server.start();
  await stopped;
  await started;
  assertEquals(await isOpen(port), true);
  await server.stop();
  assertEquals(await isOpen(port), false);
});

Deno.test("server: a stop without a start resolves", async () => {
  assertEquals(await new Server({ port: 0 }).stop(), undefined);
});
