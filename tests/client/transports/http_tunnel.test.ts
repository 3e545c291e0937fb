/** The client through an HTTP proxy. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import net from "node:net";
import { ChatClient, ConnectionError, openTls, openTunnel } from "../../../client/mod.ts";
import { freePort } from "../../support/addresses.ts";
import { SELF_SIGNED } from "../../support/certificates.ts";
import { startServer } from "../../support/server.ts";
import { type Behaviour, flooding, withServer } from "../fixture_server.ts";

/** A proxy that connects every client to one port, and records the requests. */
function forwarding(port: number, requests: string[]): Behaviour {
  return (socket) =>
    socket.once("data", (request) => {
      requests.push(String(request));
      const server = net.connect(port, "127.0.0.1");
      server.on("error", () => socket.destroy());
      socket.on("close", () => server.destroy());
      server.once("connect", () => {
        socket.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
        socket.pipe(server).pipe(socket);
      });
    });
}

Deno.test("tunnel: lines, TLS and WebSocket pass through a proxy, which resolves the name", async () => {
  await using server = await startServer({ tls: SELF_SIGNED, allowedHosts: ["chat.invalid"] });
  const requests: string[] = [];
  const { fingerprint } = SELF_SIGNED;
  await withServer(forwarding(server.port, requests), async (port) => {
    const proxy = { host: "127.0.0.1", port, authorization: "Basic eDp5" };
    const over = openTunnel(proxy);
    for (
      const options of [
        { host: "chat.invalid", port: 8080, openTransport: over },
        { host: "chat.invalid", port: 8080, openTransport: openTls({ fingerprint, over }) },
        { url: "ws://chat.invalid:8080/", openTransport: over },
        { url: "wss://chat.invalid:8080/", openTransport: openTls({ fingerprint, over }) },
      ]
    ) {
      const client = await ChatClient.connect({ ...options, name: "Ann" });
      await client.send("hello");
      await client.quit();
      assertEquals(
        requests.pop(),
        "CONNECT chat.invalid:8080 HTTP/1.1\r\nHost: chat.invalid:8080\r\n" +
          "Proxy-Authorization: Basic eDp5\r\n\r\n",
      );
    }
  });
});

Deno.test("tunnel: the name of the certificate is that of the server, not of the proxy", async () => {
  await using server = await startServer({ tls: SELF_SIGNED });
  await withServer(forwarding(server.port, []), async (port) => {
    const over = openTunnel({ host: "127.0.0.1", port });
    const joining = ChatClient.connect({
      host: "chat.invalid",
      name: "Ann",
      openTransport: openTls({ over }),
    });
    const { code } = await assertRejects(() => joining, ConnectionError) as ConnectionError;
    assertEquals(code, "certificate_untrusted");
  });
});

async function faultOf(behaviour: Behaviour, authorization?: string): Promise<string> {
  let fault = "";
  await withServer(behaviour, async (port) => {
    const openTransport = openTunnel({ host: "127.0.0.1", port, authorization });
    const joining = ChatClient.connect({ host: "chat.invalid", name: "Ann", openTransport });
    const error = await assertRejects(() => joining, ConnectionError) as ConnectionError;
    assertEquals(error.code, "proxy");
    fault = error.message.replace(`127.0.0.1:${port}`, "PROXY");
  });
  return fault;
}

function answering(answer: string): Behaviour {
  return (socket) => socket.once("data", () => socket.write(answer));
}

const BEGINNING = "Cannot connect to chat.invalid:8080: the proxy PROXY ";

Deno.test("tunnel: a proxy that does not connect is named with its reason", async () => {
  assertEquals(
    await faultOf(answering("HTTP/1.1 403 Not\x1b[31m there\r\n\r\n")),
    `${BEGINNING}does not connect to chat.invalid:8080: it answered "403 Not[31m there". ` +
      "Ask its administrator to allow this host and port.",
  );
  const others = [["502 Bad Gateway", "the server is running"], ["404 No", "it is an HTTP proxy"]];
  for (const [status, advice] of others) {
    assertStringIncludes(
      await faultOf(answering(`HTTP/1.1 ${status}\r\n\r\n`)),
      `it answered "${status}". Check that ${advice}`,
    );
  }
  assertEquals(
    await faultOf(answering("HTTP/1.1 407 Who\r\n\r\n")),
    `${BEGINNING}requires a user and a password. Give them in its address, as in ` +
      "http://USER:PASSWORD@proxy.example.org:3128.",
  );
  assertEquals(
    await faultOf(answering("HTTP/1.1 407 Who\r\n\r\n"), "Basic eDp5"),
    `${BEGINNING}refuses the user or the password in its address. Correct them there.`,
  );
  for (const answer of ["SSH-2.0-x\r\n", "HTTP/2 200\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x46"]) {
    assertEquals(await faultOf(answering(answer)), `${BEGINNING}is no HTTP proxy.`);
  }
  assertEquals(await faultOf(flooding("HTTP/1.1 200 ")), `${BEGINNING}is no HTTP proxy.`);
  assertEquals(await faultOf((socket) => socket.end()), `${BEGINNING}closed the connection.`);
});

Deno.test("tunnel: a proxy that is not there is named", async () => {
  const port = freePort();
  const openTransport = openTunnel({ host: "127.0.0.1", port });
  const joining = ChatClient.connect({ host: "chat.invalid", name: "Ann", openTransport });
  const { message } = await assertRejects(() => joining, ConnectionError) as Error;
  assertEquals(
    message,
    `Cannot connect to chat.invalid:8080: the proxy 127.0.0.1:${port} cannot be used: ` +
      "connection refused. Is it running?",
  );
});
