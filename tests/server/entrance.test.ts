import { assert, assertEquals } from "@std/assert";
import type { ClientFrameOf } from "../../protocol/mod.ts";
import type { Entrance, EntranceOutcome } from "../../server/entrance.ts";
import { Chat, promises, storeWithAccounts } from "./chat.ts";
import { memberOf } from "./fakes.ts";

const ADDRESS = "192.0.2.1";

type Hello = Partial<ClientFrameOf<"hello">>;

/** What somebody at the entrance is told, in short. */
function told(outcome: EntranceOutcome): string {
  if (outcome.refused !== undefined) return `${outcome.refused.code}, asks ${outcome.asks}`;
  const { welcome } = outcome;
  if (welcome.resumed !== undefined) return `resumed ${welcome.resumed.name}`;
  const { name, room, isAuthenticated, isOperator, notResumed } = welcome;
  return [name, room.name, isAuthenticated && "known", isOperator && "operator", notResumed?.code]
    .filter(Boolean).join(" ");
}

/** Tries to come in, where the answer comes at once. */
function enter({ server: { entrance } }: Chat, hello: Hello, address = ADDRESS): string {
  const outcome = entrance.enter(
    { type: "hello", name: "Alice", ...hello },
    { address },
  );
  assert(!(outcome instanceof Promise), "the answer comes at once");
  return told(outcome);
}

/** Tries to come in, where a password has to be checked. */
async function enterLater(chat: Chat, hello: Hello, address = ADDRESS): Promise<string> {
  const { entrance } = chat.server;
  return told(await enterAsync(entrance, hello, address));
}

function enterAsync(entrance: Entrance, hello: Hello, address = ADDRESS) {
  const outcome = entrance.enter(
    { type: "hello", name: "Alice", ...hello },
    { address },
  );
  assert(outcome instanceof Promise, "the answer takes a while");
  return outcome;
}

Deno.test("entrance: a free name is let in, into the lobby or where it wants to", () => {
  const chat = new Chat();
  assertEquals(enter(chat, {}), "Alice lobby");
  assertEquals(enter(chat, { name: " Ann ", room: " Tea " }), "Ann Tea");
  assertEquals(chat.hub.people.size, 0, "who registers them is the caller");
});

Deno.test("entrance: a name or room that may not be is refused", () => {
  const chat = new Chat();
  assertEquals(enter(chat, { name: "a b" }), "name_invalid, asks name");
  assertEquals(enter(chat, { name: "" }), "name_invalid, asks name");
  assertEquals(enter(chat, { room: "#tea" }), "room_invalid, asks name");
  assertEquals(enter(chat, { name: "a b", room: "tea" }), "name_invalid, asks name");
  assertEquals(chat.hub.rooms.size, 1, "no room is made for who is not let in");
});

Deno.test("entrance: a name that is taken, or looks like one, is refused", () => {
  const chat = new Chat();
  chat.join("Alice");
  assertEquals(enter(chat, { name: "ALICE" }), "name_taken, asks name");
  assertEquals(enter(chat, { name: "\u0430lice" }), "name_looks_like, asks name");
  assertEquals(enter(chat, { name: "A1ice" }), "name_looks_like, asks name");
  assertEquals(enter(chat, { name: "Alicia" }), "Alicia lobby");
});

Deno.test("entrance: the sentence about a look-alike names whom it looks like", () => {
  const chat = new Chat();
  chat.join("Alice");
  const outcome = chat.server.entrance.enter(
    { type: "hello", name: "\u0430lice" },
    { address: ADDRESS },
  );
  assert(!(outcome instanceof Promise) && outcome.refused !== undefined);
  assertEquals(
    outcome.refused.text,
    'The name "\u0430lice" looks like "Alice", which is online. Choose another.',
  );
});

Deno.test("entrance: the banned are refused before anything else, and the connection ends", () => {
  const chat = new Chat({ serverPassword: "open" });
  chat.join("Carol");
  const op = memberOf("Op");
  chat.moderation.ban(op, "Alice");
  chat.moderation.ban(op, "198.51.100.7", "1m");
  assertEquals(enter(chat, { name: "ALICE" }), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Bob" }, "198.51.100.7"), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Bob", serverPassword: "open" }), "Bob lobby");
  chat.clock.advance(60_000);
  const bob = { name: "Bob", serverPassword: "open" };
  assertEquals(enter(chat, bob, "198.51.100.7"), "Bob lobby");
});

Deno.test("entrance: a ban on a name holds for a session that is resumed, too", () => {
  const chat = new Chat();
  const bob = chat.connect();
  bob.say({ type: "hello", name: "Bob" });
  const [welcome] = bob.frames();
  assert(welcome?.type === "welcome");
  bob.endInput();
  chat.advance(10_000);
  chat.moderation.ban(memberOf("Op"), "Bob");
  const resume = { session: welcome.session, seq: 0 };
  assertEquals(enter(chat, { name: "Bob", resume }), "banned, asks nothing");
  assertEquals(enter(chat, { name: "Rob", resume }), "banned, asks nothing");
});

Deno.test("entrance: the server's password is asked for before names mean anything", () => {
  const chat = new Chat({ serverPassword: "open" });
  chat.join("Alice");
  assertEquals(chat.server.entrance.hasServerPassword, true);
  for (const name of ["Alice", "Ann", "a b"]) {
    assertEquals(enter(chat, { name }), "server_password_wrong, asks server password");
  }
  assertEquals(enter(chat, { name: "Ann", serverPassword: "open" }), "Ann lobby");
  assertEquals(enter(chat, { name: "a b", serverPassword: "open" }), "name_invalid, asks name");
});

Deno.test("entrance: a wrong server password is told as such; its normal form counts", () => {
  for (const wrong of ["", "Open", "open ", "opeen", "x".repeat(10_000)]) {
    const chat = new Chat({ serverPassword: "open" });
    assertEquals(
      enter(chat, { serverPassword: wrong }),
      "server_password_wrong, asks server password",
    );
  }
  const chat = new Chat({ serverPassword: "caf\u00e9" });
  assertEquals(enter(chat, { serverPassword: "cafe\u0301" }), "Alice lobby");
  assertEquals(new Chat().server.entrance.hasServerPassword, false);
});

Deno.test("entrance: after three wrong server passwords an address waits, longer each time", async () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 3; count++) enter(chat, { serverPassword: "x" });
  assertEquals(enter(chat, { serverPassword: "open" }, "198.51.100.7"), "Alice lobby");
  const wrong = enterLater(chat, { serverPassword: "x" });
  await promises();
  assertEquals(chat.delays.map(({ milliseconds }) => milliseconds), [1000]);
  chat.clock.advance(1000);
  chat.delays[0]!.end();
  assertEquals(await wrong, "server_password_wrong, asks server password");
  const right = enterLater(chat, { serverPassword: "open" });
  await promises();
  assertEquals(chat.delays.map(({ milliseconds }) => milliseconds), [1000, 2000]);
  chat.delays[1]!.end();
  assertEquals(await right, "Alice lobby");
});

Deno.test("entrance: who gives no server password is not slowed down by it", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 10; count++) enter(chat, {});
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
});

Deno.test("entrance: a protected name needs its password, however it is written", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(chat.server.entrance.isProtected(" ALICE"), true);
  assertEquals(chat.server.entrance.isProtected("Bob"), false);
  for (const name of ["Alice", "alice", "\uff21lice"]) {
    assertEquals(enter(chat, { name }), "password_needed, asks password");
  }
  assertEquals(await enterLater(chat, { password: "wrong" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  assertEquals(await enterLater(chat, { name: "ALICE", password: "secret" }), "ALICE lobby known");
  assertEquals(enter(chat, { name: "Bob", password: "needless" }), "Bob lobby");
});

Deno.test("entrance: an operator is whoever has the password of the name", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["op", "Eve"] });
  assertEquals(
    await enterLater(chat, { name: "OP", password: "secret" }),
    "OP lobby known operator",
  );
  assertEquals(enter(chat, { name: "Eve" }), "Eve lobby", "a name alone makes nobody an operator");
});

Deno.test("entrance: after three wrong passwords the next check waits, whatever the name", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"], ["Bob", "hidden"]) });
  for (let count = 0; count < 3; count++) await enterLater(chat, { password: "x" });
  assertEquals(chat.delays, []);
  const bob = enterLater(chat, { name: "Bob", password: "hidden" });
  await promises();
  assertEquals(chat.delays.map(({ milliseconds }) => milliseconds), [1000]);
  assertEquals(chat.checked.length, 3, "nothing is checked before");
  assertEquals(
    await enterLater(chat, { name: "Bob", password: "hidden" }, "198.51.100.7"),
    "Bob lobby known",
    "others do not wait",
  );
  chat.delays[0]!.end();
  assertEquals(await bob, "Bob lobby known");
});

Deno.test("entrance: when too many passwords are being checked nobody is let in for that", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  chat.isBusy = true;
  for (let count = 0; count < 5; count++) {
    assertEquals(await enterLater(chat, { password: "secret" }), "too_busy, asks password");
  }
  chat.isBusy = false;
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  assertEquals(chat.delays, [], "that was nobody's fault");
});

Deno.test("entrance: a name that is taken costs no check of a password", () => {
  const chat = new Chat({ store: storeWithAccounts() });
  chat.join("Alice");
  const account = { key: "alice", name: "Alice", passwordHash: "hash of secret", createdAt: 0 };
  chat.store.accounts!.save(account);
  assertEquals(enter(chat, { password: "secret" }), "name_taken, asks name");
  assertEquals(chat.checked, []);
});

Deno.test("entrance: a name may be taken while its password is checked", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const first = enterLater(chat, { password: "secret" });
  const { value: room } = chat.hub.rooms.open("lobby");
  chat.hub.reserve(
    { name: "Alice", session: 0, address: "", isAuthenticated: true, isOperator: false },
    room!,
    true,
  ).subscriber = chat.join("Bob").subscriber;
  assertEquals(await first, "name_taken, asks name");
});

Deno.test("entrance: the name of a broken connection is free, and so is what looks like it", () => {
  for (const name of ["ALICE", "A1ice"]) {
    const chat = new Chat();
    chat.join("Alice").endInput();
    assertEquals(chat.hub.people.size, 1);
    assertEquals(enter(chat, { name }), `${name} lobby`);
    assertEquals(chat.hub.people.size, 0, "the others are told that Alice has left");
  }
});

Deno.test("entrance: a protected name of a broken connection is given up for its owner", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const alice = await chat.joinWithPassword("Alice", "secret");
  alice.endInput();
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("entrance: who does not know the password cannot drive out a broken connection", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const bob = chat.join("Bob");
  const alice = await chat.joinWithPassword("Alice", "secret");
  alice.endInput();
  bob.frames();
  assertEquals(enter(chat, {}, "198.51.100.7"), "password_needed, asks password");
  assertEquals(
    await enterLater(chat, { password: "x" }, "198.51.100.7"),
    "wrong_password, asks password",
  );
  assertEquals(enter(chat, { name: "Carol", room: "#tea" }), "room_invalid, asks name");
  chat.flush();
  assertEquals(bob.frames(), [], "nobody is told that Alice has left");
});

Deno.test("entrance: a session that cannot be resumed is a new one, with the reason", () => {
  const resume = { session: "unknown", seq: 0 };
  assertEquals(enter(new Chat(), { resume }), "Alice lobby cannot_resume");
  assertEquals(enter(new Chat(), { resume, name: "a b" }), "name_invalid, asks name");
});

Deno.test("entrance: a resumed session needs no password of its name, but the server's", async () => {
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
  const resume = { session: welcome.session, seq: 0 };
  assertEquals(enter(chat, { resume }), "server_password_wrong, asks server password");
  assertEquals(enter(chat, { resume, serverPassword: "open" }), "resumed Alice");
});

Deno.test("entrance: of two who give the right password at the same time one is let in", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const both = [chat.connect(), chat.connect()];
  for (const each of both) each.say({ type: "hello", name: "Alice", password: "secret" });
  await chat.settle();
  assertEquals(chat.hub.people.size, 1);
  assertEquals([...chat.hub.rooms.open("lobby").value!.members].map(({ name }) => name), ["Alice"]);
  assertEquals(
    both.map((each) => each.frames().map((frame) => "code" in frame ? frame.code : frame.type)),
    [["welcome"], ["name_taken"]],
  );
});

Deno.test("entrance: nobody keeps the owner of a name out by one that looks like it", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const double = chat.join("A1ice");
  assertEquals(enter(chat, {}), "password_needed, asks password");
  assertEquals(await enterLater(chat, { password: "wrong" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  const alice = await chat.joinWithPassword("Alice", "secret");
  assertEquals(alice.session.member?.name, "Alice");
  double.say({ type: "quit" });
  assertEquals(chat.hub.people.findLookAlikes("A1ice")[0]?.name, "Alice");
  assertEquals(enter(chat, { name: "\u0410lice" }), "name_looks_like, asks name");
});
