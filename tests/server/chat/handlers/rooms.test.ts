import { assert, assertEquals } from "@std/assert";
import { MAX_TEXT_BYTES } from "../../../../protocol/mod.ts";
import { answers, Chat, refusal, storeWithAccounts } from "../../chat.ts";

const TIME = new Date(2026, 0, 31, 12, 0, 0).getTime();

Deno.test("handlers: join moves to another room and answers with it", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(answers(alice, { type: "join", room: " Tea " }), [
    { type: "joined", room: "Tea", name: "Alice", time: TIME, seq: 0 },
  ]);
  assertEquals(refusal(alice, { type: "join", room: "TEA", id: "7" }), ["in_room", "7"]);
  for (const room of ["", "a b", "#tea", "x".repeat(33)]) {
    assertEquals(refusal(alice, { type: "join", room, id: "7" }), ["room_invalid", "7"]);
  }
  assertEquals(chat.hub.rooms.size, 2);
});

Deno.test("handlers: leave moves to the lobby, and is refused there", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "leave", id: "7" }), ["in_lobby", "7"]);
  alice.say({ type: "join", room: "tea" });
  assertEquals(answers(alice, { type: "leave" }), [
    { type: "joined", room: "lobby", name: "Alice", time: TIME, seq: 0 },
  ]);
  assertEquals(chat.hub.rooms.size, 1);
});

Deno.test("handlers: messages around a change of room reach each room in order", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [
    chat.join("Alice"),
    chat.join("Bob"),
    chat.join("Carol", "json", "tea"),
  ];
  alice.say(
    { type: "message", text: "1", id: "1" },
    { type: "join", room: "tea" },
    { type: "message", text: "2", id: "2" },
    { type: "leave" },
    { type: "message", text: "3", id: "3" },
  );
  const short = (frames: readonly object[]) =>
    frames.map((frame) => "text" in frame ? frame.text : "type" in frame ? frame.type : undefined);
  assertEquals(short(bob.frames()), ["1", "left", "joined", "3"]);
  assertEquals(short(carol.frames()), ["joined", "2", "left"]);
  assertEquals(
    alice.frames().map((frame) => frame.type === "ack" ? frame.seq : frame.type),
    [1, "joined", 1, "joined", 2],
  );
});

Deno.test("handlers: rooms lists the rooms", () => {
  const chat = new Chat({ rooms: ["help"] });
  const alice = chat.join("Alice");
  assertEquals(answers(alice, { type: "rooms" }), [{
    type: "rooms",
    total: 2,
    rooms: [{ name: "lobby", members: 1 }, { name: "help", members: 0 }],
  }]);
});

Deno.test("handlers: a topic is sent, set and removed", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  const topic = { type: "topic", room: "lobby" } as const;
  assertEquals(answers(alice, { type: "topic" }), [{ ...topic, text: "" }]);
  const tea = { ...topic, text: "Tea", by: "Bob", time: TIME };
  assertEquals(answers(bob, { type: "topic", text: " Tea\t" }), [tea]);
  assertEquals(alice.frames(), [tea]);
  assertEquals(answers(alice, { type: "topic" }), [tea]);
  assertEquals(answers(alice, { type: "topic", text: " " }), [
    { ...topic, text: "", by: "Alice", time: TIME },
  ]);
  assertEquals(answers(bob, { type: "topic" }), [{ ...topic, text: "" }]);
});

Deno.test("handlers: a topic has at most 512 bytes", () => {
  const alice = new Chat().join("Alice");
  assertEquals(answers(alice, { type: "topic", text: "é".repeat(256) }).length, 1);
  assertEquals(refusal(alice, { type: "topic", text: "é".repeat(257), id: "7" }), [
    "text_too_long",
    "7",
  ]);
});

Deno.test("handlers: with operators, only they set topics", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "topic", text: "x", id: "7" }), ["not_operator", "7"]);
  assertEquals(answers(alice, { type: "topic" })[0]?.type, "topic", "any member may ask");
  assertEquals(answers(op, { type: "topic", text: "x" })[0]?.type, "topic");
});

Deno.test("handlers: a muted member sets no topic", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  chat.moderation.mute(alice.session.member!, alice.session.member!);
  assertEquals(refusal(alice, { type: "topic", text: "x", id: "7" }), ["muted", "7"]);
});

/** A chat with messages in its lobby. */
function withHistory(count: number, text = (seq: number) => `${seq}`) {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let seq = 1; seq <= count; seq++) bob.say({ type: "message", text: text(seq) });
  const history = (question: { limit?: number; before?: number; since?: number } = {}) => {
    const [frame, ...others] = answers(alice, { type: "history", ...question });
    assert(frame?.type === "history");
    assertEquals([frame.room, others], ["lobby", []]);
    const seqs = frame.messages.map(({ seq }) => seq);
    return [seqs[0], seqs.at(-1), seqs.length, frame.more];
  };
  return { chat, alice, bob, history };
}

Deno.test("handlers: history returns the last 50 messages, or the requested number", () => {
  const { history } = withHistory(60);
  assertEquals(history(), [11, 60, 50, true]);
  assertEquals(history({ limit: 3 }), [58, 60, 3, true]);
  assertEquals(history({ limit: 60 }), [1, 60, 60, false], "at most the existing messages");
  assertEquals(history({ limit: 61 }), [1, 60, 60, false]);
});

Deno.test("handlers: history reads before a number and since one", () => {
  const { history } = withHistory(20);
  assertEquals(history({ before: 11, limit: 5 }), [6, 10, 5, true]);
  assertEquals(history({ before: 6, limit: 5 }), [1, 5, 5, false]);
  assertEquals(history({ before: 1 }), [undefined, undefined, 0, false]);
  assertEquals(history({ since: 5, limit: 5 }), [6, 10, 5, true]);
  assertEquals(history({ since: 15, limit: 5 }), [16, 20, 5, false]);
  assertEquals(history({ since: 0, limit: 3 }), [1, 3, 3, true]);
  assertEquals(history({ since: 20 }), [undefined, undefined, 0, false]);
  assertEquals(history({ since: 5, before: 8 }), [6, 7, 2, false]);
  assertEquals(history({ since: 99, before: 3 }), [undefined, undefined, 0, false]);
});

Deno.test("handlers: history returns at most 500 messages", () => {
  const { history } = withHistory(510);
  assertEquals(history({ limit: 100_000 }), [11, 510, 500, true]);
});

Deno.test("handlers: an answer of history fits into a frame, and has `more`", () => {
  const { history } = withHistory(40, () => "x".repeat(MAX_TEXT_BYTES));
  assertEquals(history(), [10, 40, 31, true]);
  assertEquals(history({ since: 0 }), [1, 31, 31, true]);
});

Deno.test("handlers: an answer of history is bounded as text, with the sender at each line", () => {
  const chat = new Chat();
  const bob = chat.join("\u{20000}".repeat(32));
  const texts = ["x\n".repeat(255) + "x", "x", "é\n".repeat(100) + "é"];
  for (let count = 0; count < 120; count++) {
    bob.say({ type: "message", text: texts[count % texts.length]! });
  }
  const carol = chat.join("Carol", "text");
  carol.received();
  carol.say("/history 500");
  const { length } = carol.received();
  assert(length > 64 * 1024 && length < 512 * 1024, `${length} bytes`);
});

Deno.test("handlers: history is that of the member's room, with own messages", () => {
  const { chat, alice } = withHistory(1);
  alice.say({ type: "message", text: "mine" });
  alice.say({ type: "join", room: "tea" });
  alice.say({ type: "message", text: "tea" });
  const [frame] = answers(alice, { type: "history" });
  assertEquals(frame, {
    type: "history",
    room: "tea",
    messages: [{ type: "message", seq: 1, room: "tea", from: "Alice", text: "tea", time: TIME }],
    more: false,
  });
  const [lobby] = answers(chat.join("Carol"), { type: "history" });
  assert(lobby?.type === "history");
  assertEquals(lobby.messages.map(({ text }) => text), ["1", "mine"]);
});

Deno.test("handlers: a text client reads the history as messages", () => {
  const { chat } = withHistory(2);
  const person = chat.join("Carol", "text");
  person.say("/history 1");
  assertEquals(
    person.received(),
    "[12:00:00] [SYSTEM]: The last message in the room lobby:\n[12:00:00] Bob: 2\n",
  );
});

Deno.test("handlers: a new room costs tokens, one in use does not", () => {
  const chat = new Chat({ rooms: ["tea"] });
  const person = chat.connect("json", { rate: { perSecond: 1, burst: 12 } });
  person.say({ type: "hello", name: "Ann" });
  person.frames();
  person.say({ type: "join", room: "tea" }, { type: "leave" });
  assertEquals(person.task.throttledFor, 0);
  person.say({ type: "join", room: "a" }, { type: "join", room: "b" });
  assert(person.task.throttledFor > 0);
});
