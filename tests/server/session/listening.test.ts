import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { Chat, type TestClient } from "../chat.ts";

/** The types of frames. */
const types = (frames: readonly ServerFrame[]) => frames.map(({ type }) => type);

/** A chat with Alice, Nick and a client that listens, with a name or without. */
function chatWith(name: string | undefined) {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const nc = chat.join("Nick", "text");
  const listener = chat.connect("json");
  listener.say({ type: "hello", listen: true, ...(name === undefined ? undefined : { name }) });
  return { chat, alice, nc, listener };
}

/** The list of users for a text client. */
function shown(person: TestClient): ServerFrame | undefined {
  person.frames();
  person.say({ type: "users" });
  return person.frames().find(({ type }) => type === "users");
}

for (const name of [undefined, "cron"]) {
  const who = name === undefined ? "without a name" : "with a name";

  Deno.test(`listening ${who}: others get no frames, whatever the listener does`, () => {
    const { chat, alice, nc, listener } = chatWith(name);
    const [welcome] = listener.frames();
    assert(welcome?.type === "welcome");
    assertEquals([welcome.name, welcome.rooms[0]!.room], [name ?? "", "lobby"]);
    listener.say({ type: "join", room: "tea" });
    assertEquals(types(listener.frames()), ["joined"]);
    listener.say({ type: "leave", room: "tea" });
    if (name !== undefined) listener.say({ type: "nick", name: "job" }, { type: "away" });
    listener.say({ type: "quit" });
    chat.flush();
    assertEquals(listener.frames().at(-1)?.type, "bye");
    assertEquals([alice.frames(), nc.received()], [[], ""]);
    assertEquals(chat.server.hub.members.size, 2);
  });

  Deno.test(`listening ${who}: receives messages, history and lists`, () => {
    const { alice, listener } = chatWith(name);
    listener.frames();
    alice.say({ type: "message", text: "hello" });
    assertEquals(types(listener.frames()), ["message"]);
    listener.say({ type: "history" }, { type: "rooms" }, { type: "users" }, { type: "ping", t: 1 });
    assertEquals(types(listener.frames()), ["history", "rooms", "users", "pong"]);
  });

  Deno.test(`listening ${who}: others get no frames about a resumed connection, also after the grace`, () => {
    for (const milliseconds of [1000, 60_000]) {
      const { chat, alice, nc, listener } = chatWith(name);
      const [welcome] = listener.frames();
      assert(welcome?.type === "welcome");
      listener.endInput();
      chat.advance(milliseconds);
      alice.say({ type: "message", text: "meanwhile" });
      nc.received();
      const back = chat.connect("json");
      const { session } = welcome;
      back.say({
        type: "hello",
        listen: true,
        ...(name === undefined ? undefined : { name }),
        resume: { session, rooms: { lobby: 0 } },
      });
      while (back.runSlices());
      const frames = back.frames();
      assertEquals(types(frames), ["welcome", "message"]);
      assert(frames[0]?.type === "welcome" && frames[0].resumed === true);
      chat.flush();
      assertEquals([alice.frames(), nc.received()], [[], ""]);
    }
  });

  Deno.test(`listening ${who}: an empty room with a listener stays, and is not listed`, () => {
    const { chat, alice, listener } = chatWith(name);
    listener.say({ type: "join", room: "tea" }, { type: "leave", room: "lobby" });
    alice.say({ type: "rooms" });
    const rooms = alice.frames().find(({ type }) => type === "rooms");
    assert(rooms?.type === "rooms");
    assertEquals(rooms.rooms, [{ name: "lobby", members: 2 }]);
    const tea = { room: "tea" };
    alice.say({ type: "join", ...tea }, { type: "message", ...tea, text: "x" });
    alice.say({ type: "leave", ...tea });
    assertEquals(
      listener.frames().flatMap((frame) => frame.type === "message" ? [frame.seq] : []),
      [1],
    );
    listener.say({ type: "quit" });
    assertEquals([...chat.server.hub.rooms.all()].map((room) => room.name), ["lobby"]);
  });

  Deno.test(`listening ${who}: the listener of a deleted room is in the lobby`, () => {
    const { chat, listener } = chatWith(name);
    listener.say({ type: "join", room: "tea" }, { type: "leave", room: "lobby" });
    listener.frames();
    const { rooms } = chat.server.hub;
    chat.server.hub.deleteRoom(rooms.open("tea").value!, rooms.open("lobby").value!, "Gone");
    chat.flush();
    assertEquals(types(listener.frames()), ["notice", "left", "joined"]);
  });
}

Deno.test("listening: the list of users marks listeners, and has none without a name", () => {
  const users = [{ name: "Alice" }, { name: "Nick" }];
  const { alice: first } = chatWith(undefined);
  assertEquals(shown(first), { type: "users", room: "lobby", total: 2, users });
  const { alice, nc } = chatWith("cron");
  assertEquals(shown(alice), {
    ...{ type: "users", room: "lobby", total: 3 },
    users: [...users, { name: "cron", listening: true }],
  });
  nc.say("/users");
  assertEquals(
    nc.received(),
    "[12:00:00] [SYSTEM]: Online users (3): Alice, Nick, cron (listening)\n",
  );
});

Deno.test("listening without a name: operators get their number", () => {
  const { chat, alice } = chatWith(undefined);
  const operator = chat.join("Op");
  operator.session.member!.isOperator = true;
  const counts = [operator, alice].map((person) => {
    const list = shown(person);
    return list?.type === "users" && list.nameless;
  });
  assertEquals(counts, [1, undefined]);
});

Deno.test("listening with a name: the name is taken, and the client can send messages and whispers", () => {
  const { chat, alice, nc, listener } = chatWith("cron");
  const other = chat.connect("json");
  other.say({ type: "hello", name: "CRON" });
  assertEquals(other.frames().map((frame) => "code" in frame && frame.code), ["name_taken"]);
  listener.say({ type: "message", text: "done" }, { type: "whisper", to: "Alice", text: "psst" });
  assertEquals(types(alice.frames()), ["message", "whisper"]);
  assertEquals(nc.received(), "[12:00:00] cron: done\n");
});

Deno.test("listening without a name: frames that need one are refused", () => {
  const { alice, listener } = chatWith(undefined);
  const frames = [
    { type: "message", text: "x" },
    { type: "whisper", to: "Alice", text: "x" },
    { type: "nick", name: "Bob" },
    { type: "topic", text: "x" },
    { type: "away" },
    { type: "ignore", name: "Alice" },
    { type: "offer", to: "Alice", name: "x", size: 1 },
    { type: "register", password: "long enough" },
    { type: "kick", name: "Alice" },
  ];
  listener.frames();
  listener.say(...frames);
  const codes = listener.frames().map((frame) => frame.type === "error" && frame.code);
  assertEquals(codes, frames.map(() => "nameless"));
  assertEquals(alice.frames(), []);
});

Deno.test("listening: without listen a name is required", () => {
  const chat = new Chat();
  for (const hello of [{}, { listen: false }]) {
    const unnamed = chat.connect("json");
    unnamed.say({ type: "hello", ...hello });
    const [error] = unnamed.frames();
    assert(error?.type === "error");
    assertEquals(error.text, "Invalid request: `name` is missing.");
  }
});

Deno.test("listening without a name: a ban of their address ends several clients at once", () => {
  const { chat, listener } = chatWith(undefined);
  const others = [1, 2].map(() => {
    const other = chat.connect("json", { ip: "198.51.100.7" });
    other.say({ type: "hello", listen: true });
    other.frames();
    return other;
  });
  listener.frames();
  const operator = chat.join("Op");
  operator.session.member!.isOperator = true;
  operator.say({ type: "ban", target: "198.51.100.7" });
  chat.flush();
  assertEquals(others.map((other) => types(other.frames())), [["bye"], ["bye"]]);
  assertEquals(types(listener.frames()), []);
  const late = chat.connect("json", { ip: "198.51.100.7" });
  late.say({ type: "hello", listen: true });
  assertEquals(late.frames().map((frame) => "code" in frame && frame.code), ["banned"]);
});
