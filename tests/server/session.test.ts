import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  lengthPrefix,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  NAME_PROMPT,
  toByteString,
} from "../../protocol/mod.ts";
import { Chat } from "./chat.ts";

const frame = (value: object) => {
  const json = JSON.stringify(value);
  return lengthPrefix(json.length) + json;
};
const welcome = (name: string, seq = 0, room = "lobby") =>
  ({ type: "welcome", name, room, server: "hubbub test", session: "token 1", seq }) as const;

Deno.test("session: a person is asked for a name and welcomed", () => {
  const chat = new Chat();
  const alice = chat.connect("text");
  assertEquals(alice.heard(), NAME_PROMPT);
  assertEquals(alice.say("Alice"), "idle");
  assertEquals(
    alice.heard(),
    "[12:00:00] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n",
  );
  assertEquals(alice.isRegistered, true);
  assertEquals(alice.session.member, chat.hub.people.find("Alice"));
});

Deno.test("session: a program is asked for nothing and welcomed", () => {
  const chat = new Chat();
  const bot = chat.connect("json");
  assertEquals(bot.heard(), "");
  bot.say({ type: "hello", name: "bot", room: "tea" });
  assertEquals(bot.frames(), [welcome("bot", 0, "tea")]);
});

Deno.test("session: a program with length-prefixed frames likewise", () => {
  const bot = new Chat().connect("length");
  bot.send(frame({ type: "hello", name: "bot" }));
  assertEquals(bot.heard(), frame(welcome("bot")));
});

Deno.test("session: welcome comes before anything that is said in the room", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.connect("json");
  alice.session.push('{"type":"hello","name":"Alice"}\n');
  bob.session.push('{"type":"message","text":"hi"}\n');
  bob.session.work(10);
  alice.session.work(10);
  bob.session.push('{"type":"message","text":"hi again"}\n');
  bob.session.work(10);
  chat.flush();
  assertEquals(alice.frames().map(({ type }) => type), ["welcome", "message"]);
});

Deno.test("session: name and first words may come in one piece", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  chat.connect("text").say("Alice", "hi");
  assertEquals(
    bob.heard(),
    "[12:00:00] *** Alice has joined the chat! ***\n[12:00:00] Alice: hi\n",
  );
});

Deno.test("session: a person whose name is refused gets the reason and a new prompt", () => {
  const chat = new Chat();
  chat.join("Alice");
  const person = chat.connect("text");
  person.heard();
  assertEquals(person.say("alice"), "idle");
  assertEquals(
    person.heard(),
    `[12:00:00] [ERROR]: The name "alice" is taken. Choose another.\n${NAME_PROMPT}`,
  );
  person.say("Alice2");
  assertStringIncludes(person.heard(), "Welcome, Alice2!");
});

Deno.test("session: the third refused name closes, whatever was wrong with each", () => {
  const chat = new Chat();
  chat.join("Alice");
  const person = chat.connect("text");
  person.say("Alice");
  person.say("");
  person.heard();
  assertEquals(person.say("caf\xe9"), "ended");
  assertEquals(
    person.heard(),
    "[12:00:00] [ERROR]: " +
      "That line is not valid UTF-8 and was not sent. Set your terminal to UTF-8.\n" +
      "[12:00:00] [ERROR]: 3 answers were refused. Connect again to try others.\n",
  );
  assert(person.sink.isEnded);
  assertEquals(person.isRegistered, false);
});

Deno.test("session: at the prompt a line that is too long is a refused name, too", () => {
  const person = new Chat().connect("text");
  const long = "x".repeat(MAX_LINE_BYTES + 1);
  assertEquals(person.say(long, long), "idle");
  assertEquals(person.say(long), "ended");
  assert(person.sink.isEnded);
});

Deno.test("session: the third refused name of a program closes, too", () => {
  const chat = new Chat();
  chat.join("Alice");
  const bot = chat.connect("json");
  const hello = { type: "hello", name: "Alice" };
  assertEquals(bot.say(hello, hello, hello, hello), "ended");
  const codes = bot.frames().map((frame) => frame.type === "error" && frame.code);
  assertEquals(codes, ["name_taken", "name_taken", "name_taken", "too_many_refusals"]);
});

Deno.test("session: other mistakes of a program are answered, and cost it nothing", () => {
  const bot = new Chat().connect("json");
  for (let count = 0; count < 10; count++) bot.say("{", "[]", '{"type":"dance","id":"7"}', "\xff{");
  bot.heard();
  assertEquals(bot.say({ type: "dance", id: "7" }), "idle");
  assertEquals(bot.frames(), [{
    type: "error",
    code: "unknown_type",
    text: 'There is no frame of type "dance". See docs/PROTOCOL.md.',
    ref: "7",
  }]);
  bot.say({ type: "hello", name: "bot" });
  assertEquals(bot.frames(), [welcome("bot")]);
});

Deno.test("session: a line that is too long is answered, and the next one is heard", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.join("Alice", "text");
  bob.heard();
  alice.say("x".repeat(MAX_LINE_BYTES + 1), "short");
  assertEquals(
    alice.heard(),
    "[12:00:00] [ERROR]: That line is over 4096 bytes and was not sent. Split it.\n",
  );
  assertEquals(bob.heard(), "[12:00:00] Alice: short\n");
});

Deno.test("session: a line of exactly 4096 bytes is heard whole", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const text = "x".repeat(MAX_LINE_BYTES);
  chat.join("Alice", "text").say(text);
  assertEquals(bob.heard().slice(-MAX_LINE_BYTES - 8), `Alice: ${text}\n`);
});

Deno.test("session: a frame that is too long is answered, and the next one is heard", () => {
  const bot = new Chat().connect("json");
  bot.say("{" + " ".repeat(MAX_FRAME_BYTES), { type: "ping", t: 1 });
  const [error, pong] = bot.frames();
  assert(error?.type === "error");
  assertEquals(error.code, "frame_too_long");
  assertEquals(pong, { type: "pong", t: 1 });
});

Deno.test("session: a length that is too long closes, since what follows means nothing", () => {
  const bot = new Chat().connect("length");
  bot.send(frame({ type: "hello", name: "bot" }));
  bot.heard();
  assertEquals(bot.send("\x7f\xff\xff\xff" + frame({ type: "quit" })), "ended");
  assertStringIncludes(bot.heard(), '"code":"frame_too_long"');
  assert(bot.sink.isEnded);
});

Deno.test("session: over its rate it is throttled, and loses nothing", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text", { rate: { perSecond: 10, burst: 3 } });
  assertEquals(alice.say("Alice", "1", "2", "3", "4"), "throttled");
  assertEquals(alice.session.throttledFor, 100);
  assertEquals(alice.session.bufferedBytes, 4);
  bob.heard();
  assertEquals(alice.work(), "throttled", "trying again changes nothing");
  assertEquals(bob.heard(), "");
  chat.clock.advance(100);
  assertEquals(alice.work(), "throttled");
  assertEquals(bob.heard(), "[12:00:00] Alice: 3\n");
  chat.clock.advance(100);
  assertEquals(alice.work(), "idle");
  assertEquals(bob.heard(), "[12:00:00] Alice: 4\n");
  assertEquals(alice.session.throttledFor, 100, "it has nothing left to say, so it is idle");
});

Deno.test("session: it is new, then quiet, and busy without three quarters of its tokens", () => {
  const chat = new Chat();
  const alice = chat.connect("text", { rate: { perSecond: 1, burst: 4 } });
  assertEquals(alice.session.urgency, "new");
  alice.say("Alice");
  assertEquals(alice.session.urgency, "new");
  chat.clock.advance(5000);
  assertEquals(alice.session.urgency, "quiet");
  alice.say("1", "2");
  assertEquals(alice.session.urgency, "busy");
  chat.clock.advance(1000);
  assertEquals(alice.session.urgency, "quiet");
  assertEquals(chat.connect("text").session.urgency, "busy", "without a limit all are alike");
});

Deno.test("session: without a rate it is never throttled", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  assertEquals(alice.say(..."x".repeat(5000)), "idle");
  assertEquals(alice.session.throttledFor, 0);
});

Deno.test("session: wrong input costs tokens like any other", () => {
  const bot = new Chat().connect("json", { rate: { perSecond: 1, burst: 2 } });
  assertEquals(bot.say("{", "\xff", "{"), "throttled");
  assertEquals(bot.frames().length, 2);
});

Deno.test("session: who does not read its answers is not read either, until it does", () => {
  const chat = new Chat();
  const bot = chat.connect("json", {
    limits: { softBytes: 100, softMilliseconds: 1000, hardBytes: 10_000 },
  });
  bot.isStalled = true;
  const ping = { type: "ping", t: 1 };
  const pongs = () => bot.frames().length;
  bot.say(ping, ping, ping, ping, ping); // 22 bytes an answer
  assertEquals(bot.say(ping), "full");
  assertEquals(bot.session.bufferedBytes, 22);
  assertEquals(pongs(), 5);
  bot.isStalled = false;
  chat.flush();
  assertEquals(bot.work(), "idle");
  assertEquals(pongs(), 1);
});

Deno.test("session: who talks and never reads is heard all the same", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 1000 };
  const alice = chat.connect("text", { limits });
  alice.say("Alice");
  alice.isStalled = true;
  for (let count = 0; count < 50; count++) bob.say("x".repeat(50));
  bob.heard();
  assertEquals(alice.say("still here"), "idle");
  assertEquals(bob.heard(), "[12:00:00] Alice: still here\n");
});

Deno.test("session: who was skipped is told how much when it reads again", () => {
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

Deno.test("session: who missed joins, leaves, names or a topic gets a fresh list", () => {
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
      const online = [...chat.server.hub.people.all()].map(({ name }) => name);
      assertEquals(list.users.map(({ name }) => name).toSorted(), online.toSorted());
      assertEquals(list.topic, index === 3 ? "tea" : "");
      chat.flush();
      assertEquals(alice.frames(), [], "once");
    }
  }
});

Deno.test("session: who missed nothing but notices gets the list alone", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  alice.session.tellSkipped({ count: 0, from: 0, to: 0, hasNotices: true });
  chat.flush();
  assertEquals(alice.frames().map(({ type }) => type), ["users"]);
});

Deno.test("session: a person who missed joins or leaves is told where to look", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const limits = { softBytes: 100, softMilliseconds: 1000, hardBytes: 200 };
  const alice = chat.connect("text", { limits });
  alice.say("Alice");
  alice.heard();
  alice.isStalled = true;
  for (let count = 0; count < 4; count++) bob.say("x".repeat(50));
  chat.flush();
  chat.join("Cleo", "text");
  alice.isStalled = false;
  chat.flush();
  chat.flush();
  assertEquals(
    alice.heard().split("\n").slice(-2),
    [
      "[12:00:00] *** Some joins, leaves and new names were skipped. /users lists who is here. ***",
      "",
    ],
  );
});

Deno.test("session: a whisper to somebody who does not read is refused", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const limits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 20 };
  const alice = chat.connect("json", { limits });
  alice.say({ type: "hello", name: "Alice" });
  alice.isStalled = true;
  for (let count = 0; count < 2; count++) bob.say({ type: "message", text: "x" });
  bob.heard();
  bob.say({ type: "whisper", to: "alice", text: "psst", id: "1" });
  const [error] = bob.frames();
  assert(error?.type === "error");
  assertEquals([error.code, error.ref], ["not_reading", "1"]);
});

Deno.test("session: one that causes long answers gives way to the others", () => {
  const bot = new Chat().connect("json");
  bot.session.push('{"type":"help"}\n'.repeat(1000));
  assertEquals(bot.session.work(1000), "more");
  const left = bot.session.bufferedBytes;
  assert(left > 0, "64 KB of answers are fewer than a thousand times the help");
  assertEquals(bot.session.work(0), "more", "a budget of nothing is nothing done");
  assertEquals(bot.session.bufferedBytes, left);
});

Deno.test("session: it works on no more than its budget", () => {
  const bot = new Chat().connect("json");
  bot.session.push('{"type":"ping","t":1}\n'.repeat(10));
  assertEquals(bot.session.work(4), "more");
  assertEquals(bot.session.bufferedBytes, 22 * 6);
});

Deno.test("session: what came before the end of the input is still said, then it ends", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text");
  alice.session.push("Alice\nhi\nno line end");
  assertEquals(alice.endInput(), "ended");
  assertEquals(
    bob.heard(),
    "[12:00:00] *** Alice has joined the chat! ***\n" +
      "[12:00:00] Alice: hi\n" +
      "[12:00:00] Alice: no line end\n" +
      "[12:00:00] *** Alice has left the chat. ***\n",
  );
  assert(alice.sink.isEnded);
});

Deno.test("session: half a frame at the end of the input is nothing", () => {
  const chat = new Chat();
  const bot = chat.connect("length");
  bot.session.push(frame({ type: "hello", name: "bot" }) + frame({ type: "quit" }).slice(0, 10));
  assertEquals(bot.endInput(), "ended");
  assertEquals(bot.heard(), frame(welcome("bot")), "half a quit is no quit: no goodbye");
  assertEquals(
    chat.hub.people.find("bot")?.subscriber,
    undefined,
    "and the session may be resumed",
  );
  chat.advance(10_000);
  assertEquals(chat.hub.people.size, 0);
});

Deno.test("session: at the end of the input throttling still holds, being full does not", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text", {
    rate: { perSecond: 10, burst: 2 },
    limits: { softBytes: 1, softMilliseconds: 1000, hardBytes: 10_000 },
  });
  alice.isStalled = true;
  alice.session.push("Alice\n/users\nhi\n");
  assertEquals(alice.endInput(), "throttled");
  chat.clock.advance(100);
  assertEquals(alice.work(), "ended", "nobody will ever read the answers that fill it");
  assertStringIncludes(bob.heard(), "Alice: hi\n");
});

Deno.test("session: quit says goodbye, ends, and drops what comes behind", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.join("Alice", "text");
  bob.heard();
  assertEquals(alice.say("quit", "too late"), "ended");
  assertEquals(alice.heard(), "[12:00:00] [SYSTEM]: Goodbye, Alice!\n");
  assertEquals(bob.heard(), "[12:00:00] *** Alice has left the chat. ***\n");
  assert(alice.sink.isEnded);
  assertEquals(alice.send("more\n"), "ended");
  assertEquals(chat.hub.people.size, 1);
});

Deno.test("session: quit before there is a name says goodbye to nobody in particular", () => {
  const chat = new Chat();
  const person = chat.connect("text");
  person.heard();
  assertEquals(person.say("/quit"), "ended");
  assertEquals(person.heard(), "[12:00:00] [SYSTEM]: Goodbye!\n");
});

Deno.test("session: shutting down tells everybody once, and nobody that the others leave", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  const bob = chat.join("Bob");
  for (const { session } of [alice, bob]) session.shutDown("shutdown");
  alice.session.shutDown("shutdown");
  chat.flush();
  const text = "The server is shutting down.";
  assertStringIncludes(alice.heard(), `[12:00:00] [SYSTEM]: ${text}\n`);
  assertEquals(bob.frames(), [{ type: "bye", reason: "shutdown", text }]);
  assert(alice.sink.isEnded && bob.sink.isEnded);
});

Deno.test("session: closing tells why, once", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.join("Alice");
  bob.heard();
  const why = { code: "server_full", text: "Server is full." } as const;
  alice.session.close(why);
  alice.session.close(why);
  chat.flush();
  assertEquals(alice.frames(), [{ type: "error", ...why }]);
  assertEquals(bob.frames().map(({ type }) => type), ["left"]);
  assertEquals(alice.session.isEnded, true);
});

Deno.test("session: who was never there is not told to have left", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  chat.connect("text").endInput();
  assertEquals(bob.heard(), "");
});

Deno.test("session: joining and leaving are logged, what is said is not", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  alice.say("a secret", "/whisper Alice another", "quit");
  const address = "192.0.2.1:4000";
  assertEquals(chat.log.entries.map(({ level, event, fields }) => ({ level, event, fields })), [
    {
      level: "info",
      event: "joined",
      fields: { name: "Alice", room: "lobby", address, kind: "text" },
    },
    { level: "info", event: "left", fields: { name: "Alice", address } },
  ]);
});

Deno.test("session: input may be cut anywhere", () => {
  const input = toByteString("Zoë\r\nhé\x07llo\r\n/users\r\nquit\r\n");
  const hear = (chunks: readonly string[]) => {
    const chat = new Chat();
    const bob = chat.join("Bob", "text");
    const person = chat.connect("text");
    for (const chunk of chunks) person.send(chunk);
    return [person.heard(), bob.heard()];
  };
  const whole = hear([input]);
  assertStringIncludes(whole[1]!, "Zoë: héllo\n");
  assertEquals(hear(input.split("")), whole);
  for (let place = 1; place < input.length; place++) {
    assertEquals(hear([input.slice(0, place), input.slice(place)]), whole, `cut at ${place}`);
  }
});
