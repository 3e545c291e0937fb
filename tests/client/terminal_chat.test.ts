import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodeOf } from "../../client/mod.ts";
import { chatWith, CONNECTED, WELCOME } from "./chat_on_screen.ts";
import { FakeServer, INTRODUCTION, message, settle, welcome } from "./fakes.ts";

Deno.test("it says at once where it connects to, until that is done or has failed", async () => {
  const server = new FakeServer();
  server.onAsked = () => {};
  const chat = chatWith(server);
  assertEquals(await chat.lines(), ["Connecting to 127.0.0.1:8080 ..."]);
  server.beFriendly().say(INTRODUCTION);
  assertEquals(await chat.lines(), [CONNECTED, "Enter your username:"]);
  await chat.type("\x03");
  await chat.outcome;

  const mute = new FakeServer();
  mute.onAsked = () => {};
  const silent = chatWith(mute);
  await settle();
  silent.clock.advance(10_000);
  assertEquals(exitCodeOf(await silent.outcome), 3);
  assertEquals(await silent.lines(), [""]);
});

Deno.test("it connects, asks for the name, and shows a prompt", async () => {
  const chat = chatWith();
  assertEquals(await chat.lines(), [CONNECTED, "Enter your username:"]);
  await chat.type("Alice\r");
  assertEquals(await chat.lines(), [CONNECTED, "Enter your username: Alice", WELCOME, ">"]);
  assertEquals(chat.server.said.map(({ type }) => type), ["hello", "users", "rooms"]);
  await chat.type("\x04");
  assertEquals(await chat.outcome, { type: "quit", by: "end of input", refused: 0 });
});

Deno.test("coming into a room tells what was said there last, and in one line where one is", async () => {
  const server = new FakeServer();
  let rooms = 0;
  server.beFriendly();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    switch (frame.type) {
      case "hello":
        return server.say(welcome(frame.name!, 2));
      case "history": {
        const messages = [message(1, "one"), message(2, "two", "Alice")];
        return server.say({ type: "history", room: "lobby", messages, more: false });
      }
      case "users": {
        const room = ++rooms === 1 ? "lobby" : "tea";
        const users = ["Alice", "Bob"].map((name) => ({ name }));
        return server.say({ type: "users", room, total: 2, users });
      }
      case "join":
        return server.say({
          type: "joined",
          room: "tea",
          name: "Alice",
          time: 1,
          seq: 0,
          topic: "Cake",
        });
      default:
        return friendly(frame);
    }
  };
  const chat = chatWith(server, { name: "Alice" });
  await settle();
  await chat.type("/join tea\r");
  assertEquals((await chat.lines()).slice(2), [
    "[SYSTEM]: The last 2 messages of lobby:",
    "Bob: one",
    "Alice: two",
    "[SYSTEM]: You are in lobby on 127.0.0.1:8080 with 1 other: Bob.",
    "[SYSTEM]: You are in tea on 127.0.0.1:8080 with 1 other: Bob.",
    "[SYSTEM]: Topic: Cake",
    ">",
  ]);
  // What is said from here on is heard anyway; where nothing was said there is nothing to ask for.
  const asked = server.said.filter(({ type }) => type === "history");
  assertEquals(asked, [{ type: "history", limit: 15, before: 3 }]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a taken name is told, and asked for again", async () => {
  const server = new FakeServer().beFriendly({ taken: ["Bob"] });
  const chat = chatWith(server, { name: "Bob" });
  assertEquals(await chat.lines(), [
    CONNECTED,
    "[ERROR]: Bob is taken.",
    "Enter your username:",
  ]);
  await chat.type("Alice\r");
  assertEquals((await chat.lines()).slice(2), ["Enter your username: Alice", WELCOME, ">"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a server that lost patience with the name is connected to again", async () => {
  const chat = chatWith();
  await settle();
  chat.server.say({ type: "error", code: "registration_timeout", text: "Too slow." });
  chat.server.drop();
  await chat.type("Alice\r");
  assertEquals((await chat.lines()).slice(1), ["Enter your username: Alice", WELCOME, ">"]);
  assertEquals(chat.server.connections, 2);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("the typed line becomes what was said; answers and errors follow", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("hello\r");
  await chat.type("/me waves\r");
  await chat.type("/w Bob psst\r");
  await chat.type("/zzz\r");
  await chat.type("   \r");
  chat.server.say({ type: "whisper", from: "Bob", to: "Alice", text: "hm?", time: 1 });
  assertEquals((await chat.lines()).slice(2), [
    "You: hello",
    "* Alice waves",
    "[WHISPER to Bob]: psst",
    "[ERROR]: There is no command /zzz. /help lists all commands.",
    "[WHISPER from Bob]: hm?",
    ">",
  ]);
  await chat.type("/quit gone fishing\r");
  assertEquals(await chat.outcome, { type: "quit", by: "command", refused: 0 });
  assertEquals(chat.server.said.at(-1), { type: "quit", reason: "gone fishing" });
});

Deno.test("a whisper to oneself is shown once, the own name as a new one not at all", async () => {
  const server = new FakeServer().beFriendly();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    const own = { from: "Alice", to: "Alice", time: 1 };
    if (frame.type === "whisper") server.say({ type: "whisper", ...own, text: frame.text });
    if (frame.type === "nick") return server.say({ type: "renamed", room: "lobby", ...own });
    friendly(frame);
  };
  const chat = chatWith(server, { name: "Alice" });
  await settle();
  await chat.type("/w alice psst\r");
  await chat.type("/nick Alice\r");
  await chat.type("/sen\r");
  assertEquals((await chat.lines()).slice(2), [
    "[WHISPER to Alice]: psst",
    "[ERROR]: There is no command /sen. Did you mean /send? /help lists al",
    "l commands.",
    ">",
  ]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a half-typed line survives what comes in, also when it wraps", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  const long = "word ".repeat(40);
  await chat.type(long);
  for (let seq = 1; seq <= 1000; seq++) {
    chat.server.say(message(seq, `number ${seq}`));
    if (seq % 100 === 0) {
      await chat.lines();
      await chat.type(String(seq / 100 % 10));
    }
  }
  const lines = await chat.lines();
  const incoming = lines.slice(2, 1002);
  assertEquals(incoming, Array.from({ length: 1000 }, (_, n) => `Bob: number ${n + 1}`));
  assertEquals(
    lines.slice(1002).join("").replaceAll(" ", ""),
    `>${long.replaceAll(" ", "")}1234567890`,
  );
  await chat.type("\r");
  const after = await chat.lines();
  assertStringIncludes(after.slice(1002).join(""), "You: word word");
  assertEquals(after.at(-1), ">");
  assertEquals(after.filter((line) => line.startsWith(">")).length, 1);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a line that fills the width exactly is replaced as a whole", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("x".repeat(78));
  await chat.type("\x1b[D\x1b[D\r"); // with the cursor two to the left of its end
  const lines = await chat.lines();
  assertEquals(lines.slice(2).join(""), `You: ${"x".repeat(78)}>`);
  await chat.type("\x03");
  await chat.outcome;
});

for (
  const [keys, by] of [["quit\r", "command"], ["/quit\r", "command"], [
    "half\x03",
    "interrupt",
  ], ["\x04", "end of input"]] as const
) {
  Deno.test(`it leaves by ${JSON.stringify(keys)}`, async () => {
    const chat = chatWith(undefined, { name: "Alice" });
    await settle();
    await chat.type(keys);
    assertEquals(await chat.outcome, { type: "quit", by, refused: 0 });
    assertEquals(exitCodeOf(await chat.outcome), by === "interrupt" ? 130 : 0);
    assertEquals((await chat.lines()).slice(2), [
      "[SYSTEM]: Goodbye!",
      "Disconnected from server.",
      "",
    ]);
    assertEquals(chat.clock.timers, 0);
  });
}

Deno.test("a second Ctrl+C does not wait for the goodbye", async () => {
  const server = new FakeServer().beFriendly();
  const chat = chatWith(server, { name: "Alice" });
  await settle();
  server.onFrame = () => {};
  await chat.type("\x03");
  assert(!server.isDestroyed);
  await chat.type("\x03");
  assertEquals(await chat.outcome, { type: "quit", by: "interrupt", refused: 0 });
});

Deno.test("leaving instead of giving a name is no failure", async () => {
  for (const [key, exitCode] of [["\x03", 130], ["\x04", 0]] as const) {
    const chat = chatWith();
    await settle();
    await chat.type(key);
    assertEquals(exitCodeOf(await chat.outcome), exitCode);
  }
});

Deno.test("Ctrl+C leaves while a server does not answer the name, or cannot be reached again", async () => {
  for (const isGone of [false, true]) {
    const server = new FakeServer();
    const chat = chatWith(server);
    await settle();
    if (isGone) {
      server.drop();
      server.onConnect = () => {};
    }
    await chat.type("Alice\r");
    await chat.type("\x03");
    chat.clock.advance(1000);
    assertEquals(exitCodeOf(await chat.outcome), 130);
    assertEquals((await chat.lines()).slice(-2), ["Disconnected from server.", ""]);
  }
});

Deno.test("what was typed before Ctrl+D is said, though it came before the welcome", async () => {
  const server = new FakeServer().beFriendly();
  const chat = chatWith(server);
  await settle();
  await chat.type("Alice\rhello\r\x04");
  assertEquals(exitCodeOf(await chat.outcome), 0);
  assertEquals(server.said.flatMap((frame) => frame.type === "message" ? [frame.text] : []), [
    "hello",
  ]);
});

Deno.test("leaving does not wait for a terminal that takes nothing", async () => {
  for (const key of ["\x04", "\x03"]) {
    const chat = chatWith(undefined, { name: "Alice" });
    await settle();
    chat.output.pause();
    for (let seq = 1; seq <= 100; seq++) chat.server.say(message(seq, "x".repeat(4000)));
    await settle();
    chat.clock.advance(16);
    assert(chat.output.writableNeedDrain);
    await chat.type(key);
    for (let second = 0; second < 3; second++) {
      chat.clock.advance(1000);
      await settle();
    }
    assertEquals((await chat.outcome).type, "quit");
  }
});

Deno.test("what was not delivered is exit code 1, unless Ctrl+C asked for the end", async () => {
  for (const [keys, exitCode] of [["\x04", 1], ["/quit\r", 1], ["\x03", 130]] as const) {
    const chat = chatWith(new FakeServer().beFriendly({ acknowledges: false }), { name: "Alice" });
    await settle();
    await chat.type("one\r/w Bob two\r");
    await chat.type(keys);
    const outcome = await chat.outcome;
    assertEquals(outcome.type === "quit" && outcome.refused, 2);
    assertEquals(exitCodeOf(outcome), exitCode);
  }
});

Deno.test("the stop signal leaves, also while a name is asked for", async () => {
  const stop = new AbortController();
  const chat = chatWith(undefined, { stop: stop.signal });
  await settle();
  stop.abort();
  assertEquals(await chat.outcome, { type: "quit", by: "stopped", refused: 0 });
  assertEquals(exitCodeOf(await chat.outcome), 130);
});

Deno.test("the terminal is asked to mark pastes, and told to stop on every way out", async () => {
  const PASTES = { on: "\x1b[?2004h", off: "\x1b[?2004l" };
  const ways: [string, (chat: ReturnType<typeof chatWith>) => unknown][] = [
    ["Ctrl+C", (chat) => chat.type("\x03")],
    ["Ctrl+C at a question", async (chat) => {
      await chat.type("\x1b[200~one\ntwo\x1b[201~");
      await chat.type("\x03\x03");
    }],
    ["/quit", (chat) => chat.type("/quit\r")],
    ["a lost connection", (chat) => chat.server.drop()],
    ["a server that closes", (chat) => {
      chat.server.say({ type: "bye", reason: "kicked", text: "Out!" });
      chat.server.drop();
    }],
  ];
  for (const [way, leave] of ways) {
    const chat = chatWith(undefined, { name: "Alice", reconnect: false });
    await settle();
    assertEquals(chat.output.text.split(PASTES.on).length, 2, way);
    await leave(chat);
    await chat.outcome;
    await settle();
    assert(chat.output.text.lastIndexOf(PASTES.off) > chat.output.text.lastIndexOf(PASTES.on), way);
  }
  const refused = chatWith(new FakeServer().beFriendly({ taken: ["Bob"] }), { name: "Bob" });
  await settle();
  await refused.type("\x04");
  await refused.outcome;
  await settle();
  assertStringIncludes(refused.output.text, PASTES.off);
});

Deno.test("the bell rings once for all that is printed together", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  chat.server.say(message(1, "hello"), message(2, "hi Alice"), message(3, "alice?"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 1);
  await chat.type("/bell off\r");
  chat.server.say(message(4, "Alice!"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 1);
  await chat.type("/bell all\r");
  chat.server.say(message(5, "anything"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 2);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("what the server has not taken stays above the prompt, and is refused or lost aloud", async () => {
  const chat = chatWith(new FakeServer().beFriendly({ acknowledges: false }), {
    name: "Alice",
    reconnect: false,
  });
  await settle();
  await chat.type("one\rtwo\r/w Bob psst\rthree\rhalf");
  chat.server.say(message(1, "meanwhile"));
  assertEquals((await chat.lines()).slice(2), [
    "Bob: meanwhile",
    "You: one …",
    "You: two …",
    "/w Bob psst …",
    "and 1 more …",
    "> half",
  ]);
  const [first = "", second = "", third = ""] = chat.server.unanswered;
  chat.server.say(
    { type: "ack", id: first, seq: 2 },
    { type: "error", code: "muted", text: "You are muted.", ref: second },
    { type: "ack", id: third, to: "Bob" },
  );
  assertEquals(
    (await chat.lines()).slice(3).sort(),
    [
      "> half",
      "You: one",
      "You: three …",
      "You: two (refused)",
      "[ERROR]: You are muted.",
      "[WHISPER to Bob]: psst",
    ].sort(),
  );
  chat.server.drop();
  await chat.outcome;
  assertEquals((await chat.lines()).slice(-4), [
    "You: three (not delivered)",
    "Lost the connection to 127.0.0.1:8080: the server closed it without a word.",
    "Disconnected from server.",
    "",
  ]);
});

Deno.test("pastes wait for each other, and what is typed behind the answer is typed", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("\x1b[200~one\ntwo\x1b[201~\x1b[200~three\nfour\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "Send 2 lines? [y]es, [o]ne message, [n]o");
  await chat.type("o");
  assertEquals((await chat.lines()).slice(2), [
    "You: one",
    "You: two",
    "Send 2 lines? [y]es, [o]ne message, [n]o",
  ]);
  await chat.type("nafter\r");
  assertEquals((await chat.lines()).slice(4), ["You: after", ">"]);
  const said = chat.server.said.flatMap((frame) => frame.type === "message" ? [frame.text] : []);
  assertEquals(said, ["one\ntwo", "after"]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a long line that waits is cut to fit a row", async () => {
  const chat = chatWith(new FakeServer().beFriendly({ acknowledges: false }), { name: "Alice" });
  await settle();
  await chat.type("x".repeat(200) + "\r");
  const [waiting = "", prompt] = (await chat.lines()).slice(2);
  assert(/^You: x+…$/.test(waiting) && waiting.length < 80, waiting);
  assertEquals(prompt, ">");
  await chat.type("\x03\x03");
  await chat.outcome;
});

Deno.test("a stranger with whom nobody can talk by lines is told by its words", async () => {
  const server = new FakeServer();
  server.onConnect = () => {
    server.listener.opened();
    server.bytes("SSH-2.0-OpenSSH_9.6\r\n");
  };
  const chat = chatWith(server);
  assertEquals(exitCodeOf(await chat.outcome), 3);
  const told = 'that is no hubbub server: it answered "SSH-2.0-OpenSSH_9.6".\n';
  assertStringIncludes(chat.errors.text, told);
});

Deno.test("a search in the history goes on below what comes in, and a paste ends it", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("one\rtwo\rhalf\x12on");
  assertEquals((await chat.lines()).at(-1), "(search) on: one");
  chat.server.say(message(1, "hello"));
  assertEquals((await chat.lines()).slice(-2), ["Bob: hello", "(search) on: one"]);
  await chat.type("\x1b[200~d\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "> done");
  await chat.type("\x12t\x1b[200~a\nb\x1b[201~");
  assertEquals((await chat.lines()).at(-1), "Send 2 lines? [y]es, [o]ne message, [n]o");
  await chat.type("n");
  assertEquals((await chat.lines()).at(-1), "> two");
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("Ctrl+Z without a shell that has jobs does nothing", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("ha\x1alf\r");
  assertEquals((await chat.lines()).slice(2), ["You: half", ">"]);
  await chat.type("\x03");
  await chat.outcome;
});
