import { assert, assertEquals } from "@std/assert";
import { Chat, type TestClient } from "../chat.ts";
import { aliceAndBob, GRACE, KEPT, resume, textsOf, typesOf } from "./resuming.ts";

Deno.test("resumption: within the grace period no frame is sent, and the member is the same", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const member = chat.hub.members.find("Alice")!;
  assertEquals(alice.endInput(), "ended");
  assertEquals(member.subscriber, undefined);
  chat.advance(GRACE - 1);
  const back = resume(chat, { session });
  assertEquals(back.frames(), [{
    type: "welcome",
    name: "Alice",
    rooms: [{ room: "lobby", seq: 0 }],
    server: "hubbub test",
    session,
    resumed: true,
  }]);
  assertEquals(back.session.member, member);
  assertEquals(bob.frames(), []);
  bob.say({ type: "message", text: "hi" });
  assertEquals(textsOf(back.frames()), ["hi"]);
});

Deno.test("resumption: the others get left after the grace period, and joined at the return", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.endInput();
  chat.advance(GRACE - 1);
  assertEquals(bob.frames(), []);
  chat.advance(1);
  assertEquals(bob.frames(), [{
    type: "left",
    room: "lobby",
    name: "Alice",
    time: chat.clock.now(),
    reason: "connection lost",
  }]);
  assertEquals(chat.hub.members.find("Alice"), undefined);
  const back = resume(chat, { session });
  assertEquals(back.session.member, chat.hub.members.find("Alice"));
  assertEquals(typesOf(bob), ["joined"]);
  chat.advance(KEPT);
  assertEquals(bob.frames(), [], "a session that is connected again does not grow old");
});

Deno.test("resumption: without a grace period the others get left at once", () => {
  const { chat, alice, bob, session } = aliceAndBob(new Chat({ graceMilliseconds: 0 }));
  alice.endInput();
  assertEquals(typesOf(bob), ["left"]);
  assertEquals(resume(chat, { session }).frames()[0]?.type, "welcome");
});

Deno.test("resumption: the session ends five minutes after the break", () => {
  const { chat, alice, session } = aliceAndBob();
  const kept = () => chat.store.sessions.all().map(({ name }) => name);
  alice.endInput();
  chat.advance(KEPT - 1);
  assertEquals(kept(), ["Alice", "Bob"]);
  chat.advance(1);
  assertEquals(kept(), ["Bob"]);
  const [welcome, error] = resume(chat, { session }).frames();
  assert(welcome?.type === "welcome" && error?.type === "error");
  assertEquals(welcome.resumed, undefined);
  assert(welcome.session !== session, "a new session has a token of its own");
  assertEquals(error.code, "cannot_resume");
});

Deno.test("resumption: each break restarts the five minutes, and they end in their order", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.endInput();
  chat.advance(KEPT - 1000);
  bob.endInput();
  const back = resume(chat, { session });
  back.endInput();
  chat.advance(KEPT - 1);
  assertEquals(chat.store.sessions.all().length, 2);
  chat.advance(1);
  assertEquals(chat.store.sessions.all().length, 0);
});

Deno.test("resumption: the oldest of too many broken sessions are removed, and the others get left", () => {
  const chat = new Chat({ maxBroken: 2 });
  const { alice, bob, session } = aliceAndBob(chat);
  const carol = chat.join("Carol");
  const dave = chat.join("Dave");
  dave.frames();
  for (const person of [alice, bob, carol]) person.endInput();
  chat.flush();
  assertEquals(dave.frames().map((frame) => "name" in frame ? frame.name : frame.type), ["Alice"]);
  assertEquals(chat.hub.members.find("Alice"), undefined);
  assertEquals(chat.store.sessions.all().map(({ name }) => name), ["Bob", "Carol", "Dave"]);
  const [, error] = resume(chat, { session }).frames();
  assert(error?.type === "error" && error.code === "cannot_resume");
});

Deno.test("resumption: a client that read too slowly can resume its session", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.session.close({ code: "too_slow", text: "Too slow." });
  assertEquals(typesOf(bob), []);
  const [welcome] = resume(chat, { session }).frames();
  assert(welcome?.type === "welcome" && welcome.resumed);
});

Deno.test("resumption: a session that ended with quit, a kick or an internal error cannot be resumed", () => {
  for (
    const leave of [
      (person: TestClient) => person.say({ type: "quit" }),
      (person: TestClient) => person.session.failed(new Error("broken")),
      (person: TestClient) => person.session.member!.dismiss("kicked", "Out."),
    ]
  ) {
    const { chat, alice, session } = aliceAndBob();
    leave(alice);
    assertEquals(chat.hub.members.find("Alice"), undefined);
    assertEquals(chat.store.sessions.all().length, 1);
    assertEquals(resume(chat, { session }).frames().map(({ type }) => type), ["welcome", "error"]);
  }
});

Deno.test("resumption: a text client has no session, and leaves when its connection breaks", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  chat.join("Alice", "text").endInput();
  assertEquals(typesOf(bob), ["joined", "left"].slice(1));
  assertEquals(chat.store.sessions.all().length, 1);
});

Deno.test("resumption: a server that stops lets sessions be resumed", () => {
  const { chat, alice, bob } = aliceAndBob();
  alice.session.shutDown("restart");
  chat.flush();
  assertEquals(alice.frames(), [
    { type: "bye", reason: "restart", text: "The server is restarting." },
  ]);
  assertEquals(bob.frames(), []);
  assertEquals(chat.store.sessions.all().length, 2);
});

Deno.test("resumption: the token itself is not stored", () => {
  const { chat, session } = aliceAndBob();
  assert(!JSON.stringify(chat.store.sessions.all()).includes(session));
});

Deno.test("resumption: a wrong token is refused", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.endInput();
  for (const wrong of ["", "token", session + " ", session.toUpperCase()]) {
    const { value, error } = chat.resumption.resume(
      { session: wrong, rooms: { lobby: 0 } },
      "192.0.2.9",
      () => undefined,
    );
    assertEquals([value, error?.code], [undefined, "cannot_resume"]);
  }
});

Deno.test("resumption: the client may detect the break before the server", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "message", text: "on its way" });
  const back = resume(chat, { session });
  assertEquals(textsOf(back.frames()), ["on its way"]);
  assertEquals(alice.frames().at(-1), {
    type: "bye",
    reason: "replaced",
    text: "This session goes on over another connection.",
  });
  assertEquals(alice.session.isEnded, true);
  assert(alice.transport.isEnded);
  assertEquals(alice.send('{"type":"message","text":"too late"}\n'), "ended");
  assertEquals(alice.endInput(), "ended");
  assertEquals(bob.frames(), [], "no member has left, and no message was sent");
  assertEquals(chat.hub.members.find("Alice")!.subscriber, back.subscriber);
  bob.say({ type: "message", text: "hi" });
  assertEquals(textsOf(back.frames()), ["hi"]);
});

Deno.test("resumption: a room exists while sessions may be resumed in it", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.say({ type: "join", room: "tea" }, { type: "leave", room: "lobby" });
  alice.say({ type: "message", text: "x" });
  alice.endInput();
  chat.advance(KEPT - 1);
  assertEquals(chat.hub.rooms.size, 2);
  const back = resume(chat, { session, rooms: { lobby: 1 } });
  const [welcome] = back.frames();
  assert(welcome?.type === "welcome");
  assertEquals([welcome.rooms[0]!.room, welcome.rooms[0]!.seq], ["tea", 1]);
  back.say({ type: "leave", room: "tea" });
  assertEquals(chat.hub.rooms.size, 1);
  back.say({ type: "join", room: "tea" });
  back.endInput();
  chat.advance(KEPT);
  assertEquals(chat.hub.rooms.size, 1);
});

const FLOODS: readonly ((count: number) => string)[] = [
  () => "198.51.100.1",
  (count) => `2001:db8::${count.toString(16)}`,
];

for (const flood of FLOODS) {
  Deno.test(`resumption: an address that comes and goes does not take the places of others: ${flood(1)}`, () => {
    const chat = new Chat({ maxBroken: 20 });
    const come = (name: string, ip: string) => {
      const person = chat.connect("json", { ip });
      person.say({ type: "hello", name });
      const { session } = person.frames().find((frame) => frame.type === "welcome")!;
      person.endInput();
      return session;
    };
    const session = come("Ann", "192.0.2.1");
    for (let count = 0; count < 200; count++) come(`flood${count}`, flood(count));
    const again = chat.connect("json", { ip: "192.0.2.1" });
    again.say({ type: "hello", name: "Ann", resume: { session, rooms: { lobby: 0 } } });
    assertEquals(again.frames().find((frame) => frame.type === "welcome")?.resumed, true);
  });
}
