/** A proxy that asks for a password of its own, in the header that scripts of the server use. */

import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { freePort } from "../support/addresses.ts";
import { browserTest, closeBrowser, joinPage } from "../support/browser.ts";
import { hasProxy, startHaproxy } from "../support/front_proxy.ts";
import { runProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { withData } from "../support/accounts.ts";

const withoutHaproxy = !hasProxy("haproxy");

/** Starts haproxy with a password. @param server the port of the server. */
async function startProxy(server: number) {
  const port = freePort();
  const proxy = await startHaproxy(
    `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
userlist users
  user door insecure-password secret
frontend chat
  bind 127.0.0.1:${port}
  http-request auth unless { http_auth(users) }
  use_backend chat
backend chat
  server chat 127.0.0.1:${server}
`,
    [port],
  );
  return { port, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

Deno.test({
  name: "hubbub send posts a file through a proxy that asks for a password",
  ignore: withoutHaproxy,
  fn: () =>
    withData({ storeFilesBytes: 1_000_000 }, async ({ port, data }) => {
      await using proxy = await startProxy(port);
      const path = join(data, "a.txt");
      await Deno.writeTextFile(path, "abc");
      const { client: listener } = await RawClient.hello(port, { name: "Nat" });
      const send = (user: string) =>
        runProgram([
          ...["send", `http://${user}127.0.0.1:${proxy.port}/`, "--name", "Cron"],
          ...["--file", path],
        ]);
      const { code, stderr } = await send("door:secret@");
      assertEquals([code, stderr], [0, ""]);
      const { from, file: { name } } = await listener.frame("message");
      assertEquals([from, name], ["Cron", "a.txt"]);
      assertEquals((await send("door:wrong@")).code, 3);
      listener.close();
    }),
});

if (!withoutHaproxy) {
  Deno.test.afterAll(closeBrowser);

  browserTest(
    "a file is posted through a proxy that asks for a password",
    () =>
      withData({ storeFilesBytes: 1_000_000 }, async ({ port }) => {
        await using proxy = await startProxy(port);
        const httpCredentials = { username: "door", password: "secret" };
        await using ann = await joinPage(proxy.port, "Ann", { httpCredentials });
        const { client: listener } = await RawClient.hello(port, { name: "Nat" });
        await ann.page.locator("#file-picker").setInputFiles({
          ...{ name: "a.txt", mimeType: "", buffer: Buffer.from("abc") },
        });
        const { from, file: { name } } = await listener.frame("message");
        assertEquals([from, name], ["Ann", "a.txt"]);
        listener.close();
      }),
  );
}
