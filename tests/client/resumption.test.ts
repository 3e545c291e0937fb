import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError, ConnectionError } from "../../client/mod.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { message, settle } from "./fakes.ts";
import { connected } from "./session_server.ts";

Deno.test("a client resumes its session, and receives the missed messages", async () => {
  const { server, clock, client, events } = await connected();
  server.seq = 2;
  server.send(message(1, "one"), { type: "skipped", room: "lobby", count: 1, from: 2, to: 2 });
  server.send({ type: "whisper", from: "Bob", to: "Alice", text: "psst", time: 1, number: 4 });
  server.missed = [message(3, "three")];
  server.drop();
  await settle();
  assert(!client.isConnected && !client.isClosed);
  clock.advance(1000);
  await settle();
  assertEquals(server.hellos[1], {
    type: "hello",
    name: "Alice",
    room: "lobby",
    resume: { session: "session 1", seq: 2, room: "lobby", whisper: 4 },
  });
  assertEquals(events.slice(3).map((event) => event.type === "message" ? event.text : event), [
    {
      type: "connection",
      state: "lost",
      text: "Lost the connection to 127.0.0.1:8080: the server closed it without a reason.",
      retryMilliseconds: 1000,
    },
    { type: "connection", state: "restored", resumed: true, uncertain: 0 },
    "three",
  ]);
  assert(client.isConnected);
  client.close();
});

Deno.test("unacknowledged messages are sent again with the same id, then those that waited", async () => {
  const { server, clock, client } = await connected();
  assertEquals(await client.send("first"), { seq: 1 });
  server.acknowledges = false;
  const sent = client.send("sent");
  await settle();
  server.drop();
  await settle();
  const waiting = client.send("waiting");
  server.acknowledges = true;
  assertEquals(client.unacknowledged, 2);
  clock.advance(1000);
  assertEquals([await sent, await waiting], [{ seq: 2 }, { seq: 3 }]);
  const [acknowledged, first, again, last] = server.ids;
  assertEquals([first === again, new Set([acknowledged, first, last]).size], [true, 3]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("a new session drops messages that may have arrived, and sends none twice", async () => {
  const { server, clock, client, events } = await connected();
  server.acknowledges = false;
  const sent = assertRejects(() => client.send("sent"), ConnectionError, "it is unknown");
  await settle();
  server.drop();
  await settle();
  const waiting = client.send("waiting");
  server.hasSession = false;
  server.acknowledges = true;
  clock.advance(1000);
  await sent;
  await waiting;
  assertEquals(server.received.flatMap((frame) => frame.type === "message" ? [frame.text] : []), [
    "sent",
    "waiting",
  ]);
  assertEquals(events.at(-1), {
    type: "connection",
    state: "restored",
    resumed: false,
    uncertain: 1,
  });
  client.close();
});

Deno.test("questions do not wait for a connection", async () => {
  const { server, client } = await connected();
  const asked = assertRejects(() => client.users(), ConnectionError, "without a reason");
  server.drop();
  await asked;
  await assertRejects(() => client.users(), ConnectionError, "without a reason");
  client.close();
});

Deno.test("a change of room keeps its place among the messages", async () => {
  const { server, clock, client } = await connected();
  server.drop();
  await settle();
  const all = [client.send("for the lobby"), client.join("tea"), client.send("for tea")];
  assertEquals(client.unacknowledged, 3);
  clock.advance(1000);
  assertEquals(await Promise.all(all), [
    { seq: 1 },
    { room: "tea", seq: 1, topic: undefined },
    { seq: 2 },
  ]);
  assertEquals(server.words, ["for the lobby", "to tea", "for tea"]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

for (const hasSession of [true, false]) {
  const session = hasSession ? "the session" : "a new session";
  Deno.test(`a change of room without an answer is repeated in ${session}`, async () => {
    const { server, clock, client } = await connected();
    server.answersMoves = false;
    const joined = client.join("tea");
    await settle();
    server.drop();
    await settle();
    const said = client.send("for tea");
    server.answersMoves = true;
    server.hasSession = hasSession;
    clock.advance(1000);
    assertEquals((await joined).room, "tea");
    await said;
    assertEquals(server.words, ["to tea", "to tea", "for tea"]);
    client.close();
  });
}

Deno.test("a refused change of room is not repeated", async () => {
  const { server, clock, client } = await connected();
  const answer = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type !== "join") return answer(frame);
    server.send({ type: "error", code: "room_invalid", text: "No.", ref: frame.id! });
  };
  server.drop();
  await settle();
  const refused = assertRejects(() => client.join("no room"), ChatError, "No.");
  clock.advance(1000);
  await refused;
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("a break while the messages of another room are replayed loses no message", async () => {
  const { server, clock, client, events } = await connected();
  const inTea = (seq: number) => ({ ...message(seq, `tea ${seq}`), room: "tea" });
  const comeBack = async (...missed: ServerFrame[]) => {
    server.missed = missed;
    server.drop();
    await settle();
    clock.advance(1000);
    await settle();
    return server.hellos.at(-1);
  };
  server.seq = 4;
  server.send(message(4, "four"));
  server.answersMoves = false;
  const joined = client.join("tea");
  await settle();
  // The server has carried it out, and the answer was lost.
  server.room = "tea";
  server.seq = 9;
  const session = { session: "session 1", whisper: 0 };
  const inLobby = { room: "lobby", resume: { ...session, room: "lobby", seq: 4 } };
  assertEquals(await comeBack(), { type: "hello", name: "Alice", ...inLobby });
  assertEquals(await comeBack(inTea(7)), { type: "hello", name: "Alice", ...inLobby, room: "tea" });
  assertEquals(await comeBack(inTea(8)), {
    type: "hello",
    name: "Alice",
    room: "tea",
    resume: { ...session, room: "tea", seq: 7 },
  });
  assertEquals(events.flatMap((event) => event.type === "message" ? [event.seq] : []), [4, 7, 8]);
  assertEquals((await joined).room, "tea");
  client.close();
});

Deno.test("a client that is in another room afterwards gets a joined event, and repeats nothing there", async () => {
  const { server, clock, client, events } = await connected();
  server.acknowledges = false;
  server.answersMoves = false;
  const forLobby = assertRejects(
    () => client.send("for the lobby"),
    ConnectionError,
    "it is unknown",
  );
  const moves = [client.join("milk"), client.join("Tea")];
  const said = client.send("for tea");
  await settle();
  server.drop();
  await settle();
  // The server has carried it all out, and the answers were lost.
  server.room = "tea";
  server.missed = [{ ...message(5, "five"), room: "tea" }];
  server.acknowledges = true;
  const { length } = server.words;
  clock.advance(1000);
  await forLobby;
  assertEquals((await Promise.all(moves)).map(({ room }) => room), ["tea", "tea"]);
  await said;
  assertEquals(server.words.slice(length), ["for tea"]);
  assertEquals(events.slice(1, 4).map((event) => "time" in event ? { ...event, time: 0 } : event), [
    { type: "connection", state: "restored", resumed: true, uncertain: 1 },
    { type: "joined", room: "tea", name: "Alice", time: 0, seq: 0 },
    { ...message(5, "five"), room: "tea", time: 0 },
  ]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("messages that wait are not sent to a room into which the server has moved the session", async () => {
  const { server, clock, client, events } = await connected();
  server.drop();
  await settle();
  const forLobby = assertRejects(
    () => client.send("for the lobby"),
    ConnectionError,
    "unknown whether",
  );
  const whispered = client.whisper("Bob", "for Bob");
  // Without any change of room by this client, such as after the room was deleted.
  server.room = "tea";
  const answer = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type === "whisper") server.send({ type: "ack", id: frame.id!, to: "Bob" });
    else answer(frame);
  };
  clock.advance(1000);
  await forLobby;
  assertEquals(await whispered, { to: "Bob" });
  assertEquals(server.words, []);
  assertEquals(events.slice(1).map((event) => event.type), ["connection", "joined"]);
  client.close();
});

for (const hasSession of [true, false]) {
  const session = hasSession ? "a resumed session" : "a new session";
  Deno.test(`quit before the welcome of ${session} follows the waiting messages`, async () => {
    const { server, clock, client } = await connected();
    const answer = server.onFrame;
    const held: Parameters<typeof answer>[0][] = [];
    server.drop();
    await settle();
    const all = [client.send("one"), client.join("tea"), client.send("two")];
    server.onFrame = (frame) => void held.push(frame);
    clock.advance(1000);
    await settle();
    const quit = client.quit(undefined, "done");
    await settle();
    server.onFrame = answer;
    server.hasSession = hasSession;
    for (const frame of held) answer(frame);
    await Promise.all(all);
    await quit;
    assertEquals(server.words, ["one", "to tea", "two"]);
    assertEquals(server.received.at(-1), { type: "quit", reason: "done" });
    assertEquals(clock.timers, 0);
  });
}

Deno.test("a client that is refused while it leaves does not connect again", async () => {
  const { server, clock, client } = await connected();
  server.onFrame = () => {};
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  const quit = client.quit();
  server.send({ type: "error", code: "server_full", text: "Server is full." });
  await quit;
  assertEquals([await client.closed, clock.timers], [{ type: "left" }, 0]);
});

Deno.test("questions do not wait for the welcome either, and precede no repeated message", async () => {
  const { server, clock, client } = await connected();
  server.drop();
  await settle();
  const sent = client.send("waiting");
  const answer = server.onFrame;
  let welcome = () => {};
  server.onFrame = (frame) => void (welcome = () => answer(frame));
  clock.advance(1000);
  await settle();
  await assertRejects(() => client.users(), ConnectionError, "without a reason");
  await assertRejects(() => client.ping(), ConnectionError, "without a reason");
  await assertRejects(() => client.offer("Bob", "a.txt", 1), ConnectionError, "without a reason");
  client.post({ type: "rooms" });
  server.onFrame = answer;
  welcome();
  await sent;
  assertEquals(server.received.slice(-2).map(({ type }) => type), ["hello", "message"]);
  client.close();
});
