import { assert, assertEquals } from "@std/assert";
import { Chat, storeWithAccounts } from "../chat.ts";
import { aliceAndBob, GRACE, resume, typesOf } from "./resuming.ts";

Deno.test("resumption: restores the last name and room", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.say({ type: "nick", name: "Ann" }, { type: "join", room: "Tea" });
  alice.say({ type: "leave", room: "lobby" });
  alice.endInput();
  for (const wait of [0, GRACE]) {
    chat.advance(wait);
    const back = resume(chat, { session }, "whatever");
    const [welcome] = back.frames();
    assert(welcome?.type === "welcome");
    assertEquals([welcome.name, welcome.rooms[0]!.room], ["Ann", "Tea"]);
    back.endInput();
  }
  bob.frames();
});

Deno.test("resumption: a name that another client took meanwhile stays with it", () => {
  for (const taken of ["alice", "A1ice"]) {
    const { chat, alice, session } = aliceAndBob();
    alice.endInput();
    const other = chat.join(taken);
    assertEquals(other.session.member?.name, taken, "the name of a broken connection is free");
    const back = resume(chat, { session });
    const [error] = back.frames();
    assert(error?.type === "error");
    assert(["name_taken", "name_looks_like"].includes(error.code), error.code);
    back.say({ type: "hello", name: "Alice2", resume: { session, rooms: { lobby: 0 } } });
    assertEquals(typesOf(back), ["welcome", "error"]);
    other.say({ type: "quit" });
    assertEquals(resume(chat, { session }).session.member?.name, "Alice", "then the name is free");
  }
});

Deno.test("resumption: the first client gets the name, and the others receive both frames", () => {
  const { chat, alice, bob } = aliceAndBob();
  alice.endInput();
  chat.connect().say({ type: "hello", name: "ALICE" });
  assertEquals(
    bob.frames().map((frame) => "name" in frame && `${frame.type} ${frame.name}`),
    ["left Alice", "joined ALICE"],
  );
});

Deno.test("resumption: the name of a broken connection can be taken with nick, too", () => {
  for (const name of ["alice", "A1ice"]) {
    const { chat, alice, bob, session } = aliceAndBob();
    alice.endInput();
    bob.say({ type: "nick", name });
    assertEquals(typesOf(bob), ["left", "renamed"]);
    assertEquals(chat.hub.members.find(name), bob.session.member);
    assertEquals(typesOf(resume(chat, { session })), ["error"]);
  }
});

Deno.test("resumption: nick does not take a protected name from a broken connection", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const bob = chat.join("Bob");
  const alice = await chat.joinWithPassword("Alice", "secret");
  alice.endInput();
  bob.say({ type: "nick", name: "Alice" });
  const [error, ...others] = bob.frames();
  assert(error?.type === "error" && error.code === "name_protected");
  assertEquals(others, []);
  assertEquals(chat.hub.members.find("Alice")?.name, "Alice");
});

Deno.test("resumption: a name that was protected meanwhile needs its password", async () => {
  const store = storeWithAccounts();
  const { chat, alice, session } = aliceAndBob(new Chat({ store }));
  alice.endInput();
  const owner = chat.join("Alice");
  owner.say({ type: "register", password: "secret 123" });
  await chat.settle();
  owner.say({ type: "quit" });
  assert(store.accounts?.find("alice") !== undefined);
  assertEquals(resume(chat, { session }).session.member?.name, undefined);
});

Deno.test("resumption: a registered member stays authenticated past the grace period", async () => {
  const { chat, alice, session } = aliceAndBob(new Chat({ store: storeWithAccounts() }));
  alice.say({ type: "register", password: "secret 123" });
  await chat.settle();
  alice.endInput();
  chat.advance(GRACE);
  const { member } = resume(chat, { session }).session;
  assertEquals(member?.isAuthenticated, true);
});

Deno.test("resumption: an operator is one again, unless the name no longer is", async () => {
  const store = storeWithAccounts(["Op", "secret"]);
  const chat = new Chat({ store, operators: ["Op"] });
  const op = chat.connect();
  op.say({ type: "hello", name: "Op", password: "secret" });
  await chat.settle();
  const [welcome] = op.frames();
  assert(welcome?.type === "welcome");
  op.endInput();
  chat.advance(GRACE);
  const back = resume(chat, { session: welcome.session }, "Op");
  assertEquals(back.session.member?.isOperator, true);
  const restarted = new Chat({ store, operators: [] });
  const again = resume(restarted, { session: welcome.session }, "Op");
  assertEquals([again.session.member?.isAuthenticated, again.session.member?.isOperator], [
    true,
    false,
  ]);
});

Deno.test("resumption: operators see the address of the new connection", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.endInput();
  const back = chat.connect("json", { ip: "198.51.100.7" });
  back.say({ type: "hello", name: "Alice", resume: { session, rooms: { lobby: 0 } } });
  assertEquals(chat.hub.members.find("Alice")?.address, "198.51.100.7");
});
