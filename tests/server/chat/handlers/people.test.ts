import { assert, assertEquals } from "@std/assert";
import { answers, Chat, refusal } from "../../chat.ts";

Deno.test("handlers: away is sent to the room and to senders of whispers, until back", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  const away = { type: "away", room: "lobby", name: "Alice" } as const;
  assertEquals(answers(alice, { type: "away", text: "tea" }), [
    { ...away, text: "tea" },
    { type: "notice", text: "You are away. Users who whisper to you get a notice." },
  ]);
  assertEquals(bob.frames().at(-1), { ...away, text: "tea" });
  assertEquals(answers(bob, { type: "whisper", to: "Alice", text: "x", id: "7" }), [
    { type: "ack", id: "7", to: "Alice" },
    { type: "notice", text: "Alice is away: tea" },
  ]);
  assertEquals(answers(bob, { type: "users" })[0], {
    type: "users",
    room: "lobby",
    total: 2,
    users: [{ name: "Alice", away: "tea" }, { name: "Bob" }],
  });
  alice.say({ type: "away" });
  bob.frames();
  assertEquals(answers(bob, { type: "whisper", to: "Alice", text: "x" }), [
    { type: "notice", text: "Alice is away" },
  ]);
  assertEquals(answers(alice, { type: "back" }), [away, { type: "notice", text: "You are back." }]);
  assertEquals(bob.frames(), [away]);
  assertEquals(answers(bob, { type: "whisper", to: "Alice", text: "x" }), []);
});

Deno.test("handlers: the text of away has at most 256 bytes", () => {
  const alice = new Chat().join("Alice");
  assertEquals(answers(alice, { type: "away", text: "é".repeat(128) }).length, 2);
  assertEquals(refusal(alice, { type: "away", text: "é".repeat(129), id: "7" }), [
    "text_too_long",
    "7",
  ]);
  assertEquals(alice.session.member?.away, "é".repeat(128));
});

Deno.test("handlers: ignore hides a user, unignore reverts it", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  assertEquals(answers(alice, { type: "ignore", name: "bob" }), [{
    type: "notice",
    text: "You ignore Bob now. /unignore Bob takes it back.",
  }]);
  bob.say({ type: "message", text: "noise" });
  assertEquals(alice.frames(), []);
  assertEquals(refusal(bob, { type: "whisper", to: "Alice", text: "x", id: "7" }), [
    "ignored",
    "7",
  ]);
  assertEquals(answers(alice, { type: "history" })[0], {
    type: "history",
    room: "lobby",
    messages: [],
    more: false,
  });
  assertEquals(answers(alice, { type: "unignore", name: "BOB" }), [
    { type: "notice", text: "You no longer ignore BOB." },
  ]);
  bob.say({ type: "message", text: "hi" });
  assertEquals(alice.frames().length, 1);
});

Deno.test("handlers: ignore refuses oneself and unknown users", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "ignore", name: "alice", id: "7" }), ["not_oneself", "7"]);
  assertEquals(refusal(alice, { type: "ignore", name: "Bob", id: "7" }), ["no_such_user", "7"]);
  assertEquals(refusal(alice, { type: "unignore", name: "Bob", id: "7" }), ["no_such_user", "7"]);
  const bob = chat.join("Bob");
  assertEquals(refusal(alice, { type: "unignore", name: "bob", id: "7" }), ["not_ignored", "7"]);
  alice.say({ type: "ignore", name: "Bob" });
  bob.say({ type: "quit" });
  assertEquals(answers(alice, { type: "unignore", name: "Bob" }).length, 1, "though he has left");
});

Deno.test("handlers: nick refuses a look-alike name", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  assertEquals(refusal(bob, { type: "nick", name: "\u0410lice", id: "7" }), [
    "name_looks_like",
    "7",
  ]);
  assertEquals(alice.session.member?.name, "Alice");
});

Deno.test("handlers: messages of ignored users take no place in the history", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  for (let number = 1; number <= 4; number++) carol.say({ type: "message", text: `c${number}` });
  for (let number = 0; number < 30; number++) bob.say({ type: "message", text: "noise" });
  carol.say({ type: "message", text: "c5" });
  alice.say({ type: "ignore", name: "Bob" });
  alice.frames();
  const pageOf = (frame: { limit?: number; since?: number; before?: number }) => {
    const [history] = answers(alice, { type: "history", ...frame });
    assert(history?.type === "history");
    return [history.messages.map(({ text }) => text).join(" "), history.more];
  };
  assertEquals(pageOf({ limit: 3 }), ["c3 c4 c5", true]);
  assertEquals(pageOf({ limit: 3, before: 3 }), ["c1 c2", false]);
  assertEquals(pageOf({ limit: 2, since: 3 }), ["c4 c5", false]);
  assertEquals(pageOf({ limit: 1, since: 3 }), ["c4", true]);
  assertEquals(pageOf({}), ["c1 c2 c3 c4 c5", false]);
});

Deno.test("handlers: at most 256 users are ignored, and the same ones again", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  // An ignored user who leaves and joins under another name counts again.
  for (let number = 0; number < 256; number++) {
    const other = chat.join(`x${number}`);
    assertEquals(answers(alice, { type: "ignore", name: `x${number}` })[0]?.type, "notice");
    if (number > 0) other.say({ type: "quit" });
  }
  assertEquals(refusal(alice, { type: "ignore", name: "Bob", id: "7" }), ["too_many_ignored", "7"]);
  assertEquals(answers(alice, { type: "ignore", name: "x0" })[0]?.type, "notice");
  assertEquals(answers(alice, { type: "unignore", name: "x9" })[0]?.type, "notice");
  assertEquals(answers(alice, { type: "ignore", name: "Bob" })[0]?.type, "notice");
  bob.say({ type: "quit" });
});
