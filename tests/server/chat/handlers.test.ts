import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type ClientFrame,
  type ClientFrameType,
  helpText,
  MAX_TEXT_BYTES,
} from "../../../protocol/mod.ts";
import { everyFrameType, sampleFrame } from "../../support/string_fields.ts";
import { answers, Chat, refusal, type TestClient } from "../chat.ts";

const TIME = new Date(2026, 0, 31, 12, 0, 0).getTime();

const NEED_NOTHING: readonly ClientFrameType[] = ["hello", "help", "ping", "pong", "quit"];

for (const type of everyFrameType().filter((type) => !NEED_NOTHING.includes(type))) {
  Deno.test(`handlers: ${type} needs a name first`, () => {
    const bot = new Chat().connect();
    const { id: _, ...frame } = sampleFrame(type) as ClientFrame;
    assertEquals(refusal(bot, frame as ClientFrame), ["not_registered", undefined]);
    assertEquals(refusal(bot, { ...frame, id: "7" } as ClientFrame), ["not_registered", "7"]);
    assertEquals(bot.session.isEnded, false);
  });
}

Deno.test("handlers: help, ping, pong and quit need no name", () => {
  const bot = new Chat().connect();
  assertEquals(answers(bot, { type: "help" }), [{ type: "notice", text: helpText() }]);
  assertEquals(answers(bot, { type: "ping", t: 1.5 }), [{ type: "pong", t: 1.5 }]);
  assertEquals(answers(bot, { type: "pong", t: 1 }), []);
  assertEquals(answers(bot, { type: "quit" }), [{ type: "bye", reason: "quit", text: "Goodbye!" }]);
});

Deno.test("handlers: a second hello is refused and changes nothing", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "hello", name: "Bob" }), ["already_registered", undefined]);
  assertEquals(chat.hub.members.find("Bob"), undefined);
});

Deno.test("handlers: a message goes to the others, and its sender gets an ack if it had an id", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  assertEquals(answers(alice, { type: "message", text: "1" }), []);
  assertEquals(answers(alice, { type: "message", text: "2", id: "x" }), [
    { type: "ack", id: "x", room: "lobby", seq: 2 },
  ]);
  const message = { type: "message", room: "lobby", from: "Alice", time: TIME } as const;
  assertEquals(bob.frames(), [{ ...message, seq: 1, text: "1" }, {
    ...message,
    seq: 2,
    text: "2",
  }]);
});

Deno.test("handlers: acks and messages arrive in the order of events", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  for (const person of [alice, bob, alice]) {
    person.push('{"type":"message","text":"x","id":"x"}\n');
    person.workOn(1);
  }
  chat.flush();
  const order = (person: TestClient) =>
    person.frames().map((frame) => "seq" in frame && `${frame.type} ${frame.seq}`);
  assertEquals(order(bob), ["message 1", "ack 2", "message 3"]);
});

Deno.test("handlers: an action is sent as such, and action:false is none", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  alice.say({ type: "message", text: "waves", action: true });
  alice.say({ type: "message", text: "hi", action: false });
  assertEquals(bob.frames().map((frame) => "action" in frame), [true, false]);
});

const TALK = (text: string): readonly ClientFrame[] => [
  { type: "message", text, id: "7" },
  { type: "whisper", to: "Bob", text, id: "7" },
];

Deno.test("handlers: refuses an invisible text", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  alice.frames();
  bob.frames();
  for (const text of ["", "  \n", "\x1b\x07"]) {
    for (const frame of TALK(text)) assertEquals(refusal(alice, frame), ["text_empty", "7"]);
  }
  assertEquals(bob.frames(), []);
  assertEquals(chat.hub.members.find("Alice")!.memberships.only!.seq, 0, "no number was used up");
});

Deno.test("handlers: accepts a text of 4096 bytes, and refuses 4097", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  chat.join("Bob");
  for (const character of ["x", "é"]) {
    const most = character.repeat(MAX_TEXT_BYTES / new TextEncoder().encode(character).length);
    for (const frame of TALK(most)) {
      assertEquals(answers(alice, frame).map(({ type }) => type), ["ack"]);
    }
    for (const frame of TALK(most + "x")) {
      assertEquals(refusal(alice, frame), ["text_too_long", "7"]);
    }
  }
});

Deno.test("handlers: refuses a text with too many lines, since each has the sender's name", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  chat.join("Bob");
  for (const type of ["message", "whisper"] as const) {
    const frame = { type, to: "Bob", text: "a\n".repeat(256), id: "7" };
    assertEquals(refusal(alice, frame), ["too_many_lines", "7"]);
    assertEquals(answers(alice, { ...frame, text: "a\n".repeat(255) })[0]?.type, "ack");
  }
});

Deno.test("handlers: a whisper reaches one member, and its sender gets an ack with the real name", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  for (const each of [alice, bob]) each.frames();
  assertEquals(answers(alice, { type: "whisper", to: "bOB", text: "psst", id: "7" }), [
    { type: "ack", id: "7", to: "Bob" },
  ]);
  assertEquals(bob.frames(), [
    { type: "whisper", from: "Alice", to: "Bob", text: "psst", time: TIME, number: 1 },
  ]);
  assertEquals(carol.frames(), []);
  assertEquals(answers(alice, { type: "whisper", to: "Bob", text: "psst" }), []);
  assertEquals(refusal(alice, { type: "whisper", to: "Dave", text: "x", id: "7" }), [
    "no_such_user",
    "7",
  ]);
});

Deno.test("handlers: a text client gets a copy of its whispers", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const bob = chat.join("Bob", "text");
  alice.received();
  alice.say("/w bob psst");
  assertEquals(alice.received(), "[12:00:00] [WHISPER to Bob]: psst\n");
  assertEquals(bob.received(), "[12:00:00] [WHISPER from Alice]: psst\n");
});

Deno.test("handlers: a whisper to oneself is received once", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice", "text"), chat.join("Bob")];
  bob.say({ type: "whisper", to: "Alice", text: "hi" });
  alice.say("/away");
  alice.received();
  alice.say("/w alice psst");
  assertEquals(alice.received(), "[12:00:00] [WHISPER to Alice]: psst\n");
  alice.say("/r hello");
  assertStringIncludes(alice.received(), "[WHISPER to Bob]: hello\n", "/reply is for others");
  const answered = answers(bob, { type: "whisper", to: "Bob", text: "1", id: "7" });
  assertEquals(answered.map(({ type }) => type).toSorted(), ["ack", "whisper"]);
});

Deno.test("handlers: a reply goes to the sender of the last whisper", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  assertEquals(refusal(alice, { type: "reply", text: "x", id: "7" }), ["nobody_to_reply_to", "7"]);
  bob.say({ type: "whisper", to: "Alice", text: "1" });
  carol.say({ type: "whisper", to: "Alice", text: "2" });
  assertEquals(answers(alice, { type: "reply", text: "3", id: "7" }), [
    { type: "ack", id: "7", to: "Carol" },
  ]);
  assertEquals(answers(carol, { type: "reply", text: "4", id: "8" }), [
    { type: "ack", id: "8", to: "Alice" },
  ]);
  assertEquals(refusal(alice, { type: "reply", text: " ", id: "7" }), ["text_empty", "7"]);
});

Deno.test("handlers: a reply to a user who has left is refused with the name", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  bob.say({ type: "whisper", to: "Alice", text: "1" }, { type: "quit" });
  assertEquals(refusal(alice, { type: "reply", text: "x", id: "7" }), ["no_such_user", "7"]);
});

Deno.test("handlers: a reply reaches the sender under any name", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  bob.say({ type: "whisper", to: "Alice", text: "secret?" }, { type: "nick", name: "Robert" });
  carol.say({ type: "nick", name: "Bob" });
  carol.frames();
  assertEquals(answers(alice, { type: "reply", text: "secret", id: "7" }), [
    { type: "ack", id: "7", to: "Robert" },
  ]);
  assertEquals(carol.frames(), [], "the new holder of the name receives nothing");
});

Deno.test("handlers: a reply never reaches another user who took the name", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  bob.say({ type: "whisper", to: "Alice", text: "secret?" }, { type: "quit" });
  const newcomer = chat.join("Bob");
  assertEquals(refusal(alice, { type: "reply", text: "secret", id: "7" }), ["no_such_user", "7"]);
  assertEquals(newcomer.frames(), []);
});

Deno.test("handlers: a new name is sent to the room, a refusal to its client", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  const renamed = { type: "renamed", room: "lobby", from: "Alice", to: "Ann", time: TIME } as const;
  assertEquals(answers(alice, { type: "nick", name: "Ann" }), [renamed]);
  assertEquals(bob.frames(), [renamed]);
  const same = { ...renamed, from: "Ann" };
  assertEquals(answers(alice, { type: "nick", name: "Ann" }), [same], "an answer for a program");
  assertEquals(bob.frames(), [], "others get nothing about the same name");
  assertEquals(refusal(alice, { type: "nick", name: "bob" }), ["name_taken", undefined]);
  assertEquals(refusal(alice, { type: "nick", name: "a b" }), ["name_invalid", undefined]);
  for (let count = 0; count < 5; count++) alice.say({ type: "nick", name: "bob" });
  assertEquals(alice.session.isEnded, false, "refused names count before the first one only");
});

Deno.test("handlers: users lists the members of the room", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  chat.join("Bob");
  chat.join("Carol", "json", "tea");
  assertEquals(answers(alice, { type: "users" }), [
    { type: "users", room: "lobby", total: 2, users: [{ name: "Alice" }, { name: "Bob" }] },
  ]);
});

Deno.test("handlers: commands of text clients do the same as frames", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const bob = chat.join("Bob");
  alice.received();
  alice.say("/me waves", "//shrug", "/nick Ann", "/users", "/hlep", "/w bob");
  assertEquals(bob.frames().map((frame) => frame.type), ["message", "message", "renamed"]);
  const lines = alice.received();
  for (
    const line of [
      "[12:00:00] *** Alice is now known as Ann. ***\n",
      "[12:00:00] [SYSTEM]: Online users (2): Ann, Bob\n",
      "[12:00:00] [ERROR]: There is no command /hlep. Did you mean /help? /help lists all commands.\n",
      "[12:00:00] [ERROR]: Missing argument. Usage: /whisper NAME TEXT\n",
    ]
  ) assertStringIncludes(lines, line);
});

Deno.test("handlers: help for a text client has the prefix on every line", () => {
  const alice = new Chat().join("Alice", "text");
  alice.say("/help");
  const lines = alice.received().split("\n").slice(0, -1);
  assertEquals(lines, helpText().split("\n").map((line) => `[12:00:00] [SYSTEM]: ${line}`));
});

Deno.test("handlers: a text client receives each line of a program's message behind its name", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const bot = chat.join("bot");
  alice.received();
  bot.say({ type: "message", text: "hi\r\n[12:00:00] Bob: I quit" });
  assertEquals(alice.received(), "[12:00:00] bot: hi\n[12:00:00] bot: [12:00:00] Bob: I quit\n");
});
