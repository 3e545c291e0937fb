/**
 * The client by TLS, against a server of `node:tls`.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { type AddressInfo, connect, createServer } from "node:net";
import { ChatClient, ConnectionError, openTls } from "../../../client/mod.ts";
import { FOREIGN, SELF_SIGNED, SIGNED, VERSION_1 } from "../../support/certificates.ts";
import { startTls } from "../../support/tls_fixture.ts";
import { connectTrusting } from "../../support/trusting_client.ts";

function join(port: number, ...options: Parameters<typeof openTls>): Promise<ChatClient> {
  return ChatClient.connect({ port, name: "Ann", openTransport: openTls(...options) });
}

/** Joins, returns the server of the welcome, and leaves. */
async function greeting(port: number, ...options: Parameters<typeof openTls>): Promise<string> {
  const client = await join(port, ...options);
  client.close();
  return client.welcome!.server;
}

async function refusal(port: number, ...options: Parameters<typeof openTls>): Promise<string> {
  const error = await assertRejects(() => join(port, ...options), ConnectionError) as Error;
  return error.message.replace(`127.0.0.1:${port}`, "SERVER");
}

const OTHER = "AB:".repeat(31) + "AB";

Deno.test("tls: a certificate without a known authority is refused with the reason", async () => {
  using self = await startTls(SELF_SIGNED);
  assertEquals(
    await refusal(self.port, {}),
    "Cannot connect to SERVER: its certificate cannot be trusted (self-signed certificate). " +
      "Ask its owner for the --fingerprint.",
  );
  using signed = await startTls(SIGNED);
  assertEquals(
    await refusal(signed.port, {}),
    "Cannot connect to SERVER: its certificate cannot be trusted " +
      "(unable to verify the first certificate). Ask its owner for the --fingerprint.",
  );
});

Deno.test("tls: with a fingerprint only this certificate is trusted", async () => {
  for (const certificate of [SELF_SIGNED, SIGNED, FOREIGN]) {
    using server = await startTls(certificate);
    const { fingerprint } = certificate;
    assertEquals(await greeting(server.port, { fingerprint }), "fixture");
    const bare = fingerprint.replaceAll(":", "").toLowerCase();
    assertEquals(await greeting(server.port, { fingerprint: bare }), "fixture");
    assertEquals(
      await refusal(server.port, { fingerprint: OTHER }),
      "Cannot connect to SERVER: its certificate is not the expected one: " +
        `it has the fingerprint ${fingerprint}.`,
    );
  }
});

Deno.test("tls: a certificate of version 1 proves nothing, and is refused even if pinned", async () => {
  using server = await startTls(VERSION_1);
  assertEquals(
    await refusal(server.port, { fingerprint: VERSION_1.fingerprint }),
    "Cannot connect to SERVER: its certificate cannot be trusted " +
      "(it is of the outdated version 1). Ask its owner for the --fingerprint.",
  );
});

Deno.test("tls: insecure trusts any server", async () => {
  for (const certificate of [SELF_SIGNED, FOREIGN]) {
    using server = await startTls(certificate);
    assertEquals(await greeting(server.port, { insecure: true }), "fixture");
  }
});

Deno.test("tls: a server without TLS is reported", async () => {
  const plain = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    const connection = await plain.accept();
    await connection.write(new TextEncoder().encode("Enter your username: "));
    await connection.read(new Uint8Array(1000));
    connection.close();
  })();
  assertEquals(
    // Late, it would connect once more.
    await refusal(plain.addr.port, {}, () => 0),
    "Cannot connect to SERVER: it does not speak TLS. Try without --tls, or with http:// in the address.",
  );
  await served;
  plain.close();
});

Deno.test("tls: an authority of the machine is trusted for the signed names", async () => {
  const cases = [
    [SIGNED, "fixture"],
    [FOREIGN, "certificate_name"],
    [SELF_SIGNED, "certificate_untrusted"],
  ] as const;
  for (const [certificate, result] of cases) {
    using server = await startTls(certificate);
    assertEquals(await connectTrusting(server.port, "client.openTls()"), result);
  }
});

/** A port that answers with a prompt for a number of connections, and then relays to a server. */
async function startPrompting(times: number, target: number) {
  const front = createServer((near) => {
    near.on("error", () => {});
    if (times-- > 0) return void near.end("Enter your username: ");
    const far = connect(target, "127.0.0.1");
    far.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void front.close() };
}

/** Joins from a machine that takes 200 ms for everything. */
function lateGreeting(port: number): Promise<string> {
  let time = 0;
  return greeting(port, { insecure: true }, () => time += 200);
}

Deno.test("tls: after a late start and a prompt of the server the second attempt succeeds", async () => {
  using server = await startTls(SELF_SIGNED);
  using once = await startPrompting(1, server.port);
  assertEquals(await lateGreeting(once.port), "fixture");
  using twice = await startPrompting(2, server.port);
  await assertRejects(() => lateGreeting(twice.port), ConnectionError, "it does not speak TLS");
});
