import { assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodeOf } from "../../../client/mod.ts";
import { chatWith, CONNECTED, WELCOME } from "./chat_on_screen.ts";
import { FakeServer, INTRODUCTION, message, settle, welcome } from "../fakes.ts";

/** The time of the clock in these tests. */
const NOW = message(1, "").time;

Deno.test("the address is shown while it connects", async () => {
  const server = new FakeServer();
  server.onAsked = () => {};
  const chat = chatWith(server);
  assertEquals(await chat.lines(), ["Connecting to 127.0.0.1:8080 ..."]);
  server.beFriendly().send(INTRODUCTION);
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

Deno.test("it connects, asks for the name, and shows the prompt", async () => {
  const chat = chatWith();
  assertEquals(await chat.lines(), [CONNECTED, "Enter your username:"]);
  await chat.type("Alice\r");
  assertEquals(await chat.lines(), [CONNECTED, "Enter your username: Alice", WELCOME, ">"]);
  assertEquals(chat.server.received.map(({ type }) => type), ["hello", "users", "rooms"]);
  await chat.type("\x04");
  assertEquals(await chat.outcome, { type: "quit", by: "end of input", refused: 0 });
});

Deno.test("on arrival in a room the last messages and a status line are shown", async () => {
  const server = new FakeServer();
  let rooms = 0;
  server.beFriendly();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    switch (frame.type) {
      case "hello":
        return server.send(welcome(frame.name!, 2));
      case "history": {
        const messages = [message(1, "one"), message(2, "two", "Alice")];
        return server.send({ type: "history", room: "lobby", messages, more: false });
      }
      case "users": {
        const room = ++rooms === 1 ? "lobby" : "tea";
        const users = ["Alice", "Bob"].map((name) => ({ name }));
        return server.send({ type: "users", room, total: 2, users });
      }
      case "join":
        return server.send({
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
    "[SYSTEM]: The last 2 messages in the room lobby:",
    "Bob: one",
    "Alice: two",
    "[SYSTEM]: You are in the room lobby on 127.0.0.1:8080 with 1 other: B",
    "ob.",
    "[SYSTEM]: You are in the room tea on 127.0.0.1:8080 with 1 other: Bob",
    ".",
    "[SYSTEM]: Topic: Cake",
    "1 lobby  [2 tea]",
    "tea>",
  ]);
  // Later messages arrive anyway; an empty room has no history to request.
  const asked = server.received.filter(({ type }) => type === "history");
  assertEquals(asked, [{ type: "history", room: "lobby", limit: 15, before: 3 }]);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a taken name is reported, and asked for again", async () => {
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

Deno.test("it connects again to a server that has closed before the name", async () => {
  const chat = chatWith();
  await settle();
  chat.server.send({ type: "error", code: "registration_timeout", text: "Too slow." });
  chat.server.drop();
  await chat.type("Alice\r");
  assertEquals((await chat.lines()).slice(1), ["Enter your username: Alice", WELCOME, ">"]);
  assertEquals(chat.server.connections, 2);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("the typed line becomes a message; answers and errors follow", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  await chat.type("hello\r");
  await chat.type("/me waves\r");
  await chat.type("/w Bob psst\r");
  await chat.type("/zzz\r");
  await chat.type("   \r");
  chat.server.send({ type: "whisper", from: "Bob", to: "Alice", text: "hm?", time: NOW });
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
  assertEquals(chat.server.received.at(-1), { type: "quit", reason: "gone fishing" });
});

Deno.test("a whisper to the own name is shown once, a change to the current name not at all", async () => {
  const server = new FakeServer().beFriendly();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    const own = { from: "Alice", to: "Alice", time: NOW };
    if (frame.type === "whisper") server.send({ type: "whisper", ...own, text: frame.text });
    if (frame.type === "nick") return server.send({ type: "renamed", room: "lobby", ...own });
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

Deno.test("the bell rings once for lines that are printed together", async () => {
  const chat = chatWith(undefined, { name: "Alice" });
  await settle();
  chat.server.send(message(1, "hello"), message(2, "hi Alice"), message(3, "alice?"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 1);
  await chat.type("/bell off\r");
  chat.server.send(message(4, "Alice!"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 1);
  await chat.type("/bell all\r");
  chat.server.send(message(5, "anything"));
  await chat.lines();
  assertEquals(chat.output.text.split("\x07").length - 1, 2);
  await chat.type("\x03");
  await chat.outcome;
});

Deno.test("a server without lines of text is reported with its greeting", async () => {
  const server = new FakeServer();
  server.onConnect = () => {
    server.listener.opened();
    server.bytes("SSH-2.0-OpenSSH_9.6\r\n");
  };
  const chat = chatWith(server);
  assertEquals(exitCodeOf(await chat.outcome), 3);
  const told = 'that is not a hubbub server: it answered "SSH-2.0-OpenSSH_9.6".\n';
  assertStringIncludes(chat.errors.text, told);
});
