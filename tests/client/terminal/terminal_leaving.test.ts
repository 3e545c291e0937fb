/** The end of a chat on a terminal: by the user, by the stop signal, and the state of the terminal after it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodeOf } from "../../../client/mod.ts";
import { chatWith } from "./chat_on_screen.ts";
import { FakeServer, message, settle } from "../fakes.ts";

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

Deno.test("leaving at the name prompt is no failure", async () => {
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

Deno.test("lines typed before Ctrl+D are sent, even before the welcome", async () => {
  const server = new FakeServer().beFriendly();
  const chat = chatWith(server);
  await settle();
  await chat.type("Alice\rhello\r\x04");
  assertEquals(exitCodeOf(await chat.outcome), 0);
  assertEquals(server.received.flatMap((frame) => frame.type === "message" ? [frame.text] : []), [
    "hello",
  ]);
});

Deno.test("leaving does not wait for a terminal that does not accept output", async () => {
  for (const key of ["\x04", "\x03"]) {
    const chat = chatWith(undefined, { name: "Alice" });
    await settle();
    chat.output.pause();
    for (let seq = 1; seq <= 100; seq++) chat.server.send(message(seq, "x".repeat(4000)));
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

Deno.test("undelivered lines are exit code 1, unless Ctrl+C ended the chat", async () => {
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

Deno.test("the stop signal leaves, also at the name prompt", async () => {
  const stop = new AbortController();
  const chat = chatWith(undefined, { stop: stop.signal });
  await settle();
  stop.abort();
  assertEquals(await chat.outcome, { type: "quit", by: "stopped", refused: 0 });
  assertEquals(exitCodeOf(await chat.outcome), 130);
});

Deno.test("marked pastes are switched on, and off on every exit", async () => {
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
      chat.server.send({ type: "bye", reason: "kicked", text: "Out!" });
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

Deno.test("after a final refusal the connection is closed, and no timer is left", async () => {
  const server = new FakeServer();
  server.onFrame = (frame) => {
    if (frame.type === "hello") {
      server.send({ type: "error", code: "banned", text: "You are banned." });
    }
  };
  const chat = chatWith(server, { name: "Alice" });
  assertEquals((await chat.outcome).type, "failed");
  await settle();
  assertEquals([server.isDestroyed, chat.clock.timers], [true, 0]);
});
