import { assert, assertEquals } from "@std/assert";
import type { ClientFrameOf } from "../../protocol/mod.ts";
import type { Entrance, EntranceOutcome } from "../../server/entrance.ts";
import { createMemoryStore } from "../../server/storage/mod.ts";
import { accountOf, Chat, promises, storeWithAccounts } from "./chat.ts";
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
    'The name "\u0430lice" looks like "Alice", who is online. Choose another.',
  );
});

Deno.test("entrance: the banned are refused before anything else, and the connection ends", () => {
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

Deno.test("entrance: after three wrong server passwords an address is refused at once, with the seconds", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 3; count++) enter(chat, { serverPassword: "x" });
  for (const serverPassword of ["x", "open"]) {
    assertEquals(enter(chat, { serverPassword }), "too_many_attempts, asks server password");
  }
  assertEquals(enter(chat, { serverPassword: "open" }, "198.51.100.7"), "Alice lobby");
  const outcome = chat.server.entrance.enter(
    { type: "hello", name: "Alice", serverPassword: "open" },
    { address: ADDRESS },
  );
  assert(!(outcome instanceof Promise) && outcome.refused !== undefined);
  assertEquals(outcome.refused.seconds, 60);
  assertEquals(outcome.refused.text, "Too many wrong passwords. Try again in 60 seconds.");
  chat.clock.advance(60_000);
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
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

Deno.test("entrance: after three wrong passwords nothing is checked for a while, from there", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"], ["Bob", "hidden"]) });
  for (let count = 0; count < 3; count++) await enterLater(chat, { password: "x" });
  assertEquals(enter(chat, { password: "secret" }), "too_many_attempts, asks password");
  assertEquals(chat.checked.length, 3, "nothing more is checked");
  const bob = { name: "Bob", password: "hidden" };
  assertEquals(await enterLater(chat, bob), "Bob lobby known", "another account");
  assertEquals(
    await enterLater(chat, { password: "secret" }, "198.51.100.7"),
    "Alice lobby known",
    "another address",
  );
  chat.clock.advance(60_000);
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("entrance: guesses in parallel are no more than guesses one after the other", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const outcomes = Array.from({ length: 100 }, (_, number) =>
    chat.server.entrance.enter(
      { type: "hello", name: "Alice", password: `guess ${number}` },
      { address: ADDRESS },
    ));
  assertEquals(chat.checked.length, 3);
  assertEquals(outcomes.filter((outcome) => outcome instanceof Promise).length, 3);
  await Promise.all(outcomes);
  assertEquals(chat.checked.length, 3);
});

Deno.test("entrance: the owner comes in from where they have been, while strangers guess", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  for (let stranger = 0; stranger < 50; stranger++) {
    const guess = { type: "hello", name: "Alice", password: "x" } as const;
    void chat.server.entrance.enter(guess, { address: `198.51.100.${stranger}` });
  }
  await promises();
  assertEquals(
    enter(chat, { password: "secret" }, "198.51.100.99").split(",")[0],
    "too_many_attempts",
  );
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("entrance: wrong passwords and operators are audited, refusals as one line per address", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]), serverPassword: "open" });
  enter(chat, { serverPassword: "x", name: "a=b" });
  const guess = { password: "x", serverPassword: "open" };
  for (let count = 0; count < 3; count++) await enterLater(chat, guess);
  for (let count = 0; count < 5; count++) enter(chat, guess);
  chat.loginRefusals.report();
  chat.loginRefusals.report();
  assertEquals(
    chat.log.entries.map(({ level, event, fields }) => [level, event, fields]),
    [
      ["audit", "wrong server password", { address: ADDRESS }],
      ...new Array(3).fill(["audit", "wrong password", { address: ADDRESS, name: "Alice" }]),
      ["audit", "login refused", {
        ...{ address: ADDRESS, reason: "too_many_attempts", count: 5, name: "Alice" },
      }],
    ],
  );
});

Deno.test("entrance: an account that is removed or changed while its password is checked is not logged in", async () => {
  for (const change of ["remove", "password"] as const) {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
    const outcome = enterLater(chat, { password: "secret" });
    chat.store.accounts!.remove("alice");
    if (change === "password") chat.store.accounts!.save(accountOf("Alice", "another"));
    assertEquals(await outcome, "wrong_password, asks password");
  }
});

Deno.test("entrance: when too many passwords are being checked nobody is let in for that", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  chat.isBusy = true;
  for (let count = 0; count < 5; count++) {
    assertEquals(await enterLater(chat, { password: "secret" }), "too_busy, asks password");
  }
  chat.isBusy = false;
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("entrance: the right password takes the name back from whoever has it", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const ghost = chat.join("Alice");
  const bob = chat.join("Bob");
  chat.store.accounts!.save(accountOf("Alice", "secret"));
  assertEquals(enter(chat, {}), "password_needed, asks password");
  const wrong = chat.connect();
  wrong.say({ type: "hello", name: "Alice", password: "x" });
  await chat.settle();
  assertEquals(ghost.session.isEnded, false);
  const owner = chat.connect();
  owner.say({ type: "hello", name: "ALICE", password: "secret" });
  await chat.settle();
  assertEquals(owner.session.member?.name, "ALICE");
  assertEquals(owner.session.member?.isAuthenticated, true);
  assertEquals(ghost.frames().at(-1), {
    type: "bye",
    reason: "replaced",
    text: "The owner of the name Alice has logged in. Choose another name.",
  });
  assertEquals(ghost.session.isEnded, true);
  assertEquals(bob.frames().map(({ type }) => type), ["left", "joined"]);
  assertEquals(chat.hub.people.size, 2);
});

for (const kind of ["json", "text"] as const) {
  Deno.test(`entrance: the owner of a name is in the room that its ${kind} ghost was alone in`, async () => {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "12345678"]) });
    const hello = { type: "hello", name: "Alice", password: "12345678", room: "den" };
    const ghost = chat.connect(kind);
    ghost.say(...(kind === "json" ? [hello] : ["Alice", "12345678", "/join den"]));
    await chat.settle();
    assertEquals(chat.hub.people.find("Alice")?.room.name, "den");
    const owner = chat.connect();
    owner.say(hello);
    await chat.settle();
    const bob = chat.join("Bob", "json", "den");
    owner.frames();
    bob.say({ type: "message", text: "hi" });
    assertEquals(owner.frames().map(({ type }) => type), ["message"]);
    const den = chat.hub.people.find("Alice")!.room;
    assertEquals([...chat.hub.rooms.all()].filter(({ key }) => key === "den"), [den]);
  });
}

Deno.test("entrance: a ghost that was driven out cannot resume, nor can the owner's first connection", async () => {
  for (const isOwner of [false, true]) {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
    if (!isOwner) chat.store.accounts!.remove("alice");
    const first = chat.connect();
    first.say({ type: "hello", name: "Alice", password: "secret" });
    await chat.settle();
    const [welcome] = first.frames();
    assert(welcome?.type === "welcome");
    if (!isOwner) chat.store.accounts!.save(accountOf("Alice", "secret"));
    const second = await chat.joinWithPassword("Alice", "secret");
    assertEquals(second.session.member?.isAuthenticated, true);
    assertEquals(first.session.isEnded, true);
    second.say({ type: "quit" });
    const resume = { session: welcome.session, seq: 0 };
    assertEquals(enter(chat, { name: "Alicia", resume }), "Alicia lobby cannot_resume");
  }
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

Deno.test("entrance: a resumed session needs neither its password nor the server's, and not a wrong one", async () => {
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
  for (
    const hello of [{ resume, serverPassword: "x" }, { resume: { session: "unknown", seq: 0 } }]
  ) {
    assertEquals(enter(chat, hello), "server_password_wrong, asks server password");
  }
  assertEquals(enter(chat, { resume }), "resumed Alice");
});

Deno.test("entrance: a session of before a restart needs the server's password of today, once", () => {
  const store = createMemoryStore();
  const before = new Chat({ store, serverPassword: "old" });
  const alice = before.connect();
  alice.say({ type: "hello", name: "Alice", serverPassword: "old" });
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  alice.endInput();

  const chat = new Chat({ store, serverPassword: "new" });
  chat.resumption.restore();
  const resume = { session: welcome.session, seq: 0 };
  assertEquals(enter(chat, { resume }), "server_password_wrong, asks server password");
  assertEquals(enter(chat, { resume, serverPassword: "new" }), "resumed Alice");
  assertEquals(enter(chat, { resume }), "resumed Alice");
});

Deno.test("entrance: of two who give the right password at the same time the later one stays", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const both = [chat.connect(), chat.connect()];
  for (const each of both) each.say({ type: "hello", name: "Alice", password: "secret" });
  await chat.settle();
  assertEquals(chat.hub.people.size, 1);
  assertEquals([...chat.hub.rooms.open("lobby").value!.members].map(({ name }) => name), ["Alice"]);
  assertEquals(both.map(({ session }) => session.isEnded), [true, false]);
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

Deno.test("entrance: the owner of a name comes in that could not be registered today", async () => {
  const names = ["\u0430lice", "SYSTEM", "z\u0308\u0308\u0308", "A1ice"];
  const chat = new Chat({
    store: storeWithAccounts(
      ["Alice", "secret 123"],
      ...names.map((name) => [name, "secret 123"] as [string, string]),
    ),
  });
  for (const name of names) {
    assertEquals(enter(chat, { name }), "password_needed, asks password");
    assertEquals(await enterLater(chat, { name, password: "secret 123" }), `${name} lobby known`);
  }
});

Deno.test("entrance: what looks like a registered name of somebody who is not here is refused", () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret 123"]) });
  for (const name of ["A1ice", "\u0430lice", "ALlCE", "\u13aalice"]) {
    assertEquals(enter(chat, { name }), "name_looks_like, asks name", name);
  }
  assertEquals(enter(chat, { name: "Server" }), "name_reserved, asks name");
});
