import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError, ConnectionError } from "../../client/mod.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { message, settle } from "./fakes.ts";
import { connected } from "./session_server.ts";

/** A message of the room tea. */
const teaMessage = (seq: number) => ({ ...message(seq, `tea ${seq}`), room: "tea" });

/** Breaks the connection; returns the `hello` of the next one, to which the missed frames are the answer. */
async function reconnected(
  { server, clock }: Awaited<ReturnType<typeof connected>>,
  missed: readonly ServerFrame[],
) {
  server.missed = [...missed];
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  const hello = server.hellos.at(-1);
  assert(hello?.type === "hello");
  return hello;
}

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
    rooms: ["lobby"],
    resume: { session: "session 1", rooms: { lobby: 2 }, whisper: 4 },
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
  assertEquals(await client.send("first"), { room: "lobby", seq: 1 });
  server.acknowledges = false;
  const sent = client.send("sent");
  await settle();
  server.drop();
  await settle();
  const waiting = client.send("waiting");
  server.acknowledges = true;
  assertEquals(client.unacknowledged, 2);
  clock.advance(1000);
  assertEquals([(await sent).seq, (await waiting).seq], [2, 3]);
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
  const inTea = { room: "tea" };
  const all = [client.send("for the lobby"), client.join("tea"), client.send("for tea", inTea)];
  assertEquals(client.unacknowledged, 3);
  clock.advance(1000);
  const answers: unknown[] = await Promise.all(all);
  assertEquals(answers, [
    { room: "lobby", seq: 1 },
    { room: "tea", seq: 1, topic: undefined },
    { room: "tea", seq: 2 },
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
    const said = client.send("for tea", { room: "tea" });
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

Deno.test("a break while the messages of a room without an answer are replayed loses no message", async () => {
  const session = await connected();
  const { server, client, events } = session;
  const comeBack = async (...missed: ServerFrame[]) => {
    const { rooms, resume } = await reconnected(session, missed);
    return [rooms, resume?.rooms];
  };
  server.send(message(4, "four"));
  server.answersMoves = false;
  const joined = client.join("tea");
  await settle();
  // The server has carried it out, and the answer was lost.
  server.rooms = ["lobby", "tea"];
  assertEquals(await comeBack(), [["lobby"], { lobby: 4, tea: 0 }]);
  assertEquals(await comeBack(teaMessage(7)), [["lobby", "tea"], { lobby: 4, tea: 0 }]);
  server.answersMoves = true;
  assertEquals(await comeBack(teaMessage(8)), [["lobby", "tea"], { lobby: 4, tea: 7 }]);
  assertEquals(events.flatMap((event) => event.type === "message" ? [event.seq] : []), [4, 7, 8]);
  assertEquals(await joined, { room: "tea", seq: 0, topic: undefined });
  assertEquals(events.filter(({ type }) => type === "joined" || type === "error").length, 1);
  client.close();
});

Deno.test("a change that the server has carried out is answered, and not repeated", async () => {
  const { server, clock, client, events } = await connected();
  server.answersMoves = false;
  const joined = client.join("tea");
  const left = client.leave("lobby");
  server.drop();
  await settle();
  server.answersMoves = true;
  server.rooms = ["tea"];
  clock.advance(1000);
  assertEquals((await joined).room, "tea");
  await left;
  assertEquals(events.slice(1).map(({ type }) => type), ["connection", "left", "joined"]);
  assertEquals([client.joinedRooms, client.unacknowledged], [["tea"], 0]);
  assertEquals(server.words, ["to tea", "from lobby"]);
  client.close();
});

Deno.test("a room that may have been entered and left is searched for own messages, too", async () => {
  const { server, clock, client } = await connected();
  server.answersMoves = false;
  const changes = [client.join("tea"), client.leave("tea")];
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  const hello = server.hellos.at(-1);
  assert(hello?.type === "hello");
  assertEquals(hello.resume?.rooms, { lobby: 0, tea: 0 });
  client.close();
  await Promise.allSettled(changes);
});

for (const isAnswered of [true, false]) {
  const answer = isAnswered ? "joined" : "welcome";
  Deno.test(`a number in a room that ${answer} reports hides no repeated message of an earlier stay`, async () => {
    const session = await connected();
    const { server, client, events } = session;
    const comeBack = async (...missed: ServerFrame[]) =>
      (await reconnected(session, missed)).resume?.rooms;
    // The server has carried out all of a visit, and the answers were lost.
    const answerFrame = server.onFrame;
    server.onFrame = () => {};
    const visit = [
      client.join("tea"),
      client.send("for tea", { room: "tea" }),
      client.leave("tea"),
    ];
    await settle();
    // It enters the room again, and the connection breaks before the message is repeated.
    server.onFrame = (frame) => void (frame.type === "hello" && answerFrame(frame));
    if (!isAnswered) server.rooms.push("tea");
    assertEquals(await comeBack(), { lobby: 0, tea: 0 });
    const joined = { type: "joined" as const, room: "tea", name: "Alice", time: 1, seq: 191 };
    if (isAnswered) server.send(joined);
    server.send(teaMessage(192));
    server.rooms = ["lobby", "tea"];
    const skipped = { type: "skipped" as const, room: "tea", count: 3, from: 192, to: 194 };
    assertEquals(await comeBack(teaMessage(192), teaMessage(193)), { lobby: 0, tea: 0 });
    assertEquals(await comeBack(skipped, teaMessage(195)), { lobby: 0, tea: 0 });
    server.send({ type: "ack", id: server.ids[0]! });
    await visit[1];
    assertEquals(await comeBack(teaMessage(196)), { lobby: 0, tea: 195 });
    const numbers = events.flatMap((event) => {
      if (event.type === "message") return [`${event.seq}`];
      return event.type === "skipped" ? [`${event.count}: ${event.from} to ${event.to}`] : [];
    });
    assertEquals(numbers, ["192", "193", "1: 194 to 194", "195", "196"]);
    client.close();
    await Promise.allSettled(visit);
  });
}

Deno.test("of several changes of a room all are repeated, and those carried out are no errors", async () => {
  const { server, clock, client, events } = await connected();
  server.answersMoves = false;
  const changes = [client.leave("lobby"), client.join("lobby")];
  server.drop();
  await settle();
  // The server has carried out the first.
  server.answersMoves = true;
  server.rooms = [];
  clock.advance(1000);
  await Promise.all(changes);
  assertEquals(events.slice(1).map(({ type }) => type), ["connection", "left", "joined"]);
  assertEquals([client.joinedRooms, client.unacknowledged], [["lobby"], 0]);
  client.close();
});

Deno.test("a room that the session has left is searched for own messages until all are acknowledged", async () => {
  const session = await connected();
  const { server, client } = session;
  server.send(message(4, "four"));
  server.acknowledges = false;
  const sent = client.send("sent");
  await settle();
  server.rooms = ["tea"];
  const comeBack = async () => (await reconnected(session, [])).resume?.rooms;
  assertEquals(await comeBack(), { lobby: 4 });
  assertEquals(await comeBack(), { lobby: 4, tea: 0 }, "nothing was received in the other one");
  server.send({ type: "ack", id: server.ids[0]!, room: "lobby", seq: 5 });
  assertEquals((await sent).seq, 5);
  assertEquals(await comeBack(), { tea: 0 });
  client.close();
});

Deno.test("messages that wait are not sent to a room into which the server has moved the session", async () => {
  const { server, clock, client, events } = await connected();
  server.drop();
  await settle();
  const forLobby = assertRejects(() => client.send("for the lobby"), ChatError, "Not there.");
  const whispered = client.whisper("Bob", "for Bob");
  // Without any change by this client, such as after the room was deleted.
  server.rooms = ["tea"];
  const answer = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type === "whisper") server.send({ type: "ack", id: frame.id!, to: "Bob" });
    else answer(frame);
  };
  clock.advance(1000);
  await forLobby;
  assertEquals(await whispered, { to: "Bob" });
  assertEquals(events.slice(1).map((event) => event.type), [
    "connection",
    "left",
    "joined",
    "error",
  ]);
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
    const all = [client.send("one"), client.join("tea"), client.send("two", { room: "tea" })];
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
