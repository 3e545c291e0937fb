import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { ChatEvent } from "../../client/core/connection_event.ts";
import { ChatClient, ChatError, type ClientOptions, ConnectionError } from "../../client/mod.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { FakeClock, FakeServer, message, settle, welcome } from "./fakes.ts";

async function connected(options: ClientOptions = {}) {
  const server = new FakeServer().beFriendly();
  const clock = new FakeClock();
  const client = await ChatClient.connect({
    name: "Alice",
    openTransport: server.open,
    clock,
    ...options,
  });
  return { server, clock, client };
}

/** The types of the events that are waiting. */
async function take(client: ChatClient, count: number): Promise<ChatEvent[]> {
  const frames = [];
  for await (const frame of client.events()) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}

Deno.test("connect sends a hello with name and room, and has its own name", async () => {
  const server = new FakeServer();
  server.onFrame = () => server.send(welcome("Alicé"));
  const client = await ChatClient.connect({
    name: "alicé",
    room: "tea",
    openTransport: server.open,
  });
  assertEquals(server.received, [{ type: "hello", name: "alicé", rooms: ["tea"] }]);
  assertEquals(client.name, "Alicé");
  assertEquals(client.address, "127.0.0.1:8080");
  client.close();
  assert(server.isDestroyed);
});

Deno.test("a refused name is a ChatError with its code, and the connection is closed", async () => {
  const server = new FakeServer().beFriendly({ taken: ["Alice"] });
  const error = await assertRejects(
    () => ChatClient.connect({ name: "Alice", openTransport: server.open }),
    ChatError,
    "Alice is taken.",
  );
  assertEquals((error as ChatError).code, "name_taken");
  assert(server.isDestroyed);
});

Deno.test("register may be tried again after a refusal", async () => {
  const server = new FakeServer().beFriendly({ taken: ["Alice"] });
  const client = await ChatClient.open({ openTransport: server.open });
  await assertRejects(() => client.register("Alice"), ChatError, "taken");
  assertEquals((await client.register("Carol")).name, "Carol");
  assertEquals(server.connections, 1);
  client.close();
});

Deno.test("send resolves with the number of its own acknowledgement, in any order", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const sends = [client.send("one", { notice: true }), client.send("two", { action: true })];
  const [one, two] = server.received.slice(1) as { id: string }[];
  assertEquals(one as unknown, {
    type: "message",
    room: "lobby",
    text: "one",
    id: one!.id,
    notice: true,
  });
  assertEquals(two as unknown, {
    type: "message",
    room: "lobby",
    text: "two",
    id: two!.id,
    action: true,
  });
  server.send({ type: "ack", id: two!.id, room: "lobby", seq: 7 }, {
    type: "ack",
    id: one!.id,
    room: "lobby",
    seq: 6,
  });
  assertEquals(await Promise.all(sends), [{ room: "lobby", seq: 6 }, { room: "lobby", seq: 7 }]);
  client.close();
});

Deno.test("an error with a ref rejects the send it names, and is an event", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const sent = client.send("x");
  const refused = client.whisper("Absent", "y");
  const [first, second] = server.received.slice(1) as { id: string }[];
  server.send(
    { type: "error", code: "no_such_user", text: "No such user.", ref: second!.id },
    { type: "ack", id: first!.id, room: "lobby", seq: 1 },
  );
  await assertRejects(() => refused, ChatError, "No such user.");
  assertEquals(await sent, { room: "lobby", seq: 1 });
  assertEquals((await take(client, 2)).map(({ type }) => type), ["welcome", "error"]);
  client.close();
});

Deno.test("a frame over the limit is refused at once, since a refusal of the server would have no ref", async () => {
  const { server, client } = await connected();
  const before = server.received.length;
  await assertRejects(() => client.send("x".repeat(40_000)), ChatError, "32768 bytes");
  assertEquals(server.received.length, before);
  client.close();
});

Deno.test("users and nick are answered in order; nick returns the new name or rejects", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const users = client.users();
  const refused = client.nick("Bob");
  const renamed = client.nick("Carol");
  await settle();
  const ref = server.received.find((frame) => frame.type === "nick" && frame.name === "Bob")!.id!;
  server.send(
    { type: "users", room: "lobby", total: 1, users: [{ name: "Bob" }], unasked: true },
    { type: "users", room: "lobby", total: 1, users: [{ name: "Alice" }] },
    { type: "renamed", room: "lobby", from: "Dave", to: "Eve", time: 1 },
    { type: "error", code: "name_taken", text: "taken", ref },
    { type: "renamed", room: "lobby", from: "Alice", to: "Carol", time: 1 },
  );
  assertEquals((await users).users, [{ name: "Alice" }]);
  await assertRejects(() => refused, ChatError, "taken");
  assertEquals(await renamed, "Carol");
  assertEquals(client.name, "Carol");
  client.close();
});

Deno.test("nick gives the password of a protected name", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const renamed = client.nick("Op", "open sesame");
  await settle();
  const said = server.received.find((frame) => frame.type === "nick");
  assert(said?.type === "nick");
  assertEquals([said.name, said.password], ["Op", "open sesame"]);
  server.send({ type: "renamed", room: "lobby", from: "Alice", to: "Op", time: 1 });
  assertEquals(await renamed, "Op");
  client.close();
});

Deno.test("rooms, history, join and leave have answers, and refusals", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const rooms = client.rooms();
  const refused = client.join("#bad");
  const joined = client.join("tea");
  const page = client.history({ room: "tea", limit: 1 });
  const found = client.search("green tea", { room: "tea", before: 9 });
  const left = client.leave();
  await settle();
  const ref = server.received.find((frame) => frame.type === "join")!.id!;
  server.send(
    { type: "error", code: "room_invalid", text: "no such room", ref },
    { type: "joined", room: "lobby", name: "Bob", time: 1 },
    { type: "joined", room: "tea", name: "Alice", time: 1, seq: 7, topic: "Assam" },
    { type: "history", room: "tea", messages: [], more: false },
    { type: "search", room: "tea", words: "green tea", messages: [], more: true, before: 5 },
    { type: "rooms", total: 0, rooms: [] },
    { type: "left", room: "lobby", name: "Bob", time: 2, online: true },
    { type: "left", room: "lobby", name: "Alice", time: 2, online: true },
  );
  await assertRejects(() => refused, ChatError, "no such room");
  assertEquals(await joined, { room: "tea", seq: 7, topic: "Assam" });
  assertEquals((await page).more, false);
  assertEquals((await found).before, 5);
  assertEquals((await rooms).total, 0);
  await left;
  assertEquals(client.joinedRooms, ["tea"]);
  client.close();
});

Deno.test("a whisper and a reply return the name of their recipient as the server writes it", async () => {
  const { server, client } = await connected();
  server.onFrame = (frame) => {
    if (frame.type !== "whisper" && frame.type !== "reply") return;
    server.send({ type: "ack", id: frame.id!, to: "Bob" });
  };
  assertEquals(await client.whisper("bob", "psst"), { to: "Bob" });
  assertEquals(await client.reply("yes"), { to: "Bob" });
  client.close();
});

Deno.test("losing the connection rejects everything that waits, and ends the events", async () => {
  const { server, client } = await connected();
  server.onFrame = () => {};
  const waiting = [client.send("x"), client.users(), client.nick("y"), client.ping()];
  const events = take(client, 100);
  server.drop(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  for (const request of waiting) {
    await assertRejects(
      () => request as Promise<unknown>,
      ConnectionError,
      "Lost the connection to 127.0.0.1:8080: the other side reset the connection.",
    );
  }
  assertEquals((await events).length, 1);
  const closing = await client.closed;
  assertEquals(closing.type === "lost" && closing.error.code, "reset");
  await assertRejects(() => client.send("too late"), ConnectionError, "reset");
});

Deno.test("the server's goodbye is the reason of the end", async () => {
  const { server, client } = await connected();
  server.send({ type: "bye", reason: "shutdown", text: "The server is shutting down." });
  server.drop();
  assertEquals(await client.closed, {
    type: "server closed",
    text: "The server is shutting down.",
  });
});

Deno.test("quit waits for the bye, at most for its time limit", async () => {
  const polite = await connected();
  await polite.client.quit();
  assertEquals(await polite.client.closed, { type: "left" });

  const mute = await connected();
  mute.server.onFrame = () => {};
  const quit = mute.client.quit(1000);
  mute.clock.advance(1000);
  await quit;
  assert(mute.server.isDestroyed);
  assertEquals(mute.clock.timers, 0);
});

Deno.test("reading stops while too many events wait, and continues when half are read", async () => {
  const { server, client } = await connected({ eventLimit: 8 });
  const events = client.events();
  server.send(message(1, "a"), message(2, "b"));
  assert(!server.isPaused);
  server.send(message(3, "c"), message(4, "d"));
  assert(server.isPaused);
  await events.next();
  await events.next();
  assert(server.isPaused);
  await events.next();
  assert(!server.isPaused);
  client.close();
});

Deno.test("an answer is not delayed by waiting events; the oldest are dropped", async () => {
  const { server, client } = await connected({ eventLimit: 4 });
  server.onFrame = () => {};
  const events = client.events();
  server.send(...[1, 2, 3, 4].map((seq) => message(seq, "x")));
  assert(server.isPaused);
  const sent = client.send("mine");
  assert(!server.isPaused);
  const { id } = server.received.at(-1) as { id: string };
  server.send(...[5, 6, 7].map((seq) => message(seq, "x")), {
    type: "ack",
    id,
    room: "lobby",
    seq: 8,
  });
  assertEquals(await sent, { room: "lobby", seq: 8 });
  // The welcome went first, then messages 1 to 3.
  const skipped = { type: "skipped", room: "lobby", count: 3, from: 1, to: 3 };
  assertEquals((await events.next()).value, skipped as ServerFrame);
  assertEquals((await events.next()).value, message(4, "x"));
  client.close();
});

Deno.test("events without a reader never stop the connection", async () => {
  const { server, client } = await connected({ eventLimit: 4 });
  for (let seq = 1; seq <= 100; seq++) server.send(message(seq, "x"));
  assert(!server.isPaused);
  const [skipped, next] = await take(client, 2);
  assertEquals(skipped, { type: "skipped", room: "lobby", count: 96, from: 1, to: 96 });
  assertEquals(next, message(97, "x"));
  client.close();
});

Deno.test("events have one reader at a time", async () => {
  const { client } = await connected();
  const events = client.events();
  assertThrows(() => client.events(), TypeError, "Cannot read the events twice");
  await events.return!();
  client.events();
  client.close();
});

Deno.test("a silent server is sent a ping, and the connection is lost after three intervals", async () => {
  const { server, clock, client } = await connected({ heartbeatMilliseconds: 1000 });
  server.onFrame = () => {};
  clock.advance(1000);
  assertEquals(server.received.at(-1), { type: "ping", t: 0 });
  server.send({ type: "pong", t: 0 });
  clock.advance(2999);
  assert(!client.isClosed);
  clock.advance(1);
  const closing = await client.closed;
  assertEquals(
    closing.type === "lost" && closing.error.message,
    "Lost the connection to 127.0.0.1:8080: nothing came for 3 s. Check the network.",
  );
  assertEquals(clock.timers, 0);
});

Deno.test("a ping of the server is answered, and is no event", async () => {
  const { server, client } = await connected();
  server.send({ type: "ping", t: 1234 });
  assertEquals(server.received.at(-1), { type: "pong", t: 1234 });
  server.send(message(1, "after"));
  assertEquals((await take(client, 2))[1], message(1, "after"));
  client.close();
});

Deno.test("control characters are removed from all texts of a server", async () => {
  const { server, client } = await connected();
  server.send({ ...message(1, "a\x1b[2Jb\nc"), from: "B\nob\x07" } as ServerFrame);
  const [, frame] = await take(client, 2);
  assertEquals(frame, { ...message(1, "a[2Jb\nc"), from: "B ob" } as ServerFrame);
  client.close();
});

Deno.test("unusable frames are dropped; bytes other than JSON end the connection", async () => {
  const { server, client } = await connected();
  server.bytes('{"type":"from the future"}\n{"type":"message","text":5}\n\n');
  server.send(message(1, "still here"));
  assertEquals((await take(client, 2))[1], message(1, "still here"));
  server.bytes("rubbish\n");
  const closing = await client.closed;
  assertEquals(closing.type === "lost" && closing.error.code, "not_understood");
});

Deno.test("frames that are cut anywhere, also within a character, are received whole", async () => {
  const { server, client } = await connected();
  const bytes = '{"type":"notice","text":"caf\u00c3\u00a9 \u00e2\u0082\u00ac"}\n';
  for (const byte of bytes) server.bytes(byte);
  const [, frame] = await take(client, 2);
  assertEquals(frame, { type: "notice", text: "café €" });
  client.close();
});

Deno.test("a stop while it connects rejects at once", async () => {
  const server = new FakeServer();
  server.onConnect = () => {};
  const stop = new AbortController();
  const connecting = ChatClient.connect({
    name: "a",
    openTransport: server.open,
    stop: stop.signal,
  });
  stop.abort();
  await assertRejects(() => connecting, ConnectionError, "left");
  assert(server.isDestroyed);
});

Deno.test("disposing of a client quits", async () => {
  const { server, client } = await connected();
  {
    await using chat = client;
    void chat;
  }
  assertEquals(server.received.at(-1), { type: "quit" });
  await settle();
});

Deno.test("the end leaves no timer, whether reading was stopped before or not", async () => {
  for (const count of [1, 3]) {
    const { server, clock, client } = await connected({ eventLimit: 4 });
    const events = client.events();
    await events.next();
    server.send(...[1, 2, 3].slice(0, count).map((seq) => message(seq, "hi")));
    assertEquals(server.isPaused, count === 3);
    client.close();
    assertEquals(clock.timers, 0);
    const rest = await Array.fromAsync(events);
    assertEquals([rest.length, clock.timers], [count, 0]);
  }
});

Deno.test("requests before the registration have answers, and refusals", async () => {
  const server = new FakeServer();
  server.onFrame = (frame) => {
    if (frame.type === "ping") return server.send({ type: "pong", t: frame.t });
    if (frame.type === "hello") return server.send(welcome("Bob"));
    server.send({ type: "error", code: "nameless", text: "No name.", ref: frame.id! });
  };
  const client = await ChatClient.open({ openTransport: server.open, clock: new FakeClock() });
  for (const ask of [() => client.users(), () => client.send("hi"), () => client.join("tea")]) {
    await assertRejects(ask, ChatError, "No name.");
  }
  await client.ping();
  await client.register("Bob");
  assertEquals(client.name, "Bob");
  client.close();
});
