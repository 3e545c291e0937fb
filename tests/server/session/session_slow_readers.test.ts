import { assert, assertEquals } from "@std/assert";
import { Chat, storeWithAccounts } from "../chat.ts";

Deno.test("session: a client that does not read its answers is not read until it does", () => {
  const chat = new Chat();
  const bot = chat.connect("json", {
    limits: { softBytes: 100, softMilliseconds: 1000, hardBytes: 10_000 },
  });
  bot.isStalled = true;
  const ping = { type: "ping", t: 1 };
  const pongs = () => bot.frames().length;
  bot.say(ping, ping, ping, ping, ping); // 22 bytes an answer
  assertEquals(bot.say(ping), "full");
  assertEquals(bot.bufferedBytes, 22);
  assertEquals(pongs(), 5);
  bot.isStalled = false;
  chat.flush();
  assertEquals(bot.work(), "idle");
  assertEquals(pongs(), 1);
});

Deno.test("session: a client that sends messages and never reads is still read", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 1000 };
  const alice = chat.connect("text", { limits });
  alice.say("Alice");
  alice.isStalled = true;
  for (let count = 0; count < 50; count++) bob.say("x".repeat(50));
  bob.received();
  assertEquals(alice.say("still here"), "idle");
  assertEquals(bob.received(), "[12:00:00] Alice: still here\n");
});

Deno.test("session: whispers and notices of others do not stop the reading of a client", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Op", "password1"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "password1");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 10_000 };
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.isStalled = true;
  for (let count = 0; count < 10; count++) {
    op.say({ type: "whisper", to: "Alice", text: "x".repeat(50) });
    op.say({ type: "mute", name: "Alice" }, { type: "unmute", name: "Alice" });
  }
  op.received();
  assertEquals(alice.say({ type: "message", text: "still here" }), "idle");
  assertEquals(op.frames().map((frame) => "text" in frame && frame.text), ["still here"]);
});

Deno.test("session: a client's whispers to itself are answers", () => {
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 10_000 };
  const alice = new Chat().connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.isStalled = true;
  const whisper = { type: "whisper", to: "Alice", text: "x" };
  alice.say(whisper, whisper, whisper);
  assertEquals(alice.say(whisper), "full");
});

Deno.test("session: a client gets the number of messages that it missed when it reads again", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 200 };
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.frames();
  alice.isStalled = true;
  for (let count = 0; count < 10; count++) bob.say({ type: "message", text: "x" });
  alice.isStalled = false;
  chat.flush();
  chat.flush();
  const frames = alice.frames();
  const seqs = frames.flatMap((frame) => frame.type === "message" ? [frame.seq] : []);
  const [skipped] = frames.slice(-1);
  assertEquals(skipped, {
    type: "skipped",
    room: "lobby",
    count: 10 - seqs.length,
    from: seqs.length + 1,
    to: 10,
  });
  bob.say({ type: "message", text: "x" });
  const [next] = alice.frames();
  assert(next?.type === "message");
  assertEquals(next.seq, 11);
});

Deno.test("session: a client that missed joins, leaves, names or a topic gets a new list", () => {
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 200 };
  const changes: readonly ((chat: Chat) => void)[] = [
    (chat) => void chat.join("Cleo", "text"),
    (chat) => chat.join("Cleo", "text").say("quit"),
    (chat) => chat.join("Cleo", "text").say("/nick Dan"),
    (chat) => chat.join("Cleo", "text").say("/topic tea"),
    (chat) => chat.join("Cleo", "text").say("/away"),
  ];
  for (const [index, change] of changes.entries()) {
    for (const saysMore of [true, false]) {
      const chat = new Chat();
      const bob = chat.join("Bob", "text");
      const alice = chat.connect("json", { limits });
      alice.say({ type: "hello", name: "Alice" });
      alice.frames();
      alice.isStalled = true;
      for (let count = 0; count < 4; count++) bob.say("x".repeat(50));
      chat.flush();
      change(chat);
      if (saysMore) bob.say("more");
      alice.isStalled = false;
      chat.flush();
      chat.flush();
      const frames = alice.frames();
      const list = frames.at(-1);
      assert(list?.type === "users", `${index}: ${JSON.stringify(frames)}`);
      assertEquals(list.unasked, true);
      const online = [...chat.server.hub.members.all()].map(({ name }) => name);
      assertEquals(list.users.map(({ name }) => name).toSorted(), online.toSorted());
      assertEquals(list.topic, index === 3 ? "tea" : "");
      chat.flush();
      assertEquals(alice.frames(), [], "once");
    }
  }
});

Deno.test("session: a client that missed nothing but notices gets only the list", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  alice.session.skipped({ room: "lobby", count: 0, from: 0, to: 0, hasNotices: true });
  chat.flush();
  assertEquals(alice.frames().map(({ type }) => type), ["users"]);
});

Deno.test("session: a text client that missed joins or leaves gets a reference to /users", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 200 };
  const alice = chat.connect("text", { limits });
  alice.say("Alice");
  alice.received();
  alice.isStalled = true;
  for (let count = 0; count < 4; count++) bob.say("x".repeat(50));
  chat.flush();
  chat.join("Cleo", "text");
  alice.isStalled = false;
  chat.flush();
  chat.flush();
  assertEquals(
    alice.received().split("\n").slice(-2),
    [
      "[12:00:00] *** Some joins, leaves and new names were skipped. /users lists who is here. ***",
      "",
    ],
  );
});

Deno.test("session: a whisper to a client that does not read is refused", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const limits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 20 };
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.isStalled = true;
  for (let count = 0; count < 2; count++) bob.say({ type: "message", text: "x" });
  bob.received();
  bob.say({ type: "whisper", to: "alice", text: "psst", id: "1" });
  const [error] = bob.frames();
  assert(error?.type === "error");
  assertEquals([error.code, error.ref], ["not_reading", "1"]);
});

Deno.test("session: a client whose messages are skipped gets its own new name", () => {
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 2000 };
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.frames();
  alice.isStalled = true;
  for (let count = 0; count < 3; count++) {
    bob.say({ type: "message", text: "x".repeat(100) });
    chat.clock.advance(limits.softMilliseconds + 1);
  }
  assert(alice.subscriber.outbox.isSkipping);
  bob.frames();
  alice.say({ type: "nick", name: "Alicia" });
  assertEquals(bob.frames().map(({ type }) => type), ["renamed"]);
  alice.isStalled = false;
  for (let count = 0; count < 3; count++) chat.flush();
  const own = alice.frames().filter(({ type }) => type === "renamed");
  assertEquals(own.map((frame) => "to" in frame && frame.to), ["Alicia"]);
});

Deno.test("session: a client gets a new list after a leave that was dropped for it alone", () => {
  const limits = { softBytes: 10_000, softMilliseconds: 1000, hardBytes: 2000 };
  const chat = new Chat();
  const [bob, carol] = [chat.join("Bob"), chat.join("Carol")];
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" }, { type: "ignore", name: "Bob" });
  alice.frames();
  alice.isStalled = true;
  for (let count = 0; count < 2; count++) carol.say({ type: "message", text: "x".repeat(1000) });
  assert(alice.subscriber.isBehind && !alice.subscriber.outbox.isSkipping);
  // Clients that ignore Bob get his leave without the reason, in a frame of their own.
  bob.say({ type: "quit", reason: "bye" });
  alice.isStalled = false;
  for (let count = 0; count < 3; count++) chat.flush();
  const [list] = alice.frames().slice(-1);
  assert(list?.type === "users");
  assertEquals(list.users.map(({ name }) => name), ["Carol", "Alice"]);
});
