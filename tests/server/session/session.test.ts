import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lengthPrefix, MAX_LINE_BYTES, NAME_PROMPT, toByteString } from "../../../protocol/mod.ts";
import { Chat } from "../chat.ts";

const frame = (value: object) => {
  const json = JSON.stringify(value);
  return lengthPrefix(json.length) + json;
};
const welcome = (name: string, seq = 0, room = "lobby") => ({
  type: "welcome" as const,
  name,
  rooms: [{ room, seq }],
  server: "hubbub test",
  session: "token 1",
});

Deno.test("session: a user is prompted for a name and welcomed", () => {
  const chat = new Chat();
  const alice = chat.connect("text");
  assertEquals(alice.received(), NAME_PROMPT);
  assertEquals(alice.say("Alice"), "idle");
  assertEquals(
    alice.received(),
    "[12:00:00] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n",
  );
  assertEquals(alice.isRegistered, true);
  assertEquals(alice.session.member, chat.hub.members.find("Alice"));
});

Deno.test("session: a program is welcomed without a prompt", () => {
  const chat = new Chat();
  const bot = chat.connect("json");
  assertEquals(bot.received(), "");
  bot.say({ type: "hello", name: "bot", rooms: ["tea"] });
  assertEquals(bot.frames(), [welcome("bot", 0, "tea")]);
});

Deno.test("session: a program with length-prefixed frames is welcomed without a prompt", () => {
  const bot = new Chat().connect("length");
  bot.send(frame({ type: "hello", name: "bot" }));
  assertEquals(bot.received(), frame(welcome("bot")));
});

Deno.test("session: welcome is sent before any message of the room", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.connect("json");
  alice.push('{"type":"hello","name":"Alice"}\n');
  bob.push('{"type":"message","text":"hi"}\n');
  bob.workOn(10);
  alice.workOn(10);
  bob.push('{"type":"message","text":"hi again"}\n');
  bob.workOn(10);
  chat.flush();
  assertEquals(alice.frames().map(({ type }) => type), ["welcome", "message"]);
});

Deno.test("session: name and first message may arrive in one chunk", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  chat.connect("text").say("Alice", "hi");
  assertEquals(
    bob.received(),
    "[12:00:00] *** Alice has joined the chat! ***\n[12:00:00] Alice: hi\n",
  );
});

Deno.test("session: a user whose name is refused gets the reason and a new prompt", () => {
  const chat = new Chat();
  chat.join("Alice");
  const person = chat.connect("text");
  person.received();
  assertEquals(person.say("alice"), "idle");
  assertEquals(
    person.received(),
    `[12:00:00] [ERROR]: The name "alice" is taken. Choose another.\n${NAME_PROMPT}`,
  );
  person.say("Alice2");
  assertStringIncludes(person.received(), "Welcome, Alice2!");
});

Deno.test("session: the third refused name closes the connection, for any reasons", () => {
  const chat = new Chat();
  chat.join("Alice");
  const person = chat.connect("text");
  person.say("Alice");
  person.say("");
  person.received();
  assertEquals(person.say("caf\xe9"), "ended");
  assertEquals(
    person.received(),
    "[12:00:00] [ERROR]: " +
      "The line is not valid UTF-8 and was not sent. Set your terminal to UTF-8.\n" +
      "[12:00:00] [ERROR]: 3 names or passwords were refused. Connect again to try others.\n",
  );
  assert(person.transport.isEnded);
  assertEquals(person.isRegistered, false);
});

Deno.test("session: at the prompt a line over the limit is a refused name, too", () => {
  const person = new Chat().connect("text");
  const long = "x".repeat(MAX_LINE_BYTES + 1);
  assertEquals(person.say(long, long), "idle");
  assertEquals(person.say(long), "ended");
  assert(person.transport.isEnded);
});

Deno.test("session: the third refused name of a program closes the connection, too", () => {
  const chat = new Chat();
  chat.join("Alice");
  const bot = chat.connect("json");
  const hello = { type: "hello", name: "Alice" };
  assertEquals(bot.say(hello, hello, hello, hello), "ended");
  const codes = bot.frames().map((frame) => frame.type === "error" && frame.code);
  assertEquals(codes, ["name_taken", "name_taken", "name_taken", "too_many_refusals"]);
});

Deno.test("session: other errors of a program are reported, and do not count", () => {
  const bot = new Chat().connect("json");
  for (let count = 0; count < 10; count++) bot.say("{", "[]", '{"type":"dance","id":"7"}', "\xff{");
  bot.received();
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

Deno.test("session: a length over the limit closes the connection", () => {
  const bot = new Chat().connect("length");
  bot.send(frame({ type: "hello", name: "bot" }));
  bot.received();
  assertEquals(bot.send("\x7f\xff\xff\xff" + frame({ type: "quit" })), "ended");
  assertStringIncludes(bot.received(), '"code":"frame_too_long"');
  assert(bot.transport.isEnded);
});

Deno.test("session: half a frame at the end of the input is dropped", () => {
  const chat = new Chat();
  const bot = chat.connect("length");
  bot.push(frame({ type: "hello", name: "bot" }) + frame({ type: "quit" }).slice(0, 10));
  assertEquals(bot.endInput(), "ended");
  assertEquals(bot.received(), frame(welcome("bot")), "half a quit is no quit: no goodbye");
  assertEquals(
    chat.hub.members.find("bot")?.subscriber,
    undefined,
    "and the session may be resumed",
  );
  chat.advance(10_000);
  assertEquals(chat.hub.members.size, 0);
});

Deno.test("session: joining and leaving are logged, messages are not", () => {
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

Deno.test("session: input may arrive in any chunks", () => {
  const input = toByteString("Zoë\r\nhé\x07llo\r\n/users\r\nquit\r\n");
  const receive = (chunks: readonly string[]) => {
    const chat = new Chat();
    const bob = chat.join("Bob", "text");
    const person = chat.connect("text");
    for (const chunk of chunks) person.send(chunk);
    return [person.received(), bob.received()];
  };
  const whole = receive([input]);
  assertStringIncludes(whole[1]!, "Zoë: héllo\n");
  assertEquals(receive(input.split("")), whole);
  for (let place = 1; place < input.length; place++) {
    assertEquals(receive([input.slice(0, place), input.slice(place)]), whole, `cut at ${place}`);
  }
});
