import { assert, assertEquals } from "@std/assert";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { Chat, storeWithAccounts } from "../chat.ts";
import { attempt, enter } from "./entering.ts";
import { memberOf } from "../fakes.ts";

Deno.test("authenticator: accepts a free name, into the lobby or the given room", () => {
  const chat = new Chat();
  assertEquals(enter(chat, {}), "Alice lobby");
  assertEquals(enter(chat, { name: " Ann ", rooms: [" Tea "] }), "Ann Tea");
  assertEquals(chat.hub.members.size, 0, "the caller registers the member");
});

Deno.test("authenticator: refuses an invalid name or room", () => {
  const chat = new Chat();
  assertEquals(enter(chat, { name: "a b" }), "name_invalid, asks name");
  assertEquals(enter(chat, { name: "" }), "name_invalid, asks name");
  assertEquals(enter(chat, { rooms: ["#tea"] }), "room_invalid, asks name");
  assertEquals(enter(chat, { name: "a b", rooms: ["tea"] }), "name_invalid, asks name");
  assertEquals(chat.hub.rooms.size, 1, "no room is created for a refused client");
});

Deno.test("authenticator: refuses a taken name and its look-alikes", () => {
  const chat = new Chat();
  chat.join("Alice");
  assertEquals(enter(chat, { name: "ALICE" }), "name_taken, asks name");
  assertEquals(enter(chat, { name: "\u0430lice" }), "name_looks_like, asks name");
  assertEquals(enter(chat, { name: "A1ice" }), "name_looks_like, asks name");
  assertEquals(enter(chat, { name: "Alicia" }), "Alicia lobby");
});

Deno.test("authenticator: the error of a look-alike contains the other name", () => {
  const chat = new Chat();
  chat.join("Alice");
  const outcome = attempt(chat, { name: "\u0430lice" });
  assert(!(outcome instanceof Promise) && outcome.refused !== undefined);
  assertEquals(
    outcome.refused.text,
    'The name "\u0430lice" looks like "Alice", who is online. Choose another.',
  );
});

Deno.test("authenticator: refuses banned clients first, and ends the connection", () => {
  const chat = new Chat({ serverPassword: "open" });
  chat.join("Carol");
  const op = memberOf("Op");
  chat.moderation.ban(op, "Alice");
  chat.moderation.ban(op, "198.51.100.7", { duration: "1m" });
  assertEquals(enter(chat, { name: "ALICE" }), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Bob" }, "198.51.100.7"), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Bob", serverPassword: "open" }), "Bob lobby");
  chat.clock.advance(60_000);
  const bob = { name: "Bob", serverPassword: "open" };
  assertEquals(enter(chat, bob, "198.51.100.7"), "Bob lobby");
});

Deno.test("authenticator: a ban on a name applies to resumed sessions, too", () => {
  const chat = new Chat();
  const bob = chat.connect();
  bob.say({ type: "hello", name: "Bob" });
  const [welcome] = bob.frames();
  assert(welcome?.type === "welcome");
  bob.endInput();
  chat.advance(10_000);
  chat.moderation.ban(memberOf("Op"), "Bob");
  const resume = { session: welcome.session, rooms: { lobby: 0 } };
  assertEquals(enter(chat, { name: "Bob", resume }), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Rob", resume }), "banned, asks nothing");
});

Deno.test("authenticator: a session that cannot be resumed is a new one, with the reason", () => {
  const resume = { session: "unknown", rooms: { lobby: 0 } };
  assertEquals(enter(new Chat(), { resume }), "Alice lobby cannot_resume");
  assertEquals(enter(new Chat(), { resume, name: "a b" }), "name_invalid, asks name");
});

Deno.test("authenticator: a session is resumed without passwords, but not with a wrong server password", async () => {
  const chat = new Chat({
    store: storeWithAccounts(["Alice", "secret"]),
    serverPassword: "open",
  });
  const alice = chat.connect();
  alice.say({ type: "hello", name: "Alice", password: "secret", serverPassword: "open" });
  await chat.settle();
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  alice.endInput();
  const resume = { session: welcome.session, rooms: { lobby: 0 } };
  for (
    const hello of [{ resume, serverPassword: "x" }, {
      resume: { session: "unknown", rooms: { lobby: 0 } },
    }]
  ) {
    assertEquals(enter(chat, hello), "server_password_wrong, asks server password");
  }
  assertEquals(enter(chat, { resume }), "resumed Alice");
});

Deno.test("authenticator: after a restart a session needs the current server password, once", () => {
  const store = createMemoryStore();
  const before = new Chat({ store, serverPassword: "old" });
  const alice = before.connect();
  alice.say({ type: "hello", name: "Alice", serverPassword: "old" });
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  alice.endInput();

  const chat = new Chat({ store, serverPassword: "new" });
  const resume = { session: welcome.session, rooms: { lobby: 0 } };
  assertEquals(enter(chat, { resume }), "server_password_wrong, asks server password");
  assertEquals(enter(chat, { resume, serverPassword: "new" }), "resumed Alice");
  assertEquals(enter(chat, { resume }), "resumed Alice");
});

Deno.test("authenticator: refuses a look-alike of a registered name that is offline", () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret 123"]) });
  for (const name of ["A1ice", "\u0430lice", "ALlCE", "\u13aalice"]) {
    assertEquals(enter(chat, { name }), "name_looks_like, asks name", name);
  }
  assertEquals(enter(chat, { name: "Server" }), "name_reserved, asks name");
});
