/** Nothing of a client leaves before the server has introduced itself as hubbub. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient, ChatError, ConnectionError, type ConnectOptions } from "../../client/mod.ts";
import { LineChannel } from "../../client/core/line_channel.ts";
import { ServerConnection } from "../../client/core/server_connection.ts";
import { NAME_PROMPT, RECORD_SEPARATOR } from "../../protocol/mod.ts";
import { FakeClock, FakeServer, INTRODUCTION, settle, welcome } from "./fakes.ts";

const SECRETS = { password: "name-secret", serverPassword: "server-secret" };

/** A server, and a client that connects to it with everything that is secret. */
function connecting(
  onAsked: (server: FakeServer) => void,
  options: Partial<ConnectOptions> = {},
) {
  const server = new FakeServer().beFriendly();
  server.onAsked = () => onAsked(server);
  const clock = new FakeClock();
  const client = ChatClient.connect({
    name: "Alice",
    ...SECRETS,
    openTransport: server.open,
    clock,
    ...options,
  });
  client.catch(() => {});
  return { server, clock, client };
}

Deno.test("order: the separator is sent first, and name and passwords after the server frame", async () => {
  const { server, client } = connecting(() => {});
  await settle();
  assertEquals(server.bytesReceived, RECORD_SEPARATOR);
  const [start, end] = ['{"type":"server","server":"fake",', '"protocol":0}'];
  server.bytes(start);
  await settle();
  server.bytes(end);
  await settle();
  assertEquals(server.bytesReceived, RECORD_SEPARATOR, "a frame ends with its line");
  server.bytes("\n");
  await client;
  assertEquals(server.received, [{ type: "hello", name: "Alice", ...SECRETS }]);
  (await client).close();
});

for (
  const [does, onAsked] of [
    ["says nothing", () => {}],
    ["sends the byte back", (server: FakeServer) => server.bytes(RECORD_SEPARATOR)],
    ["prompts as hubbub does", (server: FakeServer) => server.bytes(NAME_PROMPT)],
    ["lets in whom it does not know", (server: FakeServer) => server.send(welcome("Alice"))],
    ["answers as to a ping", (server: FakeServer) => server.send({ type: "pong", t: 1 })],
    [
      "speaks another version",
      (server: FakeServer) => server.send({ ...INTRODUCTION, protocol: 99 }),
    ],
    [
      "refuses",
      (server: FakeServer) =>
        server.send({ type: "error", code: "banned", text: "You are banned." }),
    ],
    ["says goodbye", (server: FakeServer) => {
      server.send({ type: "bye", reason: "shutdown", text: "Bye." });
      server.drop();
    }],
    ["closes", (server: FakeServer) => server.drop()],
  ] as const
) {
  for (const plainPeers of [false, true]) {
    const kind = plainPeers ? "that uses plain lines, too," : "";
    Deno.test(`order: a client ${kind} sends a server that ${does} nothing but the separator`, async () => {
      const { server, clock, client } = connecting(onAsked, { plainPeers });
      for (let second = 0; second < 11; second++) {
        await settle();
        clock.advance(1000);
      }
      const error = await client.catch((error) => error);
      assert(error instanceof ConnectionError || error instanceof ChatError);
      assertEquals(server.bytesReceived, RECORD_SEPARATOR);
      assertEquals(clock.timers, 0);
    });
  }
}

Deno.test("order: the error for another version has both versions", async () => {
  const { client } = connecting((server) => server.send({ ...INTRODUCTION, protocol: 7 }));
  await assertRejects(
    () => client,
    ConnectionError,
    "it speaks version 7 of hubbub's protocol, this client version 0. Update the older of the two.",
  );
});

Deno.test("order: with plain lines, a server that greets soon gets nothing at all", async () => {
  const { server, clock, client } = connecting(() => {}, { plainPeers: true });
  await settle();
  clock.advance(39);
  server.bytes("Welcome!\n");
  const error = await client.catch((error) => error);
  assert(error instanceof ConnectionError && error.plainPeer !== undefined);
  assertEquals([server.bytesReceived, server.isDestroyed], ["", false]);
  // The next owner continues with the same connection, and misses nothing.
  server.bytes("Name: ");
  const received: unknown[] = [];
  error.plainPeer.connection!.open({ host: "", port: 0 }, {
    opened: () => received.push("opened"),
    received: (bytes) => received.push(bytes),
    closed: (error) => received.push(error),
  });
  await settle();
  server.bytes("again: ");
  server.drop();
  assertEquals(received, ["opened", "Welcome!\nName: ", "again: ", undefined]);
});

Deno.test("order: a prompt that may be hubbub's is answered by the separator, also before its time", async () => {
  const { server, clock, client } = connecting((server) => {
    server.bytes("\n");
    server.send(INTRODUCTION);
  }, { plainPeers: true });
  await settle();
  // This machine was busy: the prompt came first, and so did the timer.
  clock.now = () => 1_700_000_000_000 + 160;
  server.bytes(NAME_PROMPT);
  assertEquals((await client).name, "Alice");
  (await client).close();
});

Deno.test("order: coming back, the token is sent when the server has introduced itself again", async () => {
  const { server, clock, client } = connecting((server) => server.send(INTRODUCTION), {
    reconnect: { firstDelayMilliseconds: 1, random: () => 1 },
  });
  const chat = await client;
  const before = server.bytesReceived.length;
  server.onAsked = () => {};
  server.drop();
  await settle();
  clock.advance(1);
  await settle();
  // Requests in the meantime are not sent either.
  const asked = chat.users();
  const pinged = chat.ping();
  chat.post({ type: "register", password: "new-secret" });
  await assertRejects(() => asked, ConnectionError, "closed it without a reason");
  await assertRejects(() => pinged, ConnectionError);
  const sent = chat.send("kept");
  assertEquals(server.bytesReceived.slice(before), RECORD_SEPARATOR);
  server.onAsked = () => server.send(INTRODUCTION);
  server.send(INTRODUCTION);
  assertEquals(await sent, { room: "lobby", seq: 1 });
  const again = server.received.slice(-2) as { type: string; resume?: { session: string } }[];
  assertEquals(again.map(({ type }) => type), ["hello", "message"]);
  assertEquals(again[0]!.resume?.session, "s");
  assertEquals(server.bytesReceived.includes("new-secret"), false);
  chat.close();
});

Deno.test("order: another server in its place gets no token, however often it is tried", async () => {
  const { server, clock, client } = connecting((server) => server.send(INTRODUCTION), {
    reconnect: {
      firstDelayMilliseconds: 1,
      maxDelayMilliseconds: 1,
      stopAfterMilliseconds: 60_000,
    },
    plainPeers: true,
  });
  await settle();
  clock.advance(40);
  const chat = await client;
  const before = server.bytesReceived.length;
  server.onAsked = () => server.bytes("Enter your name: ");
  server.drop();
  for (let attempt = 0; attempt < 5; attempt++) {
    await settle();
    clock.advance(1);
    await settle();
    assert(server.isDestroyed, "and its connection is not kept");
  }
  assertEquals(server.bytesReceived.slice(before), RECORD_SEPARATOR.repeat(5));
  chat.close();
});

Deno.test("order: a connection does not send before the introduction", async () => {
  const server = new FakeServer();
  server.onAsked = () => {};
  const clock = new FakeClock();
  const endpoint = { host: "127.0.0.1", port: 8080 };
  const openTransport = server.open;
  const connection = new ServerConnection({
    endpoint,
    clock,
    connectTimeoutMilliseconds: 1000,
    liveness: { silence: 1000, answer: 1000 },
    openChannel: (listener) =>
      new LineChannel({ endpoint, openTransport, clock, plainPeers: false }, listener),
  }, { introduced() {}, received() {}, caughtUp() {}, closed() {} });
  connection.send('{"type":"hello"}');
  await settle();
  connection.send('{"type":"hello"}');
  assertEquals(server.bytesReceived, RECORD_SEPARATOR);
  server.send(INTRODUCTION);
  connection.send('{"type":"hello","name":"a"}');
  assertEquals(server.received.length, 1);
  connection.close();
});
