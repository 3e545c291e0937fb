import { assert, assertEquals, assertMatch } from "@std/assert";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { Chat } from "../chat.ts";
import { FakeClock } from "../fakes.ts";
import { sampleSession } from "../storage/samples.ts";
import { aliceAndBob, GRACE, KEPT, resume, textsOf, typesOf } from "./resuming.ts";

Deno.test("resumption: after a restart all clients can resume", () => {
  const store = createMemoryStore();
  const clock = new FakeClock();
  const { chat, alice, bob, session } = aliceAndBob(new Chat({ store, clock }));
  const inTea = { room: "tea" };
  alice.say({ type: "join", ...inTea });
  bob.say({ type: "join", ...inTea }, { type: "message", ...inTea, text: "1" });
  bob.say({ type: "whisper", to: "Alice", text: "2" });
  for (const { session } of [alice, bob]) session.shutDown("restart");
  chat.flush();

  const restarted = new Chat({ store, clock });
  assertEquals(restarted.hub.members.size, 2, "they are here, not connected yet");
  assertEquals(restarted.hub.members.find("Alice")?.subscriber, undefined);
  const back = resume(restarted, { session, rooms: { tea: 0 }, whisper: 0 });
  const [welcome, ...missed] = back.frames();
  assert(welcome?.type === "welcome" && welcome.resumed);
  assertEquals([welcome.name, welcome.rooms], [
    "Alice",
    [{ room: "lobby", seq: 0 }, { room: "tea", seq: 1 }],
  ]);
  assertEquals(textsOf(missed), ["1", "2"]);
  restarted.join("Carol").say({ type: "whisper", to: "Alice", text: "3" });
  const [next] = back.frames();
  assert(next?.type === "whisper");
  assertEquals(next.number, 2);
  assertEquals(store.sessions.nextNumber() > 3, true, "numbers of sessions are never reused");
  restarted.advance(GRACE);
  assertEquals(restarted.hub.members.find("Bob"), undefined, "the grace runs from the start");
  restarted.advance(KEPT - GRACE);
  assertEquals(store.sessions.all().map(({ name }) => name), ["Alice", "Carol"]);
});

Deno.test("resumption: after a restart the newer of two sessions of a name has it", () => {
  const store = createMemoryStore();
  const { chat, alice, session: older } = aliceAndBob(new Chat({ store }));
  alice.endInput();
  chat.advance(GRACE);
  const again = chat.connect();
  again.say({ type: "hello", name: "Alice" });
  const [welcome] = again.frames();
  assert(welcome?.type === "welcome");

  const restarted = new Chat({ store });
  const back = resume(restarted, { session: welcome.session });
  assertEquals(back.session.member?.name, "Alice");
  assertEquals(typesOf(resume(restarted, { session: older })), ["error"], "the name is taken");
  back.say({ type: "quit" });
  const late = resume(restarted, { session: older });
  assertEquals(typesOf(late), ["welcome"], "as before the restart, the name is free");
});

Deno.test("resumption: a session that is not restored leaves no room in use", () => {
  const store = createMemoryStore();
  const save = (name: string, roomName: string, fields: object = {}) =>
    store.sessions.save({
      ...sampleSession(store.sessions.nextNumber(), { name }),
      ...{ rooms: [{ name: roomName, since: 0 }], ...fields },
    });
  save("System", "den"); // a name that is reserved now
  save("Bob", "a b"); // a room whose name is invalid now
  save("Ann", "tea");
  const chat = new Chat({ store });
  const rooms = () => [...chat.hub.rooms.all()].map(({ name }) => name);
  assertEquals(rooms(), ["lobby", "tea"]);
  assertEquals(store.sessions.all().map(({ name }) => name), ["Ann"]);
  chat.advance(KEPT);
  assertEquals(rooms(), ["lobby"]);
});

Deno.test("resumption: a join just before a crash loses no message of the new room", () => {
  const store = createMemoryStore();
  const chat = new Chat({ store });
  const { alice, bob, session } = aliceAndBob(chat);
  const inTea = { room: "tea" };
  bob.say({ type: "join", ...inTea }, { type: "message", ...inTea, text: "before" });
  alice.say({ type: "join", ...inTea });
  bob.say({ type: "message", ...inTea, text: "after" });
  // The server dies before the client has received any of this.
  const restarted = new Chat({ store });
  const [welcome, ...missed] = resume(restarted, { session, rooms: { lobby: 0 } }).frames();
  assert(welcome?.type === "welcome" && welcome.resumed);
  assertEquals(welcome.rooms.map(({ room }) => room), ["lobby", "tea"]);
  assertEquals(textsOf(missed), ["after"]);
});

Deno.test("resumption: removes an invalid stored session", () => {
  const store = createMemoryStore();
  const stored = {
    rooms: [{ name: "tea", since: 0 }],
    isAuthenticated: false,
    lastWhisper: 0,
    hasLeft: false,
    tokenHash: "a",
  };
  store.sessions.save({ ...stored, number: 1, name: "Alice" });
  store.sessions.save({ ...stored, number: 2, name: "alice", tokenHash: "b" });
  const rooms = [{ name: "#bad", since: 0 }];
  store.sessions.save({ ...stored, number: 5, name: "Bob", tokenHash: "c", rooms });
  const tooLong = { name: "x".repeat(129), isAuthenticated: true };
  store.sessions.save({ ...stored, ...tooLong, number: 3, tokenHash: "d" });
  store.sessions.save({ ...stored, number: 4, name: "Server", tokenHash: "e" });
  const chat = new Chat({ store });
  assertEquals(store.sessions.all().map(({ number }) => number), [1, 2]);
  assertEquals([...chat.hub.members.all()].map(({ name }) => name), ["alice"]);
});

Deno.test("resumption: after a restart users who had left are not online", () => {
  const store = createMemoryStore();
  const clock = new FakeClock();
  const { chat, alice, bob, session } = aliceAndBob(new Chat({ store, clock }));
  const carol = chat.join("Carol");
  carol.say({ type: "quit" });
  bob.say({ type: "join", room: "tea" }, { type: "leave", room: "lobby" });
  alice.endInput();
  chat.advance(GRACE);
  for (const name of ["Alice", "Carol"]) assertEquals(chat.hub.members.find(name), undefined);
  bob.session.shutDown("restart");

  const restarted = new Chat({ store, clock });
  assertEquals([...restarted.hub.members.all()].map(({ name }) => name), ["Bob"]);
  const dave = restarted.join("Dave", "text");
  restarted.advance(GRACE);
  assertEquals(dave.received(), "", "no user leaves a second time");

  const back = resume(restarted, { session });
  assertEquals(back.session.member?.name, "Alice", "the session can still be resumed");
  assertMatch(dave.received(), /Alice has joined/, "the others get a joined frame");

  const again = new Chat({ store, clock });
  assert(
    again.hub.members.find("Alice") !== undefined,
    "she had come back before the next restart",
  );
});

Deno.test("resumption: a name that was free before a restart is free after it", () => {
  const store = createMemoryStore();
  const { chat, alice, session } = aliceAndBob(new Chat({ store }));
  alice.endInput();
  chat.advance(GRACE);

  const restarted = new Chat({ store });
  const other = restarted.join("Alice", "text");
  assertEquals(other.session.member?.name, "Alice");
  assertEquals(typesOf(resume(restarted, { session })), ["error"]);
  restarted.advance(KEPT);
  assertEquals(store.sessions.all().some(({ number }) => number === 1), false);
});

Deno.test("resumption: after a restart listeners are listed once they resume, and others get no frames", () => {
  for (const name of [undefined, "cron"]) {
    const store = createMemoryStore();
    const chat = new Chat({ store });
    const { alice, session } = aliceAndBob(chat);
    const listener = chat.connect();
    const hello = { type: "hello", listen: true, ...(name === undefined ? undefined : { name }) };
    listener.say(hello);
    const [welcome] = listener.frames();
    assert(welcome?.type === "welcome");
    for (const { session } of [alice, listener]) session.shutDown("restart");
    chat.flush();

    const restarted = new Chat({ store });
    const back = resume(restarted, { session });
    back.say({ type: "users" });
    const list = back.frames().at(-1);
    assert(list?.type === "users");
    assertEquals(list.users.map(({ name }) => name), ["Alice", "Bob"]);
    const again = restarted.connect();
    again.say({ ...hello, resume: { session: welcome.session, rooms: { lobby: 0 } } });
    const [resumed] = again.frames();
    assert(resumed?.type === "welcome" && resumed.resumed === true, JSON.stringify(resumed));
    assertEquals(typesOf(back), []);
    back.say({ type: "users" });
    const [after] = back.frames();
    assert(after?.type === "users");
    assertEquals(after.total, name === undefined ? 2 : 3);
  }
});
