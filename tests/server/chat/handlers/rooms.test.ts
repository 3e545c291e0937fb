import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MAX_TEXT_BYTES } from "../../../../protocol/mod.ts";
import {
  answers,
  Chat,
  promises,
  refusal,
  storeWithAccounts,
  type TestClient,
} from "../../chat.ts";

const TIME = new Date(2026, 0, 31, 12, 0, 0).getTime();

Deno.test("handlers: join moves to another room and answers with it", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(answers(alice, { type: "join", room: " Tea " }), [
    { type: "joined", room: "Tea", name: "Alice", time: TIME, seq: 0 },
  ]);
  assertEquals(refusal(alice, { type: "join", room: "TEA", id: "7" }), ["in_room", "7"]);
  for (const room of ["", "a b", "#tea", "x".repeat(33)]) {
    assertEquals(refusal(alice, { type: "join", room, id: "7" }), ["room_invalid", "7"]);
  }
  assertEquals(chat.hub.rooms.size, 2);
});

Deno.test("handlers: a text client leaves for the lobby, and is refused there", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const say = (line: string) => {
    alice.say(line);
    return alice.received();
  };
  assertStringIncludes(say("/leave"), "already in the lobby");
  assertEquals(say("/join tea"), "[12:00:00] [SYSTEM]: You are now in tea.\n");
  assertEquals(chat.hub.members.find("Alice")!.memberships.size, 1);
  assertEquals(say("/leave"), "[12:00:00] [SYSTEM]: You are now in lobby.\n");
  assertEquals(chat.hub.rooms.size, 1);
});

Deno.test("handlers: a program enters rooms and leaves them, up to a limit", () => {
  const rooms = Array.from({ length: 48 }, (_, index) => `room${index}`);
  const chat = new Chat({ rooms });
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob", "text")];
  assertEquals(refusal(alice, { type: "join", room: "LOBBY", id: "7" }), ["in_room", "7"]);
  assertEquals(answers(alice, { type: "join", room: "tea" }), [
    { type: "joined", room: "tea", name: "Alice", time: TIME, seq: 0 },
  ]);
  assertEquals(bob.received(), "", "Alice is still in the lobby");
  for (const room of rooms) alice.say({ type: "join", room });
  assertEquals(refusal(alice, { type: "join", room: "Tea", id: "7" }), ["in_room", "7"]);
  assertEquals(refusal(alice, { type: "join", room: "last", id: "7" }), ["too_many_joined", "7"]);
  assertEquals([...chat.hub.rooms.all()].some(({ name }) => name === "last"), false);
  assertEquals(answers(alice, { type: "leave", room: "Lobby" }), [
    { type: "left", room: "lobby", name: "Alice", time: TIME, online: true },
  ]);
  assertEquals(bob.received(), "[12:00:00] *** Alice has left the room. ***\n");
  assertEquals(refusal(alice, { type: "leave", room: "lobby", id: "7" }), ["not_in_room", "7"]);
  assertEquals(refusal(alice, { type: "leave", id: "7" }), ["room_needed", "7"]);
  alice.say({ type: "quit" });
  chat.flush();
  assertEquals([chat.hub.members.size, chat.hub.rooms.size], [1, 49]);
});

Deno.test("handlers: a hello enters several rooms, each once, or none of them", () => {
  const chat = new Chat();
  const alice = chat.connect();
  const hello = (rooms: string[]) => ({ type: "hello", name: "Alice", rooms, id: "7" }) as const;
  assertEquals(refusal(alice, hello(["tea", "a b"])), ["room_invalid", "7"]);
  const many = Array.from({ length: 51 }, (_, index) => `room${index}`);
  assertEquals(refusal(alice, hello(many)), ["too_many_joined", "7"]);
  assertEquals([...chat.hub.rooms.all()].map(({ name }) => name), ["lobby"]);
  const [welcome] = answers(alice, hello(["tea", "lobby", "TEA"]));
  assert(welcome?.type === "welcome");
  assertEquals(welcome.rooms, [{ room: "tea", seq: 0 }, { room: "lobby", seq: 0 }]);
});

Deno.test("handlers: a full room refuses join, hello and the commands of text clients", () => {
  const chat = new Chat({ maxRoomClients: 2 });
  const [alice, bob] = [chat.join("Alice", "json", "tea"), chat.join("Bob", "text")];
  const carol = chat.join("Carol", "json", "tea");
  assertEquals(bob.received().includes("tea"), false);
  bob.say("/join tea");
  assertStringIncludes(bob.received(), "[ERROR]: The room tea is full (2 of 2).");
  const dave = chat.join("Dave");
  assertEquals(refusal(dave, { type: "join", room: "TEA", id: "7" }), ["room_full", "7"]);
  assertEquals(refusal(carol, { type: "join", room: "tea", id: "7" }), ["in_room", "7"]);
  const eve = chat.connect();
  const hello = { type: "hello" as const, name: "Eve", rooms: ["help", "tea"], id: "7" };
  assertEquals(refusal(eve, hello), ["room_full", "7"]);
  assertEquals([...chat.hub.rooms.all()].map(({ name }) => name).sort(), ["lobby", "tea"]);
  const nameless = chat.connect();
  const listen = { type: "hello" as const, listen: true, rooms: ["tea"], id: "7" };
  assertEquals(refusal(nameless, listen), ["room_full", "7"]);
  alice.say({ type: "leave", room: "tea" });
  assertEquals(answers(nameless, listen)[0]?.type, "welcome");
  assertEquals(refusal(eve, hello), ["room_full", "7"]);
});

Deno.test("handlers: a text client stays where it is if the lobby is full", () => {
  const chat = new Chat({ maxRoomClients: 1 });
  const alice = chat.join("Alice", "text");
  alice.say("/join tea");
  chat.join("Bob");
  alice.received();
  alice.say("/leave");
  assertStringIncludes(alice.received(), "The room lobby is full (1 of 1).");
  assertEquals(chat.hub.members.find("Alice")!.memberships.only?.name, "tea");
});

Deno.test("handlers: operators, resumed sessions and the owner of a name in it enter a full room", async () => {
  const store = storeWithAccounts(["Op", "secret"], ["Ann", "secret"]);
  const chat = new Chat({ maxRoomClients: 1, store, operators: ["Op"], graceMilliseconds: 0 });
  const logIn = async (name: string, room: string) => {
    const client = chat.connect();
    client.say({ type: "hello", name, password: "secret", rooms: [room] });
    await promises();
    chat.flush();
    return client.frames()[0]!.type;
  };
  const bob = chat.join("Bob", "json", "tea");
  bob.close();
  assert(chat.hub.members.find("Bob") === undefined, "its place is free");
  assertEquals(await logIn("Ann", "tea"), "welcome");
  assertEquals(await logIn("Ann", "tea"), "welcome", "the place of its other connection");
  assertEquals(await logIn("Op", "tea"), "welcome");
  const again = chat.connect();
  again.say({ type: "hello", name: "Bob", resume: { session: "token 1", rooms: { tea: 0 } } });
  assertEquals(again.frames()[0]?.type, "welcome");
  assertEquals(chat.hub.members.find("Bob")!.memberships.only?.name, "tea");
});

Deno.test("handlers: a hello pays for its rooms as much as a join of each", () => {
  const rooms = Array.from({ length: 8 }, (_, index) => `room${index}`);
  const rate = { burst: 100, perSecond: 1 };
  const paid = (enter: (client: TestClient) => void) => {
    const client = new Chat({}).connect("json", { rate });
    enter(client);
    let sent = 0;
    // Each costs one token.
    while (client.task.state !== "throttled") {
      client.say({ type: "back" });
      sent++;
    }
    return sent;
  };
  const atOnce = paid((client) => client.say({ type: "hello", name: "Ann", rooms }));
  const oneByOne = paid((client) => {
    client.say({ type: "hello", name: "Ann", rooms: [rooms[0]!] });
    for (const room of rooms.slice(1)) client.say({ type: "join", room });
  });
  assertEquals(atOnce, oneByOne);
});

Deno.test("handlers: a client without a room can only enter one", () => {
  const chat = new Chat();
  const alice = chat.connect();
  alice.say({ type: "hello", name: "Alice", rooms: [] });
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  assertEquals(welcome.rooms, []);
  for (
    const frame of [
      { type: "message", text: "x", id: "7" },
      { type: "users", id: "7" },
      { type: "history", id: "7" },
      { type: "topic", id: "7" },
    ] as const
  ) {
    assertEquals(refusal(alice, frame), ["room_needed", "7"], frame.type);
    assertEquals(refusal(alice, { ...frame, room: "tea" }), ["not_in_room", "7"], frame.type);
  }
  assertEquals(answers(alice, { type: "nick", name: "Ann" }), [
    { type: "renamed", from: "Alice", to: "Ann", time: TIME },
  ]);
  assertEquals(answers(alice, { type: "join", room: "tea" }).map(({ type }) => type), ["joined"]);
});

Deno.test("handlers: a request with an impossible name of a room gets the rule for names", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  for (
    const frame of [
      { type: "message", text: "x" },
      { type: "leave" },
      { type: "users" },
      { type: "history" },
      { type: "topic" },
      { type: "search", words: "x" },
    ] as const
  ) {
    for (const room of ["", " ", "#tea", "a b", "x".repeat(33)]) {
      const [error] = answers(alice, { ...frame, room, id: "7" });
      assert(error?.type === "error");
      assertEquals([error.code, error.ref], ["room_invalid", "7"], `${frame.type} ${room}`);
      assertMatch(error.text, /^The name of a room (needs|may) .*Choose another\.$/);
    }
  }
});

Deno.test("handlers: in several rooms, requests name theirs, in any case", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob", "json", "tea")];
  alice.say({ type: "join", room: "tea" });
  for (const each of [alice, bob]) each.frames();
  assertEquals(answers(alice, { type: "message", room: "TEA", text: "hi", id: "1" }), [
    { type: "ack", id: "1", room: "tea", seq: 1 },
  ]);
  assertEquals(bob.frames().map((frame) => "room" in frame && frame.room), ["tea"]);
  const [users] = answers(alice, { type: "users", room: "Tea" });
  assert(users?.type === "users");
  assertEquals(users.users.map(({ name }) => name), ["Bob", "Alice"]);
  const [history] = answers(alice, { type: "history", room: "tea" });
  assert(history?.type === "history");
  assertEquals(history.messages.map(({ text }) => text), ["hi"]);
  assertEquals(refusal(alice, { type: "message", text: "x", id: "7" }), ["room_needed", "7"]);
  assertEquals(refusal(alice, { type: "topic", text: "x", id: "7" }), ["room_needed", "7"]);
});

Deno.test("handlers: a new name and an absence are announced in each shared room", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (const each of [alice, bob]) each.say({ type: "join", room: "tea" });
  for (const each of [alice, bob]) each.frames();
  const roomsOf = (client: TestClient) =>
    client.frames().flatMap((frame) => "room" in frame ? [frame.room] : []);
  alice.say({ type: "nick", name: "Ann" });
  assertEquals([roomsOf(alice), roomsOf(bob)], [["lobby"], ["lobby", "tea"]]);
  alice.say({ type: "away" });
  assertEquals(roomsOf(bob), ["lobby", "tea"]);
  alice.say({ type: "quit" });
  chat.flush();
  assertEquals(roomsOf(bob), ["lobby", "tea"]);
});

Deno.test("handlers: messages around a change of rooms reach each room in order", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [
    chat.join("Alice"),
    chat.join("Bob"),
    chat.join("Carol", "json", "tea"),
  ];
  alice.say(
    { type: "message", text: "1", id: "1" },
    { type: "join", room: "tea" },
    { type: "leave", room: "lobby" },
    { type: "message", text: "2", id: "2" },
    { type: "join", room: "lobby" },
    { type: "leave", room: "tea" },
    { type: "message", text: "3", id: "3" },
  );
  const short = (frames: readonly object[]) =>
    frames.map((frame) => "text" in frame ? frame.text : "type" in frame ? frame.type : undefined);
  assertEquals(short(bob.frames()), ["1", "left", "joined", "3"]);
  assertEquals(short(carol.frames()), ["joined", "2", "left"]);
  assertEquals(
    alice.frames().map((frame) => frame.type === "ack" ? frame.seq : frame.type),
    [1, "joined", "left", 1, "joined", "left", 2],
  );
});

Deno.test("handlers: rooms lists the rooms", () => {
  const chat = new Chat({ rooms: ["help"] });
  const alice = chat.join("Alice");
  assertEquals(answers(alice, { type: "rooms" }), [{
    type: "rooms",
    total: 2,
    rooms: [{ name: "lobby", members: 1 }, { name: "help", members: 0 }],
  }]);
});

Deno.test("handlers: a topic is sent, set and removed", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  const topic = { type: "topic", room: "lobby" } as const;
  assertEquals(answers(alice, { type: "topic" }), [{ ...topic, text: "" }]);
  const tea = { ...topic, text: "Tea", by: "Bob", time: TIME };
  assertEquals(answers(bob, { type: "topic", text: " Tea\t" }), [tea]);
  assertEquals(alice.frames(), [tea]);
  assertEquals(answers(alice, { type: "topic" }), [tea]);
  assertEquals(answers(alice, { type: "topic", text: " " }), [
    { ...topic, text: "", by: "Alice", time: TIME },
  ]);
  assertEquals(answers(bob, { type: "topic" }), [{ ...topic, text: "" }]);
});

Deno.test("handlers: a topic has at most 512 bytes", () => {
  const alice = new Chat().join("Alice");
  assertEquals(answers(alice, { type: "topic", text: "é".repeat(256) }).length, 1);
  assertEquals(refusal(alice, { type: "topic", text: "é".repeat(257), id: "7" }), [
    "text_too_long",
    "7",
  ]);
});

Deno.test("handlers: with operators, only they set topics", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "topic", text: "x", id: "7" }), ["not_operator", "7"]);
  assertEquals(answers(alice, { type: "topic" })[0]?.type, "topic", "any member may ask");
  assertEquals(answers(op, { type: "topic", text: "x" })[0]?.type, "topic");
});

Deno.test("handlers: a muted member sets no topic", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  chat.moderation.mute(alice.session.member!, alice.session.member!);
  assertEquals(refusal(alice, { type: "topic", text: "x", id: "7" }), ["muted", "7"]);
});

/** A chat with messages in its lobby. */
function withHistory(count: number, text = (seq: number) => `${seq}`) {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let seq = 1; seq <= count; seq++) bob.say({ type: "message", text: text(seq) });
  const history = (question: { limit?: number; before?: number; since?: number } = {}) => {
    const [frame, ...others] = answers(alice, { type: "history", ...question });
    assert(frame?.type === "history");
    assertEquals([frame.room, others], ["lobby", []]);
    const seqs = frame.messages.map(({ seq }) => seq);
    return [seqs[0], seqs.at(-1), seqs.length, frame.more];
  };
  return { chat, alice, bob, history };
}

Deno.test("handlers: history returns the last 50 messages, or the requested number", () => {
  const { history } = withHistory(60);
  assertEquals(history(), [11, 60, 50, true]);
  assertEquals(history({ limit: 3 }), [58, 60, 3, true]);
  assertEquals(history({ limit: 60 }), [1, 60, 60, false], "at most the existing messages");
  assertEquals(history({ limit: 61 }), [1, 60, 60, false]);
});

Deno.test("handlers: history reads before a number and since one", () => {
  const { history } = withHistory(20);
  assertEquals(history({ before: 11, limit: 5 }), [6, 10, 5, true]);
  assertEquals(history({ before: 6, limit: 5 }), [1, 5, 5, false]);
  assertEquals(history({ before: 1 }), [undefined, undefined, 0, false]);
  assertEquals(history({ since: 5, limit: 5 }), [6, 10, 5, true]);
  assertEquals(history({ since: 15, limit: 5 }), [16, 20, 5, false]);
  assertEquals(history({ since: 0, limit: 3 }), [1, 3, 3, true]);
  assertEquals(history({ since: 20 }), [undefined, undefined, 0, false]);
  assertEquals(history({ since: 5, before: 8 }), [6, 7, 2, false]);
  assertEquals(history({ since: 99, before: 3 }), [undefined, undefined, 0, false]);
});

Deno.test("handlers: history returns at most 500 messages", () => {
  const { history } = withHistory(510);
  assertEquals(history({ limit: 100_000 }), [11, 510, 500, true]);
});

Deno.test("handlers: an answer of history fits into a frame, and has `more`", () => {
  const { history } = withHistory(40, () => "x".repeat(MAX_TEXT_BYTES));
  assertEquals(history(), [10, 40, 31, true]);
  assertEquals(history({ since: 0 }), [1, 31, 31, true]);
});

Deno.test("handlers: an answer of history is bounded as text, with the sender at each line", () => {
  const chat = new Chat();
  const bob = chat.join("\u{20000}".repeat(32));
  const texts = ["x\n".repeat(255) + "x", "x", "é\n".repeat(100) + "é"];
  for (let count = 0; count < 120; count++) {
    bob.say({ type: "message", text: texts[count % texts.length]! });
  }
  const carol = chat.join("Carol", "text");
  carol.received();
  carol.say("/history 500");
  const { length } = carol.received();
  assert(length > 64 * 1024 && length < 512 * 1024, `${length} bytes`);
});

Deno.test("handlers: history is that of the member's room, with own messages", () => {
  const { chat, alice } = withHistory(1);
  alice.say({ type: "message", text: "mine" });
  alice.say({ type: "join", room: "tea" });
  alice.say({ type: "message", room: "tea", text: "tea" });
  const [frame] = answers(alice, { type: "history", room: "tea" });
  assertEquals(frame, {
    type: "history",
    room: "tea",
    messages: [{ type: "message", seq: 1, room: "tea", from: "Alice", text: "tea", time: TIME }],
    more: false,
  });
  const [lobby] = answers(chat.join("Carol"), { type: "history" });
  assert(lobby?.type === "history");
  assertEquals(lobby.messages.map(({ text }) => text), ["1", "mine"]);
});

Deno.test("handlers: a text client reads the history as messages", () => {
  const { chat } = withHistory(2);
  const person = chat.join("Carol", "text");
  person.say("/history 1");
  assertEquals(
    person.received(),
    "[12:00:00] [SYSTEM]: The last message in the room lobby:\n[12:00:00] Bob: 2\n",
  );
});

Deno.test("handlers: a new room costs tokens, one in use does not", () => {
  const chat = new Chat({ rooms: ["tea"] });
  const person = chat.connect("json", { rate: { perSecond: 1, burst: 12 } });
  person.say({ type: "hello", name: "Ann" });
  person.frames();
  person.say({ type: "join", room: "tea" }, { type: "leave", room: "tea" });
  assertEquals(person.task.throttledFor, 0);
  person.say({ type: "join", room: "a" }, { type: "join", room: "b" });
  assert(person.task.throttledFor > 0);
});
