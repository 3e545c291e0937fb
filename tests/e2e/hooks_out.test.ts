/** Outgoing webhooks: the messages of a room are sent to other servers. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { withData } from "../support/accounts.ts";
import { SIGNED } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { readMetric, untilMetric } from "../support/metrics.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { WebhookReceiver } from "../support/webhook_receiver.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN = "0123456789abcdef";
const isPrivate = { hookOutPrivate: true };

const startReceiver = () => WebhookReceiver.start((response) => response.end("ok"));

/** Sends a message to a room as a script; returns the status. */
async function post(port: number, text: string, room = "lobby", path = `rooms/${room}`) {
  const body = path.startsWith("hooks/") ? JSON.stringify({ text }) : text;
  const response = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

Deno.test("outgoing webhooks: each message of the room is sent, in order and signed", async () => {
  await using receiver = await startReceiver();
  await using server = await startServer({
    hooksOut: [{ room: "Tea", url: receiver.url() }],
    hookOutSecret: SECRET,
    ...isPrivate,
  });
  const { client } = await RawClient.hello(server.port, { name: "Bob", rooms: ["tea", "lobby"] });
  client.sendFrame({ type: "message", room: "lobby", text: "elsewhere" });
  client.sendFrame({ type: "whisper", to: "Bob", text: "secret" });
  for (let count = 0; count < 50; count++) {
    client.sendFrame({ type: "message", room: "tea", text: `<b> ${count}`, action: count === 7 });
  }
  const texts = await receiver.texts(50);
  assertEquals(
    texts,
    Array.from({ length: 50 }, (_, count) => count === 7 ? "_&lt;b&gt; 7_" : `&lt;b&gt; ${count}`),
  );
  assertEquals(receiver.connections, 1);
  const ids = new Set<string>();
  for (const { body, headers } of receiver.requests) {
    const { username, channel_name: room, ts, id } = JSON.parse(body);
    assertEquals([username, room], ["Bob", "tea"]);
    assert(Math.abs(Number(ts) - Date.now() / 1000) < 300);
    assertEquals(headers["webhook-id"], id);
    const signed = `${id}.${headers["webhook-timestamp"]}.${body}`;
    const key = Buffer.from(SECRET.slice(6), "base64");
    const signature = createHmac("sha256", key).update(signed).digest("base64");
    assertEquals(headers["webhook-signature"], `v1,${signature}`);
    ids.add(id);
  }
  assertEquals(ids.size, 50);
  await untilMetric(server.port, "hubbub_hook_sent_total", 50);
  assertEquals(await readMetric(server.port, "hubbub_hook_waiting_messages"), 0);
  client.close();
});

Deno.test("outgoing webhooks: a failed message is tried again, before the next one", async () => {
  const answers = [500, 429];
  await using receiver = await WebhookReceiver.start((response) => {
    const status = answers.shift() ?? 200;
    response.writeHead(status, status === 429 ? { "Retry-After": "1" } : {}).end();
  });
  await using server = await startServer({
    hooksOut: [{ room: "lobby", url: receiver.url() }],
    ...isPrivate,
  });
  assertEquals(await post(server.port, "1"), 201);
  assertEquals(await post(server.port, "2"), 201);
  assertEquals(await receiver.texts(4), ["1", "1", "1", "2"]);
  const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
  assertEquals(new Set(ids).size, 2);
  await eventually(
    () => server.log.some(({ event }) => event === "webhook works again"),
    "the log entry",
  );
  assertEquals(await readMetric(server.port, "hubbub_hook_failed_total"), 2);
  const logged = JSON.stringify(server.log);
  assert(!logged.includes("B0"), "the address is not logged");
  assert(logged.includes(`"host":"127.0.0.1:${receiver.port}"`));
});

Deno.test("outgoing webhooks: a hanging receiver does not hold up the chat, nor a stop", async () => {
  await using receiver = await WebhookReceiver.startRaw(() => {});
  await using server = await startServer({
    hooksOut: [{ room: "lobby", url: receiver.url() }],
    hookOutMilliseconds: 20,
    ...isPrivate,
  });
  const { client } = await RawClient.hello(server.port, { name: "Bob" });
  for (let count = 0; count < 1010; count++) {
    client.sendFrame({ type: "message", text: String(count), id: String(count) });
  }
  while ((await client.frame("ack")).id !== "1009");
  await eventually(
    () => server.log.some(({ fields }) => fields["error"] === "no answer in time"),
    "the log entry",
  );
  const waiting = await readMetric(server.port, "hubbub_hook_waiting_messages");
  assert(waiting <= 1001, `${waiting} messages wait`);
  assert(await readMetric(server.port, "hubbub_hook_dropped_total") >= 9);
  await server.server.stop();
  const [entry] = server.log.filter(({ event }) => event === "messages not sent to webhooks");
  assertEquals(entry?.fields, { count: waiting });
  client.close();
});

Deno.test("outgoing webhooks: what waits is sent at a stop", async () => {
  const answers = [500];
  await using receiver = await WebhookReceiver.start((response) => {
    response.writeHead(answers.shift() ?? 200).end();
  });
  await using server = await startServer({
    hooksOut: [{ room: "lobby", url: receiver.url() }],
    ...isPrivate,
  });
  await post(server.port, "1");
  await receiver.texts(1);
  await post(server.port, "2");
  await server.server.stop();
  assertEquals(await receiver.texts(3), ["1", "1", "2"]);
  assert(!server.log.some(({ event }) => event === "messages not sent to webhooks"));
});

Deno.test("outgoing webhooks: messages that arrive by webhooks are sent to none", async () => {
  await using one = await startServer({ hooks: [{ room: "lobby", token: TOKEN }], ...isPrivate });
  await using other = await startServer({
    hooks: [{ room: "lobby", token: TOKEN }],
    hooksOut: [{ room: "lobby", url: `http://127.0.0.1:${one.port}/hooks/${TOKEN}` }],
    ...isPrivate,
  });
  await using witness = await startReceiver();
  one.server.change({
    hooksOut: [
      { room: "lobby", url: `http://127.0.0.1:${other.port}/hooks/${TOKEN}` },
      { room: "lobby", url: witness.url() },
    ],
  });
  const reader = await RawClient.join(other.port, "Reader");
  const { client } = await RawClient.hello(one.port, { name: "Bob" });
  client.sendFrame({ type: "message", text: "a & b" });
  await reader.until("] Bob: a & b\n");
  reader.send("back\n");
  await client.frame("message");
  assertEquals(await post(other.port, "3"), 201);
  await client.frame("message");
  assertEquals(await post(one.port, "4", "", `hooks/${TOKEN}`), 200);
  client.sendFrame({ type: "message", text: "end" });
  await reader.until("] Bob: end\n");
  assertEquals(await witness.texts(2), ["a & b".replace("&", "&amp;"), "end"]);
  for (const { server } of [one, other]) await server.stop();
  assertEquals(reader.received.match(/\] Bob: /g)?.length, 2);
  for (const each of [reader, client]) each.close();
});

Deno.test("outgoing webhooks: none is sent to its own server, nor to a room of another one", async () => {
  await using server = await startServer({ hooks: [{ room: "tea", token: TOKEN }], ...isPrivate });
  const own = `http://127.0.0.1:${server.port}`;
  await using other = await startServer();
  const urls = [`${own}/hooks/${TOKEN}`, `${own}/rooms/lobby`];
  const foreign = `http://127.0.0.1:${other.port}/rooms/lobby`;
  server.server.change({ hooksOut: [...urls, foreign].map((url) => ({ room: "lobby", url })) });
  await post(server.port, "1");
  await untilMetric(server.port, "hubbub_hook_dropped_total", 3);
  assertEquals(await readMetric(server.port, "hubbub_messages_total"), 1);
  assertEquals(await readMetric(other.port, "hubbub_messages_total"), 0);
  const errors = server.log.filter(({ event }) => event === "webhook failed")
    .map(({ fields }) => fields["error"]);
  assertEquals(errors.toSorted(), ["status 400", "status 400", "status 403"]);
});

Deno.test("outgoing webhooks: private addresses need --hook-out-private", async () => {
  await using receiver = await WebhookReceiver.start((response) => response.end("ok"), SIGNED);
  await using server = await startServer({
    hooksOut: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"].map((host) => ({
      room: "lobby",
      url: receiver.url(host),
    })),
  });
  await post(server.port, "1");
  await untilMetric(server.port, "hubbub_hook_failed_total", 3);
  for (const { event, fields } of server.log) {
    if (event === "webhook failed") assertMatch(String(fields["error"]), /--hook-out-private/);
  }
  assertEquals(receiver.connections, 0);
});

Deno.test("outgoing webhooks: they and their secret change while the server runs", async () => {
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  const one = { room: "lobby", url: receiver.url() };
  await using server = await startServer({ ...isPrivate });
  await post(server.port, "1");
  server.server.change({ hooksOut: [one, one], hookOutSecret: SECRET });
  await post(server.port, "2");
  assertEquals(await receiver.texts(1), ["2"]);
  assert(receiver.requests[0]!.headers["webhook-signature"] !== undefined);
  server.server.change({
    hooksOut: [one, { room: "lobby", url: other.url() }],
    hookOutSecret: null,
  });
  await post(server.port, "3");
  assertEquals(await receiver.texts(2), ["2", "3"]);
  assertEquals(receiver.requests[1]!.headers["webhook-signature"], undefined);
  assertEquals(receiver.connections, 1);
  assertEquals(await other.texts(1), ["3"]);
  server.server.change({ hooksOut: [] });
  await post(server.port, "4");
  await server.server.stop();
  assertEquals(receiver.requests.length + other.requests.length, 3);
});

Deno.test("outgoing webhooks: a stored file is sent with its address", () =>
  withData({ storeFilesBytes: 1024 * 1024, rooms: ["lobby"], ...isPrivate }, async (server) => {
    await using receiver = await startReceiver();
    server.server.change({ hooksOut: [{ room: "lobby", url: receiver.url() }] });
    const response = await fetch(`http://127.0.0.1:${server.port}/rooms/lobby/files/a.txt`, {
      method: "PUT",
      body: "hello",
    });
    assertEquals(response.ok, true, await response.text());
    assertMatch((await receiver.texts(1))[0]!, /a\.txt.*http:\/\/127\.0\.0\.1:\d+\/files\//);
    await server.server.stop();
  }));

Deno.test("outgoing webhooks: --hook-out of a real process, with a certificate, and SIGHUP", async () => {
  await using receiver = await WebhookReceiver.start((response) => response.end("ok"), SIGNED);
  const folder = await Deno.makeTempDir();
  try {
    const config = join(folder, "chat.json");
    const write = (hooks: string[]) =>
      Deno.writeTextFile(config, JSON.stringify({ "hook-out": hooks, "hook-out-private": true }));
    await write([`lobby=${receiver.url("localhost")}`]);
    await using serve = await startServe(["--config", config]);
    await post(serve.port, "1");
    // The authority of the certificate is unknown.
    await serve.stderr.until(/webhook failed room=lobby host=localhost:\d+ error=/);
    assertEquals(receiver.requests, []);
    if (Deno.build.os === "windows") return;
    const plain = await startReceiver();
    await write([`lobby=${plain.url("localhost")}`]);
    serve.child.kill("SIGHUP");
    await serve.stderr.until(/setting changed option=hook-out\n/);
    await post(serve.port, "2");
    assertEquals(await plain.texts(1), ["2"]);
    await plain[Symbol.asyncDispose]();
    assert(!serve.stderr.text.includes("B0"), serve.stderr.text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("outgoing webhooks: the first one on SIGHUP needs a restart", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = join(folder, "chat.json");
    await Deno.writeTextFile(config, "{}");
    await using serve = await startServe(["--config", config]);
    await Deno.writeTextFile(config, '{ "hook-out": ["lobby=https://hooks.example.org/T0"] }');
    serve.child.kill("SIGHUP");
    await serve.stderr.until(/setting needs a restart option=hook-out\n.*changed=0 restart=1/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("outgoing webhooks: unusable options are refused, without their values", async () => {
  const rows = [
    [["--hook-out", "lobby=https://user@hooks.example.org/T0"], "expected ROOM=URL"],
    [["--hook-out", "https://hooks.example.org/T0"], "expected ROOM=URL"],
    [["--hook-out", "lobby=https://0x7f.1/T0"], "Add --hook-out-private"],
    [["--hook-out", "lobby=http://hooks.example.org/T0"], "Add --hook-out-private"],
    [["--hook-out-secret", "T0"], "expected whsec_"],
  ] as const;
  for (const [options, error] of rows) {
    const { code, stderr } = await runProgram(["serve", "--port", "0", ...options]);
    assertEquals(code, 2, stderr);
    assert(stderr.includes(error) && !/T0(?!\/B0)/.test(stderr), stderr);
  }
});
