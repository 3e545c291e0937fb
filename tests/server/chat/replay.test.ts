import { assert, assertEquals } from "@std/assert";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { Chat, promises, storeWithAccounts, type TestClient } from "../chat.ts";
import { FakeTimers } from "../fake_timers.ts";
import { aliceAndBob, resume, textsOf } from "./resuming.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import type { OutboxLimits } from "../../../server/fanout/outbox.ts";

const TEXT = "x".repeat(4000);

/** Alice's connection is broken, and Bob has sent that number of messages since. */
function missed(count: number, text = TEXT) {
  const chat = new Chat({ store: createMemoryStore({ historyLimit: 10_000 }) });
  const { alice, bob, session } = aliceAndBob(chat);
  alice.endInput();
  const author = bob.session.member!;
  for (let number = 1; number <= count; number++) {
    chat.hub.sendMessage(
      author,
      author.memberships.only!,
      `${number} ${text}`,
      undefined,
      undefined,
    );
    chat.flush();
  }
  return { chat, bob, author, session };
}

const hello = (session: string, room = "lobby") =>
  JSON.stringify({ type: "hello", name: "Alice", resume: { session, rooms: { [room]: 0 } } }) +
  "\n";

Deno.test("replay: sends one page before others have their turn", () => {
  const { chat, session } = missed(100);
  const back = chat.connect();
  back.push(hello(session));
  assertEquals(back.workOn(100), "waiting");
  chat.flush();
  back.frames();
  let pages = 0;
  for (let more = true; more; pages++) {
    more = back.runSlices();
    const bytes = back.received().length;
    assert(bytes <= 64 * 1024 + 5000, `${bytes} bytes in one slice`);
  }
  assert(pages >= 6, `${pages} pages`);
});

Deno.test("replay: a client that does not read gets no further page until it does", () => {
  const { chat, session } = missed(500);
  const limits: OutboxLimits = {
    softBytes: 100_000,
    softMilliseconds: 10_000,
    hardBytes: 4_000_000,
  };
  const back = chat.connect("json", { limits });
  back.isStalled = true;
  assertEquals(back.say(JSON.parse(hello(session))), "full");
  assert(back.subscriber.outbox.waitingBytes < 250_000);
  back.isStalled = false;
  let texts: (string | undefined)[] = [];
  for (let round = 0; round < 50 && texts.length < 500; round++) {
    chat.flush();
    back.work();
    texts = [...texts, ...textsOf(back.frames())];
  }
  assertEquals(texts, Array.from({ length: 500 }, (_, index) => `${index + 1} ${TEXT}`));
});

Deno.test("replay: a client that has half-closed and never reads loses its place", () => {
  using timers = new FakeTimers();
  const { chat, session } = missed(500);
  const back = chat.connect();
  back.isStalled = true;
  back.say(JSON.parse(hello(session)));
  assertEquals(back.endInput(), "full");
  const isConnected = () => chat.hub.members.find("Alice")?.isConnected;
  timers.advance(59_000);
  chat.runTurns();
  assertEquals(isConnected(), true);
  timers.advance(1000);
  chat.runTurns();
  assertEquals(isConnected(), false, "its session can be resumed");
  back.isStalled = false;
  chat.flush();
  assertEquals(back.transport.isEnded, true);
});

Deno.test("replay: a client that has half-closed and reads, however slowly, gets all of it", () => {
  using timers = new FakeTimers();
  const { chat, session } = missed(500);
  const back = chat.connect();
  back.isStalled = true;
  back.say(JSON.parse(hello(session)));
  back.endInput();
  for (let round = 0; round < 50 && !back.transport.isEnded; round++) {
    if (back.task.state === "full") timers.advance(59_000);
    chat.runTurns();
    back.isStalled = false;
    chat.flush();
    back.isStalled = true;
    chat.runTurns();
  }
  assertEquals(back.frames().filter(({ type }) => type === "message").length, 500);
});

Deno.test("replay: a message between two pages arrives in its place, once", () => {
  const { chat, bob, session } = missed(200, "short");
  const back = chat.connect();
  back.push(hello(session));
  back.workOn(100);
  let number = 200;
  const say = () => bob.push(`${JSON.stringify({ type: "message", text: `${++number} short` })}\n`);
  say();
  for (let more = true; more;) {
    more = back.runSlices();
    say();
  }
  back.work();
  const texts = textsOf(back.frames());
  assertEquals(texts, Array.from({ length: number }, (_, index) => `${index + 1} short`));
});

Deno.test("replay: own messages are acknowledged with their page, so that a later break doubles none", () => {
  const chat = new Chat();
  const { alice, bob, session } = aliceAndBob(chat);
  alice.say({ type: "message", text: "mine", id: "1" });
  alice.endInput();
  for (let number = 1; number <= 100; number++) bob.say({ type: "message", text: `${number}` });
  const back = chat.connect();
  back.push(hello(session));
  back.workOn(100);
  back.runSlices();
  const page = back.frames();
  assertEquals(textsOf(page).length, 63);
  assertEquals(page.filter(({ type }) => type === "ack"), [{
    type: "ack",
    id: "1",
    room: "lobby",
    seq: 1,
  }]);
  while (back.runSlices());
  const rest = back.frames();
  assertEquals(textsOf(rest).length, 37);
  assertEquals(rest.filter(({ type }) => type === "ack"), []);
});

Deno.test("replay: it takes tokens by its size, and a new connection does not bring new ones", () => {
  const { chat, session } = missed(1000);
  const rate = { perSecond: 20, burst: 40 };
  const first = chat.connect("json", { rate });
  assertEquals(first.say(JSON.parse(hello(session))), "throttled");
  const sent = first.received().length;
  assert(sent >= 40 * 16_384 * 0.9 && sent < 41 * 16_384 + 70_000, `${sent} bytes for 40 tokens`);
  first.endInput();
  const second = chat.connect("json", { rate });
  assertEquals(second.say(JSON.parse(hello(session))), "throttled");
  assert(second.received().length < 1000, "only the welcome: the debt remains");
  chat.clock.advance(5000);
  second.work();
  assert(second.received().length > 50_000);
});

Deno.test("replay: the name stays taken, and another connection may resume the session", () => {
  const { chat, session } = missed(300);
  const first = chat.connect();
  first.push(hello(session));
  first.workOn(100);
  const { error } = chat.hub.members.checkTakeable("Alice");
  assertEquals(error?.code, "name_taken");
  const second = resume(chat, { session });
  const texts = textsOf(second.frames());
  assertEquals(texts.length, 300);
  first.work();
  assert(first.session.isEnded);
});

Deno.test("replay: a client that disconnects in the middle can resume, and misses nothing", () => {
  const { chat, session } = missed(300);
  const first = chat.connect();
  first.push(hello(session));
  first.workOn(100);
  first.runSlices();
  first.close();
  assert(first.session.isEnded);
  const texts = textsOf(resume(chat, { session }).frames());
  assertEquals(texts.length, 300);
});

Deno.test("replay: reports the gap and continues when the history cannot be read", async () => {
  const { chat, bob, session } = missed(10);
  chat.store.history.read = () => {
    throw new StorageError("read", "/data", "corrupt");
  };
  const back = resume(chat, { session });
  await promises();
  const frames = back.frames();
  assertEquals(frames.map(({ type }) => type), ["welcome", "error", "skipped"]);
  assertEquals(frames[2], { type: "skipped", room: "lobby", count: 10, from: 1, to: 10 });
  bob.say({ type: "message", text: "live" });
  assertEquals(textsOf(back.frames()), ["live"]);
});

/**
 * Alice resumes her session in the room den, where she has missed 200 messages. After some pages of the
 * replay an operator in the lobby acts.
 *
 * @returns the frames of Alice after the welcome.
 */
async function duringReplay(pages: number, act: (op: TestClient, chat: Chat) => void) {
  const store = storeWithAccounts(["Op", "password1"]);
  const chat = new Chat({ store, operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "password1");
  const alice = chat.connect();
  alice.say({ type: "hello", name: "Alice", rooms: ["den"] });
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  const bob = chat.join("Bob", "json", "den");
  alice.endInput();
  for (let number = 1; number <= 200; number++) bob.say({ type: "message", text: `${number}` });
  const back = chat.connect();
  back.push(hello(welcome.session, "den"));
  back.workOn(100);
  for (let page = 0; page < pages; page++) back.runSlices();
  act(op, chat);
  chat.runTurns();
  op.received();
  const [again, ...frames] = back.frames();
  assert(again?.type === "welcome" && again.resumed === true);
  op.say({ type: "message", text: "to the lobby" });
  bob.say({ type: "message", text: "to the room of Bob" });
  const live = back.frames();
  return { chat, frames, live, others: frames.filter(({ type }) => type !== "message") };
}

/** Handles a frame of a client without the scheduler, so that no page is sent meanwhile. */
function handle(client: TestClient, ...frames: object[]) {
  for (const frame of frames) client.push(`${JSON.stringify(frame)}\n`);
  client.workOn(frames.length);
}

for (const pages of [0, 1, 3]) {
  Deno.test(`replay: follows a member whose room is deleted after page ${pages}`, async () => {
    const lobby = (op: TestClient) => handle(op, { type: "message", text: "before" });
    const { chat, frames, live, others } = await duringReplay(pages, (op) => {
      lobby(op);
      handle(op, { type: "topic", text: "tea" }, { type: "delete_room", room: "den" });
      handle(op, { type: "message", text: "after" });
    });
    const seen = 64 * pages;
    const time = chat.clock.now();
    assertEquals(others.filter(({ type }) => type !== "ack"), [
      { type: "skipped", room: "den", count: 200 - seen, from: seen + 1, to: 200 },
      { type: "notice", text: "An operator has deleted den: you are in the lobby." },
      { type: "left", room: "den", name: "Alice", time, online: true },
      { type: "joined", room: "lobby", name: "Alice", time, seq: 1, topic: "tea" },
    ]);
    const texts = textsOf(frames.filter(({ type }) => type === "message"));
    assertEquals(texts.slice(seen), ["after"], "what was sent since the move is replayed");
    assertEquals(textsOf(live), ["to the lobby", "to the room of Bob"]);
  });

  Deno.test(`replay: a topic and a notice after page ${pages} reach the client, once`, async () => {
    const { frames, live, others } = await duringReplay(pages, (op, chat) => {
      const bob = chat.hub.members.find("Bob")!;
      for (const topic of ["old", "tea"]) chat.hub.setTopic(bob, bob.memberships.only!, topic);
      handle(op, { type: "mute", name: "Alice" }, { type: "unmute", name: "Alice" });
    });
    assertEquals(others.map((frame) => "text" in frame && frame.text), [
      "An operator has muted you: your messages are not sent.",
      "You may speak again.",
      "tea",
    ]);
    const last = frames.at(-1);
    assert(last?.type === "topic" && last.room === "den" && last.by === "Bob");
    assertEquals(textsOf(live), ["to the room of Bob"]);
  });
}

Deno.test("replay: whispers during the replay arrive once", async () => {
  const { others } = await duringReplay(1, (op) => {
    handle(op, { type: "whisper", to: "Alice", text: "psst" });
  });
  assertEquals(textsOf(others), ["psst"]);
});

Deno.test("replay: a client that gets no history is moved, too", async () => {
  const { others } = await duringReplay(1, (op, chat) => {
    handle(op, { type: "delete_room", room: "den" }, { type: "message", text: "to the lobby" });
    chat.store.history.read = () => {
      throw new StorageError("read", "/data", "corrupt");
    };
  });
  assertEquals(others.map(({ type }) => type), [
    "skipped",
    "notice",
    "left",
    "joined",
    "error",
    "skipped",
  ]);
});

Deno.test("replay: the frames of others are bounded while it lasts", async () => {
  const { others } = await duringReplay(1, (op) => {
    for (let count = 0; count < 100; count++) {
      handle(op, { type: "mute", name: "Alice" }, { type: "unmute", name: "Alice" });
    }
  });
  assertEquals(others.length, 64);
});

Deno.test("replay: drops acknowledged ids at the first new message", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.say(...["a", "b"].map((id) => ({ type: "message", text: id, id })));
  alice.endInput();
  const back = resume(chat, { session });
  back.frames();
  back.say({ type: "message", text: "b", id: "b" });
  assertEquals(back.frames(), [{ type: "ack", id: "b", room: "lobby", seq: 2 }]);
  assert(back.session.member!.acknowledgedIds !== undefined);
  back.say({ type: "message", text: "c", id: "c" });
  assertEquals(back.frames(), [{ type: "ack", id: "c", room: "lobby", seq: 3 }]);
  assertEquals(back.session.member!.acknowledgedIds, undefined);
});

Deno.test("replay: bounds the stored ids, and keeps the newest", () => {
  const { chat, alice, session } = aliceAndBob(
    new Chat({ store: createMemoryStore({ historyLimit: 10_000 }) }),
  );
  const id = (number: number) => String(number).padStart(64, "i");
  for (let number = 0; number < 2000; number++) {
    alice.say({ type: "message", text: "x", id: id(number) });
  }
  alice.endInput();
  const back = resume(chat, { session });
  const acknowledgedIds = back.session.member!.acknowledgedIds!;
  assertEquals(acknowledgedIds.size, 1024);
  assertEquals([acknowledgedIds.has(id(975)), acknowledgedIds.has(id(976))], [false, true]);
});
