import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { Chat, type TestClient } from "../chat.ts";
import { aliceAndBob, GRACE, resume, textsOf, typesOf } from "./resuming.ts";
import { IS_THOROUGH } from "../../support/thorough.ts";

Deno.test("resumption: replays missed messages in order, from the given number", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "message", text: "1" }, { type: "message", text: "2" });
  alice.endInput();
  bob.say({ type: "message", text: "3" }, { type: "message", text: "4", action: true });
  for (
    const [seq, missed] of [[0, ["1", "2", "3", "4"]], [2, ["3", "4"]], [4, []], [99, []]] as const
  ) {
    const back = resume(chat, { session, rooms: { lobby: seq } });
    const [welcome, ...frames] = back.frames();
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms[0]!.seq, 4);
    assertEquals(textsOf(frames), [...missed]);
    assertEquals(frames.map((frame) => "seq" in frame && frame.seq), missed.map(Number));
    back.endInput();
  }
});

Deno.test("resumption: messages in the same turn are neither lost nor doubled", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.endInput();
  const back = chat.connect();
  const say = (text: string) => {
    bob.push(JSON.stringify({ type: "message", text }) + "\n");
    bob.workOn(1);
  };
  say("before");
  back.push(
    JSON.stringify({ type: "hello", name: "Alice", resume: { session, rooms: { lobby: 0 } } }) +
      "\n",
  );
  back.workOn(1);
  say("behind");
  chat.flush();
  back.work();
  assertEquals(textsOf(back.frames()), ["before", "behind"]);
});

Deno.test("resumption: a room is replayed since the member entered it, whatever older number it gives", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  bob.say({ type: "join", room: "tea" }, { type: "message", room: "tea", text: "before" });
  alice.say({ type: "join", room: "tea" });
  bob.say({ type: "message", room: "tea", text: "after" });
  alice.endInput();
  const back = resume(chat, { session, rooms: { lobby: 0, tea: 0 } });
  assertEquals(textsOf(back.frames()), ["after"]);
});

Deno.test("resumption: messages that the history has dropped are reported as skipped", () => {
  const store = createMemoryStore({ historyLimit: 3 });
  const { chat, alice, bob, session } = aliceAndBob(new Chat({ store }));
  alice.endInput();
  for (let count = 1; count <= 10; count++) bob.say({ type: "message", text: `${count}` });
  const [, skipped, ...missed] = resume(chat, { session, rooms: { lobby: 2 } }).frames();
  assertEquals(skipped, { type: "skipped", room: "lobby", count: 5, from: 3, to: 7 });
  assertEquals(textsOf(missed), ["8", "9", "10"]);
});

Deno.test("resumption: the oldest of more than 5000 missed messages are reported as skipped", () => {
  const store = createMemoryStore({ historyLimit: 10_000 });
  const { chat, alice, session } = aliceAndBob(new Chat({ store }));
  const bob = chat.hub.members.find("Bob")!;
  alice.endInput();
  for (let count = 0; count < 5010; count++) {
    chat.hub.sendMessage(bob, bob.memberships.only!, "x", undefined, undefined);
  }
  const [, skipped, ...missed] = resume(chat, { session, rooms: { lobby: 3 } }).frames();
  assertEquals(skipped, { type: "skipped", room: "lobby", count: 7, from: 4, to: 10 });
  assertEquals(missed.length, 5000);
});

Deno.test("resumption: messages of ignored users are not replayed", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.say({ type: "ignore", name: "Bob" });
  alice.endInput();
  bob.say({ type: "message", text: "noise" });
  chat.join("Carol").say({ type: "message", text: "hi" });
  assertEquals(textsOf(resume(chat, { session }).frames()), ["hi"]);
});

Deno.test("resumption: away, ignored names and reply outlast the grace period", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const carol = chat.join("Carol");
  carol.say({ type: "whisper", to: "Alice", text: "psst" });
  alice.say({ type: "ignore", name: "Bob" }, { type: "away", text: "tea" });
  alice.endInput();
  bob.say({ type: "message", text: "noise" });
  for (let count = 0; count < 2; count++) {
    chat.advance(GRACE);
    const back = resume(chat, { session });
    assertEquals(typesOf(back), ["welcome"], "all missed messages are from ignored users");
    bob.say({ type: "message", text: "noise" });
    assertEquals(typesOf(back), []);
    assertEquals(chat.hub.members.find("Alice")?.away, "tea");
    back.say({ type: "reply", text: "yes?", id: `${count}` });
    assertEquals(back.frames(), [{ type: "ack", id: `${count}`, to: "Carol" }]);
    back.endInput();
  }
  resume(chat, { session }).say({ type: "unignore", name: "Bob" });
  assertEquals(chat.hub.members.find("Alice")?.ignored.size, 0);
});

Deno.test("resumption: a reply reaches a user who resumed past the grace period, and no other", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  alice.say({ type: "whisper", to: "Bob", text: "psst" });
  alice.endInput();
  chat.advance(GRACE);
  bob.frames();
  const other = chat.join("Alice", "text");
  bob.frames();
  bob.say({ type: "reply", text: "yes?" });
  assertEquals(typesOf(bob), ["error"]);
  assertEquals(other.received(), "");
  other.say("/quit");
  const back = resume(chat, { session, whisper: 0 });
  for (const each of [back, bob]) each.frames();
  bob.say({ type: "reply", text: "yes?", id: "1" });
  assertEquals(bob.frames(), [{ type: "ack", id: "1", to: "Alice" }]);
  assertEquals(textsOf(back.frames()), ["yes?"]);
});

Deno.test("resumption: each room is replayed from its own number, or since the member entered it", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const inTea = { room: "tea" };
  bob.say({ type: "join", ...inTea }, { type: "message", ...inTea, text: "old tea" });
  alice.say({ type: "join", ...inTea });
  alice.endInput();
  bob.say({ type: "message", ...inTea, text: "tea 2" }, {
    type: "message",
    ...inTea,
    text: "tea 3",
  });
  bob.say({ type: "message", room: "lobby", text: "lobby 1" });
  const cases: readonly [rooms: Record<string, number>, missed: string[]][] = [
    [{ lobby: 0 }, ["lobby 1", "tea 2", "tea 3"]],
    [{}, ["lobby 1", "tea 2", "tea 3"]],
    [{ LOBBY: 0, " TEA ": 2 }, ["lobby 1", "tea 3"]],
    [{ lobby: 700, tea: 700 }, []],
    [{ lobby: 1, tea: 3, vanished: 4, "no room": 1 }, []],
  ];
  for (const [rooms, missed] of cases) {
    const back = resume(chat, { session, rooms });
    const [welcome, ...frames] = back.frames();
    assert(welcome?.type === "welcome");
    assertEquals(welcome.rooms, [{ room: "lobby", seq: 1 }, { room: "tea", seq: 3 }]);
    assertEquals(textsOf(frames), missed);
    back.endInput();
  }
});

Deno.test("resumption: no message since the member entered is lost past the grace period", () => {
  const { chat, alice, bob, session } = aliceAndBob();
  const inTea = { room: "tea" };
  bob.say({ type: "join", ...inTea });
  alice.say({ type: "join", ...inTea });
  alice.endInput(); // the frame about the room is lost with the connection
  bob.say({ type: "message", ...inTea, text: "new tea" });
  chat.advance(GRACE);
  assertEquals(textsOf(resume(chat, { session }).frames()), ["new tea"]);
});

/** A client that records the received frames, and resumes when its connection breaks. */
class Client {
  readonly received: string[] = [];
  readonly acknowledged = new Set<string>();
  #person: TestClient | undefined;
  #session = "";
  #seq = 0;
  #whisper = 0;
  #ids = 0;
  readonly #unacknowledged = new Map<string, object>();

  constructor(private readonly chat: Chat) {
    this.#person = chat.connect();
    this.#person.say({ type: "hello", name: "Alice" });
    this.read();
  }

  say(isWhisper: boolean): void {
    const id = `${++this.#ids}`;
    const text = `alice ${id}`;
    const frame = isWhisper
      ? { type: "whisper", to: "Bob", text, id }
      : { type: "message", text, id };
    this.#unacknowledged.set(id, frame);
    this.#person?.say(frame);
  }

  /** Receives all bytes written so far. */
  read(): void {
    for (const frame of this.#person?.frames() ?? []) {
      if (frame.type === "welcome") this.#session = frame.session;
      if (frame.type === "message") {
        this.received.push(frame.text);
        this.#seq = frame.seq;
      }
      if (frame.type === "whisper") {
        this.received.push(frame.text);
        this.#whisper = frame.number!;
      }
      if (frame.type === "ack") {
        this.acknowledged.add(frame.id);
        this.#unacknowledged.delete(frame.id);
        this.#seq = Math.max(this.#seq, frame.seq ?? 0);
      }
    }
  }

  /** The connection breaks; unread bytes are lost. The server detects it, or does not. */
  break(isNoticed: boolean): void {
    if (isNoticed) this.#person?.endInput();
    this.#person = undefined;
  }

  resume(): void {
    if (this.#person !== undefined) return;
    const state = { session: this.#session, rooms: { lobby: this.#seq }, whisper: this.#whisper };
    this.#person = resume(this.chat, state);
    this.#person.say(...this.#unacknowledged.values());
  }
}

Deno.test("resumption: whenever connections break, nothing is lost or doubled", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("bob says", "bob whispers") },
    { weight: 4, arbitrary: fc.constantFrom("says", "whispers") },
    { weight: 3, arbitrary: fc.constant("reads") },
    { weight: 3, arbitrary: fc.constantFrom("breaks", "breaks unnoticed") },
    { weight: 3, arbitrary: fc.constant("resumes") },
    { weight: 1, arbitrary: fc.constant("time passes") },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const chat = new Chat();
      const bob = chat.join("Bob");
      const alice = new Client(chat);
      bob.frames();
      const sent = { bob: [] as string[], alice: 0 };
      for (const step of steps) {
        chat.clock.advance(1);
        if (step.startsWith("bob")) {
          const text = `bob ${sent.bob.length}`;
          if (step === "bob says") bob.say({ type: "message", text });
          else {
            bob.say({ type: "whisper", to: "Alice", text, id: text });
            // Past the grace period the user is not online.
            if (chat.hub.members.find("Alice") === undefined) continue;
          }
          sent.bob.push(text);
        } else if (step === "says" || step === "whispers") {
          sent.alice++;
          alice.say(step === "whispers");
        } else if (step === "reads") alice.read();
        else if (step === "resumes") alice.resume();
        else if (step === "time passes") chat.advance(6000);
        else alice.break(step === "breaks");
      }
      alice.resume();
      alice.read();
      assertEquals(alice.received, sent.bob);
      const ids = Array.from({ length: sent.alice }, (_, index) => `${index + 1}`);
      assertEquals(alice.acknowledged, new Set(ids));
      const received = bob.frames().flatMap((frame) =>
        frame.type === "message" || frame.type === "whisper" ? [frame.text] : []
      );
      assertEquals(new Set(received), new Set(ids.map((id) => `alice ${id}`)));
      assertEquals(received.length, ids.length);
    }),
    { numRuns: IS_THOROUGH ? 400 : 60 },
  );
});

Deno.test("resumption: what follows the resume of a connection that closes within the replay is not handled", () => {
  for (const missed of [1, 200]) {
    const { chat, alice, bob, session } = aliceAndBob();
    const own = { type: "message", text: "own", id: "a" };
    const whisper = { type: "whisper", to: "Bob", text: "psst", id: "b" };
    for (let count = 0; count < missed; count++) bob.say({ type: "message", text: `${count}` });
    alice.say(own, whisper);
    alice.transport.destroy();
    chat.flush();
    for (let attempt = 0; attempt < 3; attempt++) {
      const back = chat.connect();
      for (
        const frame of [
          { type: "hello", name: "Alice", resume: { session, rooms: { lobby: 0 } } },
          own,
          whisper,
        ]
      ) {
        back.push(JSON.stringify(frame) + "\n");
      }
      back.workOn(1);
      back.transport.destroy();
      back.work();
      chat.flush();
    }
    const last = resume(chat, { session, rooms: { lobby: 0 } });
    last.frames();
    last.say(own, whisper);
    assertEquals(typesOf(last), ["ack", "ack"]);
    const texts = textsOf(bob.frames()).filter((text) => text === "own" || text === "psst");
    assertEquals(texts, ["own", "psst"], `${missed} missed messages`);
  }
});

Deno.test("resumption: frames that are not handled, since the connection closes within the replay, cost no tokens", () => {
  const { chat, alice, session } = aliceAndBob();
  alice.transport.destroy();
  chat.flush();
  const hello = { type: "hello", name: "Alice", resume: { session, seq: 0 } };
  const rate = { perSecond: 1, burst: 10 };
  const back = chat.connect("json", { rate });
  const own = Array.from({ length: 12 }, (_, id) => ({ type: "message", text: "x", id: `${id}` }));
  for (const frame of [hello, ...own]) back.push(JSON.stringify(frame) + "\n");
  back.workOn(1);
  back.transport.destroy();
  back.work();
  const last = chat.connect("json", { rate });
  last.say(hello);
  assertEquals(last.task.throttledFor, 0);
});
