/** Webhooks over HTTP: programs that send to Slack send to rooms. */

import { assert, assertEquals } from "@std/assert";
import { addAccount, withData } from "../support/accounts.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const TOKEN = "0123456789abcdef";
const hooks = [{ room: "alerts", token: TOKEN }, { room: "tea", token: "another-token-of-16" }];

/** The answer to a payload: its status and its body. */
async function send(
  port: number,
  payload: unknown,
  { token = TOKEN, ...init }: RequestInit & { token?: string } = {},
): Promise<string> {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const url = `http://127.0.0.1:${port}/hooks/${token}`;
  const response = await fetch(url, { method: "POST", body, ...init });
  assertEquals(response.headers.get("access-control-allow-origin"), null);
  return `${response.status} ${await response.text()}`;
}

/** The last message of a room: its sender and text. */
async function last(port: number, room = "alerts"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/rooms/${room}/messages?limit=1`);
  const { messages: [{ from, text }] } = await response.json();
  return `${from}: ${text}`;
}

Deno.test("a webhook sends to its room, whose members receive it", async () => {
  await using server = await startServer({ hooks });
  const { port } = server;
  const bob = await RawClient.join(port, "Bob");
  bob.send("/join alerts\n");
  await bob.until("You are now in alerts.\n");
  const headers = { "Content-Type": "application/json" };
  assertEquals(await send(port, { text: "disk <https://a.example|full>" }, { headers }), "200 ok");
  await bob.until("] webhook: disk full (https://a.example)\n");
  const form = new URLSearchParams({ payload: '{"text": "a & b", "username": "Alert Manager"}' });
  assertEquals(await send(port, "", { body: form }), "200 ok");
  await bob.until("] Alert-Manager: a & b\n");
  bob.close();
});

Deno.test("a webhook sends to another room of its payload if that exists", async () => {
  await using server = await startServer({ hooks, rooms: ["tea"] });
  const { port } = server;
  const bob = await RawClient.join(port, "Bob");
  bob.send("/join alerts\n");
  await bob.until("You are now in alerts.\n");
  assertEquals(await send(port, { text: "1", channel: "#Alerts" }), "200 ok");
  assertEquals(await last(port), "webhook: 1");
  assertEquals(await send(port, { text: "2", channel: "#tea" }), "200 ok");
  assertEquals(await last(port, "tea"), "webhook: 2");
  for (const channel of ["#none", "@Bob", "#", "a b", "x".repeat(1000)]) {
    assertEquals(await send(port, { text: "3", channel }), "404 channel_not_found", channel);
  }
  bob.close();
});

Deno.test("the name of a webhook passes for no user", async () => {
  await withData({ hooks, rooms: ["alerts"] }, async ({ data, port }) => {
    await addAccount(data, "Carol", "open sesame");
    const bob = await RawClient.join(port, "Bob");
    for (
      const [username, name] of [
        ["deploy", "deploy"],
        ["bob", "bob-hook"],
        ["B\u03bfb", "webhook"], // a Greek omicron
        ["Carol", "Carol-hook"],
        ["[SYSTEM]:", "SYSTEM]-hook"],
        ["  ", "webhook"],
        ["a\nb: c,d", "a-b-cd"],
        ["webhook", "webhook-hook"],
        ["\u202e", "webhook"],
        ["x".repeat(40), "x".repeat(32)],
        ["x".repeat(1000), "x".repeat(32)],
      ] as const
    ) {
      assertEquals(await send(port, { text: "1", username }), "200 ok", username);
      assertEquals(await last(port), `${name}: 1`);
    }
    // The name of webhooks is theirs.
    const mallory = await RawClient.connect(port);
    mallory.sendFrame({ type: "hello", name: "webhook" });
    assertEquals((await mallory.frame()).code, "name_reserved");
    mallory.close();
    bob.close();
  });
});

Deno.test("a refused request to a webhook has Slack's words", async () => {
  await using server = await startServer({ hooks });
  const { port } = server;
  const own = `http://127.0.0.1:${port}`;
  assertEquals(await send(port, "{"), "400 invalid_payload");
  assertEquals(await send(port, ""), "400 invalid_payload");
  assertEquals(await send(port, {}), "400 no_text");
  assertEquals(
    await send(port, "", { body: new Uint8Array([0x7b, 0xff, 0x7d]) }),
    "400 invalid_payload",
  );
  assertEquals(await send(port, { text: "x" }, { token: "x" }), "403 invalid_token");
  assertEquals(await send(port, { text: "x" }, { token: "" }), "403 invalid_token");
  assertEquals(await send(port, {}, { method: "PUT" }), "405 method_not_allowed");
  assertEquals(
    await send(port, { text: "x" }, { headers: { Origin: "https://a.example" } }),
    "403 action_prohibited",
  );
  assertEquals(await send(port, { text: "x" }, { headers: { Origin: own } }), "200 ok");
  const head = `POST /hooks/${TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  for (
    const [rest, answer] of [
      ["Content-Length: 10000000\r\n\r\n", "413 Payload Too Large"],
      ["\r\n", "411 Length Required"],
    ] as const
  ) {
    const client = await RawClient.connect(port);
    client.send(head + rest);
    assert((await client.untilEnd()).startsWith(`HTTP/1.1 ${answer}\r\n`), answer);
    client.close();
  }
  server.server.change({ hooks: [] });
  assertEquals(await send(port, { text: "x" }), "404 no_service");
});

Deno.test("a payload may come in chunks, within the bound of others", async () => {
  await using server = await startServer({ hooks });
  const chunk = (bytes: string) => new TextEncoder().encode(bytes);
  const small = ReadableStream.from([chunk('{"text": "in '), chunk('chunks"}')]);
  assertEquals(await send(server.port, "", { body: small }), "200 ok");
  for (
    const [chunks, answer] of [
      ["1ffff\r\n".padEnd(0x1ffff + 7, "x") + "\r\n2\r\n", "413 Payload Too Large"],
      ["989680\r\n", "413 Payload Too Large"],
      ["x\r\n", "400 Bad Request"],
    ] as const
  ) {
    const client = await RawClient.connect(server.port);
    const head = `POST /hooks/${TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
    client.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
    assert((await client.untilEnd()).startsWith(`HTTP/1.1 ${answer}\r\n`), chunks.slice(0, 9));
    client.close();
  }
});

Deno.test("guesses of tokens are bounded, and others are not refused", async () => {
  await using server = await startServer({ hooks, trustedProxies: ["127.0.0.1"], rate: null });
  const { port } = server;
  const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
  const guess = () => send(port, { text: "x" }, { token: "guess", ...from("192.0.2.1") });
  for (let count = 0; count < 20; count++) assertEquals(await guess(), "403 invalid_token");
  assertEquals(await guess(), "429 rate_limited");
  const audits = server.log.filter(({ level }) => level === "audit");
  assertEquals(
    audits.map(({ event, fields }) => [event, fields]),
    new Array(20).fill(["wrong token", { address: "192.0.2.1" }]),
  );
  assertEquals(await send(port, { text: "x" }, from("192.0.2.1")), "429 rate_limited");
  for (let count = 0; count < 25; count++) {
    assertEquals(await send(port, { text: "x" }, from("192.0.2.2")), "200 ok");
  }
});

Deno.test("messages of a webhook are limited by --rate", async () => {
  await using server = await startServer({
    hooks,
    rooms: ["alerts"],
    rate: { perSecond: 0.001, burst: 2 },
  });
  const { port } = server;
  assertEquals(await send(port, { text: "1" }), "200 ok");
  assertEquals(await send(port, { text: "2" }), "200 ok");
  assertEquals(await send(port, { text: "3" }), "429 rate_limited");
});
