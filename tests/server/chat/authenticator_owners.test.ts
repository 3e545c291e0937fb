import { assert, assertEquals } from "@std/assert";
import { accountOf, Chat, storeWithAccounts } from "../chat.ts";
import { enter, enterLater } from "./entering.ts";

Deno.test("authenticator: the right password takes the name back from its holder", async () => {
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
  assertEquals(chat.hub.members.size, 2);
});

for (const kind of ["json", "text"] as const) {
  Deno.test(`authenticator: the owner of a name is in the room that its ${kind} ghost was alone in`, async () => {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "12345678"]) });
    const hello = { type: "hello", name: "Alice", password: "12345678", rooms: ["den"] };
    const ghost = chat.connect(kind);
    ghost.say(...(kind === "json" ? [hello] : ["Alice", "12345678", "/join den"]));
    await chat.settle();
    assertEquals(chat.hub.members.find("Alice")?.memberships.only?.name, "den");
    const owner = chat.connect();
    owner.say(hello);
    await chat.settle();
    const bob = chat.join("Bob", "json", "den");
    owner.frames();
    bob.say({ type: "message", text: "hi" });
    assertEquals(owner.frames().map(({ type }) => type), ["message"]);
    const den = chat.hub.members.find("Alice")!.memberships.only!;
    assertEquals([...chat.hub.rooms.all()].filter(({ key }) => key === "den"), [den]);
  });
}

Deno.test("authenticator: neither a replaced ghost nor the owner's first connection can resume", async () => {
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
    const resume = { session: welcome.session, rooms: { lobby: 0 } };
    assertEquals(enter(chat, { name: "Alicia", resume }), "Alicia lobby cannot_resume");
  }
});

Deno.test("authenticator: the name of a broken connection is free, and so are its look-alikes", () => {
  for (const name of ["ALICE", "A1ice"]) {
    const chat = new Chat();
    chat.join("Alice").endInput();
    assertEquals(chat.hub.members.size, 1);
    assertEquals(enter(chat, { name }), `${name} lobby`);
    assertEquals(chat.hub.members.size, 1, "it is taken together with a place");
    chat.join(name);
    const names = [...chat.hub.members.all()].map((member) => member.name);
    assertEquals(names, [name], "the others get left");
  }
});

Deno.test("authenticator: the owner gets a protected name from a broken connection", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const alice = await chat.joinWithPassword("Alice", "secret");
  alice.endInput();
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("authenticator: a client without the password cannot replace a broken connection", async () => {
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
  assertEquals(enter(chat, { name: "Carol", rooms: ["#tea"] }), "room_invalid, asks name");
  chat.flush();
  assertEquals(bob.frames(), [], "no client gets left");
});

Deno.test("authenticator: of two clients with the right password at the same time the later one stays", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const both = [chat.connect(), chat.connect()];
  for (const each of both) each.say({ type: "hello", name: "Alice", password: "secret" });
  await chat.settle();
  assertEquals(chat.hub.members.size, 1);
  assertEquals([...chat.hub.rooms.open("lobby").value!.members].map(({ name }) => name), ["Alice"]);
  assertEquals(both.map(({ session }) => session.isEnded), [true, false]);
});

Deno.test("authenticator: a look-alike does not lock out the owner of a name", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const double = chat.join("A1ice");
  assertEquals(enter(chat, {}), "password_needed, asks password");
  assertEquals(await enterLater(chat, { password: "wrong" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  const alice = await chat.joinWithPassword("Alice", "secret");
  assertEquals(alice.session.member?.name, "Alice");
  double.say({ type: "quit" });
  assertEquals(chat.hub.members.findLookAlikes("A1ice")[0]?.name, "Alice");
  assertEquals(enter(chat, { name: "\u0410lice" }), "name_looks_like, asks name");
});

Deno.test("authenticator: accepts the owner of a name that could not be registered today", async () => {
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
