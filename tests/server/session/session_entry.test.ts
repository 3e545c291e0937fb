import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  MAX_LINE_BYTES,
  NAME_PROMPT,
  PASSWORD_PROMPT,
  protocolError,
  SERVER_PASSWORD_PROMPT,
  toByteString,
} from "../../../protocol/mod.ts";
import { Chat, promises, storeWithAccounts } from "../chat.ts";

const ERROR = "[12:00:00] [ERROR]: ";
const WELCOME = "[12:00:00] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n";
const TOO_MANY = `${ERROR}3 names or passwords were refused. Connect again to try others.\n`;

/** A chat in which the name Alice is protected. */
const withAlice = (serverPassword?: string) =>
  new Chat({
    store: storeWithAccounts(["Alice", "secret"]),
    ...(serverPassword === undefined ? undefined : { serverPassword }),
  });

const codesOf = (frames: readonly object[]) =>
  frames.map((frame) => "code" in frame ? frame.code : "type" in frame && frame.type);

Deno.test("session: at the prompt every line except /quit is a name", () => {
  for (
    const [line, name] of [["quit", "quit"], [" Alice ", "Alice"], ["Мария", "Мария"]] as const
  ) {
    const person = new Chat().connect("text");
    person.say(toByteString(line));
    assertEquals(person.session.member?.name, name);
  }
  for (const line of ["", "/help", "/quitx", "a b"]) {
    const person = new Chat().connect("text");
    person.received();
    assertEquals(person.say(line), "idle");
    assertStringIncludes(person.received(), `${ERROR}A name `);
  }
  for (const line of [" /quit ", "/quit x", "/exit", "/EXIT"]) {
    assertEquals(new Chat().connect("text").say(line), "ended", line);
  }
});

Deno.test("session: a user is prompted for the password of a protected name", async () => {
  const chat = withAlice();
  const person = chat.connect("text");
  person.received();
  assertEquals(person.say("Alice"), "idle");
  assertEquals(person.received(), PASSWORD_PROMPT, "the question is no error");
  assertEquals(person.say("secret"), "waiting");
  assertEquals(person.received(), "");
  assertEquals(person.session.member, undefined);
  await chat.settle();
  assertEquals(person.received(), WELCOME);
  assertEquals(person.isRegistered, true);
  assertEquals(person.session.member?.isAuthenticated, true);
});

Deno.test("session: a wrong password is reported, and prompted for again, three times", async () => {
  const chat = withAlice();
  const person = chat.connect("text");
  person.say("Alice");
  person.received();
  for (let count = 0; count < 2; count++) {
    person.say("wrong");
    await chat.settle();
    assertEquals(
      person.received(),
      `${ERROR}Wrong password. Try again.\n${PASSWORD_PROMPT}`,
    );
  }
  person.say("wrong");
  await chat.settle();
  assertEquals(person.received(), `${ERROR}Wrong password. Try again.\n${TOO_MANY}`);
  assertEquals(person.session.isEnded, true);
  assert(person.transport.isEnded);
});

Deno.test("session: any line is a password, also an empty one, and is cleaned", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", " pä \tss/quit "]) });
  const person = chat.connect("text");
  person.say("Alice");
  person.say(toByteString(" p\x07ä \tss/quit "));
  await chat.settle();
  assertEquals(person.session.member?.name, "Alice");
  const other = withAlice().connect("text");
  other.say("Alice", "");
  assertEquals(other.work(), "waiting", "an empty line is a wrong password, not a question");
});

Deno.test("session: the prompts of a server with a password, for a protected name", async () => {
  const chat = withAlice("open");
  const person = chat.connect("text");
  assertEquals(person.received(), SERVER_PASSWORD_PROMPT);
  person.say("open");
  assertEquals(person.received(), NAME_PROMPT);
  person.say("Alice");
  assertEquals(person.received(), PASSWORD_PROMPT);
  person.say("secret");
  await chat.settle();
  assertEquals(person.received(), WELCOME);
});

Deno.test("session: a wrong server password is reported with the name, and prompted for again", () => {
  const chat = new Chat({ serverPassword: "open" });
  const person = chat.connect("text");
  person.received();
  person.say("wrong");
  assertEquals(person.received(), NAME_PROMPT);
  person.say("Alice");
  assertEquals(
    person.received(),
    `${ERROR}The server password is wrong. Try again.\n${SERVER_PASSWORD_PROMPT}`,
  );
  person.say("open");
  assertEquals(person.received(), WELCOME, "the name is known already");
});

Deno.test("session: the third wrong server password closes the connection", () => {
  const person = new Chat({ serverPassword: "open" }).connect("text");
  assertEquals(person.say("1", "Alice", "2"), "idle");
  assertEquals(person.say("3"), "ended");
  assertStringIncludes(person.received(), TOO_MANY);
});

Deno.test("session: invalid UTF-8 at any prompt repeats that prompt", async () => {
  const chat = withAlice("open");
  const person = chat.connect("text");
  for (
    const [prompt, answer] of [
      [SERVER_PASSWORD_PROMPT, "open"],
      [NAME_PROMPT, "Alice"],
      [PASSWORD_PROMPT, "secret"],
    ] as const
  ) {
    assertEquals(person.received(), prompt);
    // Two refusals end the connection in a third one at most.
    if (prompt !== NAME_PROMPT) {
      person.say("\xffp\xc3");
      await chat.settle();
      const { text } = protocolError("invalid_utf8");
      assertEquals(person.received(), `${ERROR}${text}\n${prompt}`);
    }
    person.say(answer);
    await chat.settle();
  }
  assertEquals(person.received(), WELCOME);
});

Deno.test("session: a refusal at any prompt counts, and repeats that prompt", async () => {
  const chat = withAlice();
  const person = chat.connect("text");
  person.say("Alice");
  person.received();
  person.say("x".repeat(MAX_LINE_BYTES + 1));
  assertStringIncludes(person.received(), PASSWORD_PROMPT);
  person.say("caf\xe9");
  assertStringIncludes(person.received(), PASSWORD_PROMPT);
  person.say("wrong");
  await chat.settle();
  assertEquals(person.session.isEnded, true);
});

Deno.test("session: the third wrong server password of a program closes the connection, too", () => {
  const chat = new Chat({ serverPassword: "open" });
  const bot = chat.connect();
  const hello = { type: "hello", name: "bot" };
  for (let count = 0; count < 5; count++) bot.say(hello);
  assertEquals(bot.session.isEnded, false, "to give none is a question");
  bot.frames();
  const wrong = { ...hello, serverPassword: "wrong" };
  bot.say(wrong, wrong);
  assertEquals(bot.session.isEnded, false);
  bot.say(wrong);
  assertEquals(codesOf(bot.frames()).at(-1), "too_many_refusals");
  assertEquals(bot.session.isEnded, true);
});

Deno.test("session: the third wrong password of a program closes the connection; a missing one does not count", async () => {
  const chat = withAlice();
  const bot = chat.connect();
  const hello = { type: "hello", name: "Alice" };
  for (let count = 0; count < 5; count++) bot.say(hello);
  assertEquals(codesOf(bot.frames()), new Array(5).fill("password_needed"));
  for (let count = 0; count < 3; count++) {
    bot.say({ ...hello, password: "wrong" });
    await chat.settle();
  }
  assertEquals(codesOf(bot.frames()), [
    ...new Array(3).fill("wrong_password"),
    "too_many_refusals",
  ]);
  assertEquals(bot.session.isEnded, true);
});

Deno.test("session: input during the check is buffered, and handled after the welcome", async () => {
  const chat = withAlice();
  const bob = chat.join("Bob");
  const bot = chat.connect();
  bot.push(
    '{"type":"hello","name":"Alice","password":"secret"}\n{"type":"message","text":"1","id":"1"}\n',
  );
  assertEquals(bot.work(), "waiting");
  assertEquals(bot.say({ type: "message", text: "2" }), "waiting");
  assert(bot.bufferedBytes > 0);
  assertEquals(bob.frames(), []);
  await chat.settle();
  assertEquals(codesOf(bot.frames()), ["welcome", "ack"]);
  assertEquals(codesOf(bob.frames()), ["joined", "message", "message"]);
});

Deno.test("session: the end of the input during the check is handled after the earlier input", async () => {
  const chat = withAlice();
  const bob = chat.join("Bob", "text");
  const person = chat.connect("text");
  person.push("Alice\nsecret\nhi\nlast");
  assertEquals(person.endInput(), "waiting");
  await chat.settle();
  const stamp = "[12:00:00] ";
  assertEquals(
    bob.received(),
    `${stamp}*** Alice has joined the chat! ***\n${stamp}Alice: hi\n${stamp}Alice: last\n` +
      `${stamp}*** Alice has left the chat. ***\n`,
  );
  assertEquals(person.session.isEnded, true);
});

Deno.test("session: a client that is closed during the check does not join", async () => {
  for (
    const close of [
      (bot: ReturnType<Chat["connect"]>) => bot.session.close(protocolError("too_slow")),
      (bot: ReturnType<Chat["connect"]>) => bot.session.shutDown("shutdown"),
    ]
  ) {
    const chat = withAlice();
    const bot = chat.connect();
    bot.say({ type: "hello", name: "Alice", password: "secret", rooms: ["tea"] });
    close(bot);
    await chat.settle();
    assertEquals(chat.hub.members.size, 0);
    assertEquals(chat.hub.rooms.size, 1);
    assertEquals(bot.isRegistered, false);
    assertEquals(bot.frames().length, 1);
  }
});

Deno.test("session: a client is not read during its registration", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const alice = chat.join("Alice", "text");
  const bob = chat.join("Bob", "text");
  alice.received();
  assertEquals(alice.say("/register secret 123", "hi"), "waiting");
  assertEquals(bob.received(), "");
  await chat.settle();
  assertEquals(
    alice.received(),
    "[12:00:00] [SYSTEM]: The name Alice is yours: from now on it needs the password.\n",
  );
  assertEquals(bob.received(), "[12:00:00] Alice: hi\n");
});

Deno.test("session: an error of the check ends the session, and is logged with its stack", async () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  alice.session.wait(Promise.reject(new Error("Cannot hash: no memory")));
  assertEquals(alice.say({ type: "ping", t: 1 }), "waiting");
  await promises();
  assertEquals(chat.hasTurn, true);
  assertEquals(alice.work(), "ended");
  const [error] = alice.frames();
  assert(error?.type === "error");
  assertEquals(error.code, "internal_error");
  const entry = chat.log.entries.find(({ event }) => event === "internal error");
  assertEquals([entry?.level, entry?.fields.error], ["error", "Error: Cannot hash: no memory"]);
  assertStringIncludes(String(entry?.fields.stack), "session_entry.test.ts");
  assertEquals(chat.server.metrics.internalErrors, 1);
  bob.received();
  assertEquals(bob.say({ type: "ping", t: 1 }), "idle", "other clients are not affected");
});

Deno.test("session: hashing a password costs tokens", async () => {
  const chat = withAlice();
  const hello = { type: "hello", name: "Alice", password: "wrong" };
  for (const [burst, isThrottled] of [[40, false], [10, true]] as const) {
    const bot = chat.connect("json", { rate: { burst, perSecond: 1 } });
    bot.say(hello);
    await chat.settle();
    assertEquals(bot.task.throttledFor > 0, isThrottled);
  }
});

Deno.test("session: every refusal of a hello carries its id", async () => {
  const chat = withAlice();
  const refsOf = async (hello: object, ip = "192.0.2.1") => {
    const bot = chat.connect("json", { ip });
    bot.say({ type: "hello", name: "Bot", id: "7", ...hello });
    await chat.settle();
    return bot.frames().flatMap((frame) => frame.type === "error" ? [[frame.code, frame.ref]] : []);
  };
  assertEquals(await refsOf({ name: "a b" }), [["name_invalid", "7"]]);
  assertEquals(await refsOf({ name: "Alice" }), [["password_needed", "7"]]);
  assertEquals(await refsOf({ name: "Alice", password: "x" }), [["wrong_password", "7"]]);
  assertEquals(await refsOf({ name: "Bot", rooms: ["lobby", "a b"] }), [["room_invalid", "7"]]);
  assertEquals(await refsOf({ resume: { session: "x", rooms: { lobby: 0 } } }), [[
    "cannot_resume",
    "7",
  ]]);
  chat.store.bans.save({ kind: "address", key: "198.51.100.7", by: "Op" });
  assertEquals(await refsOf({}, "198.51.100.7"), [["banned", "7"]]);
});

Deno.test("session: a banned program gets the reason, and is closed", () => {
  const chat = new Chat();
  const op = chat.join("Op").session.member!;
  chat.moderation.ban(op, "Alice", { duration: "1h" });
  const bot = chat.connect();
  assertEquals(bot.say({ type: "hello", name: "Alice" }), "ended");
  const [error] = bot.frames();
  assert(error?.type === "error");
  assertEquals(error.code, "banned");
  const person = chat.connect("text");
  assertEquals(person.say("alice"), "ended");
  assertStringIncludes(person.received(), "You are banned from this server until ");
});

Deno.test("session: a dismissed client gets the reason, once, and leaves", () => {
  const chat = new Chat();
  const bob = chat.join("Bob");
  const alice = chat.join("Alice");
  bob.frames();
  const member = alice.session.member!;
  member.dismiss("kicked", "Out.");
  member.dismiss("kicked", "Out again.");
  chat.flush();
  assertEquals(alice.frames(), [{ type: "bye", reason: "kicked", text: "Out." }]);
  assertEquals(codesOf(bob.frames()), ["left"]);
  assert(alice.transport.isEnded);
  assertEquals(chat.hasTurn, true, "the end of the connection is pending");
  assertEquals(alice.work(), "ended");
  assertEquals(chat.hub.members.size, 1);
});

Deno.test("session: each program has a token of its own, users have none", () => {
  const chat = new Chat();
  const tokens = ["a", "b"].map((name) => {
    const bot = chat.connect();
    bot.say({ type: "hello", name });
    const [welcome] = bot.frames();
    return welcome?.type === "welcome" && welcome.session;
  });
  assertEquals(new Set(tokens).size, 2);
  chat.join("Alice", "text");
  assertEquals(chat.store.sessions.all().map(({ name }) => name), ["a", "b"]);
});

Deno.test("session: the welcome contains the topic of the room", () => {
  const chat = new Chat();
  chat.join("Alice").say({ type: "topic", text: "Tea" });
  const bot = chat.connect();
  bot.say({ type: "hello", name: "bot" });
  const [welcome] = bot.frames();
  assert(welcome?.type === "welcome");
  assertEquals(welcome.rooms[0]!.topic, "Tea");
  const person = chat.connect("text");
  person.say("Bob");
  assertStringIncludes(person.received(), "[12:00:00] [SYSTEM]: Topic: Tea\n");
});

Deno.test("session: a restart is reported as such", () => {
  const alice = new Chat().join("Alice", "text");
  alice.session.shutDown("restart");
  alice.work();
  assertStringIncludes(alice.received(), "[12:00:00] [SYSTEM]: The server is restarting.\n");
});
