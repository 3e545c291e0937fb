import { assert, assertEquals } from "@std/assert";
import { MAX_FRAME_BYTES, MAX_LINE_BYTES } from "../../../protocol/mod.ts";
import { Chat } from "../chat.ts";

Deno.test("session: a line over the limit gets an error, and the next one is read", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.join("Alice", "text");
  bob.received();
  alice.say("x".repeat(MAX_LINE_BYTES + 1), "short");
  assertEquals(
    alice.received(),
    "[12:00:00] [ERROR]: The line is over 4096 bytes and was not sent. Split it.\n",
  );
  assertEquals(bob.received(), "[12:00:00] Alice: short\n");
});

Deno.test("session: a line of exactly 4096 bytes is read whole", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const text = "x".repeat(MAX_LINE_BYTES);
  chat.join("Alice", "text").say(text);
  assertEquals(bob.received().slice(-MAX_LINE_BYTES - 8), `Alice: ${text}\n`);
});

Deno.test("session: a frame over the limit gets an error, and the next one is read", () => {
  const bot = new Chat().connect("json");
  bot.say("{" + " ".repeat(MAX_FRAME_BYTES), { type: "ping", t: 1 });
  const [error, pong] = bot.frames();
  assert(error?.type === "error");
  assertEquals(error.code, "frame_too_long");
  assertEquals(pong, { type: "pong", t: 1 });
});

Deno.test("session: a client over its rate is throttled, and loses nothing", () => {
  const chat = new Chat();
  const bob = chat.join("Bob", "text");
  const alice = chat.connect("text", { rate: { perSecond: 10, burst: 3 } });
  assertEquals(alice.say("Alice", "1", "2", "3", "4"), "throttled");
  assertEquals(alice.task.throttledFor, 100);
  assertEquals(alice.bufferedBytes, 4);
  bob.received();
  assertEquals(alice.work(), "throttled", "trying again changes nothing");
  assertEquals(bob.received(), "");
  chat.clock.advance(100);
  assertEquals(alice.work(), "throttled");
  assertEquals(bob.received(), "[12:00:00] Alice: 3\n");
  chat.clock.advance(100);
  assertEquals(alice.work(), "idle");
  assertEquals(bob.received(), "[12:00:00] Alice: 4\n");
  assertEquals(alice.task.throttledFor, 100, "no input remains");
});

Deno.test("session: each wait for tokens is counted once", () => {
  const chat = new Chat();
  const alice = chat.connect("text", { rate: { perSecond: 1, burst: 2 } });
  alice.say("Alice", "1");
  assertEquals(chat.metrics.throttled, 0);
  for (let count = 0; count < 50; count++) alice.say("more");
  assertEquals(chat.metrics.throttled, 1);
  chat.clock.advance(1000);
  for (let count = 0; count < 50; count++) alice.work();
  assertEquals(chat.metrics.throttled, 2, "one line was handled between them");
});

Deno.test("session: a client is new, then quiet, and busy below three quarters of its tokens", () => {
  const chat = new Chat();
  const alice = chat.connect("text", { rate: { perSecond: 1, burst: 4 } });
  assertEquals(alice.task.urgency, "new");
  alice.say("Alice");
  assertEquals(alice.task.urgency, "new");
  chat.clock.advance(5000);
  assertEquals(alice.task.urgency, "quiet");
  alice.say("1", "2");
  assertEquals(alice.task.urgency, "busy");
  chat.clock.advance(1000);
  assertEquals(alice.task.urgency, "quiet");
  assertEquals(chat.connect("text").task.urgency, "busy", "without a limit all are alike");
});

Deno.test("session: a client without a rate limit is never throttled", () => {
  const chat = new Chat();
  const alice = chat.join("Alice", "text");
  assertEquals(alice.say(..."x".repeat(5000)), "idle");
  assertEquals(alice.task.throttledFor, 0);
});

Deno.test("session: invalid input costs tokens like any other", () => {
  const bot = new Chat().connect("json", { rate: { perSecond: 1, burst: 2 } });
  assertEquals(bot.say("{", "\xff", "{"), "throttled");
  assertEquals(bot.frames().length, 2);
});

Deno.test("session: a client that causes long answers is served after the others", () => {
  const bot = new Chat().connect("json");
  bot.push('{"type":"help"}\n'.repeat(1000));
  assertEquals(bot.workOn(1000), "more");
  const left = bot.bufferedBytes;
  assert(left > 0, "64 KB of answers are fewer than a thousand times the help");
  assertEquals(bot.workOn(0), "more", "a budget of 0 handles no input");
  assertEquals(bot.bufferedBytes, left);
});

Deno.test("session: a task handles no more than its budget", () => {
  const bot = new Chat().connect("json");
  bot.push('{"type":"ping","t":1}\n'.repeat(10));
  assertEquals(bot.workOn(4), "more");
  assertEquals(bot.bufferedBytes, 22 * 6);
});

/** 64 KiB that become no line or frame, after the first one was too long. */
const SKIPPED: readonly [what: string, kind: "text" | "json" | "irc", chunk: string][] = [
  ["a line without end", "text", "x".repeat(65_536)],
  ["a frame without end", "json", "x".repeat(65_536)],
  ["a line of IRC without end", "irc", "x".repeat(65_536)],
  ["commands of telnet", "text", "\xff\xf1".repeat(128).padEnd(65_536, "x")],
  ["a subnegotiation of telnet", "text", "\xff\xfa\x18".repeat(21_846)],
];

for (const [what, kind, chunk] of SKIPPED) {
  Deno.test(`session: bytes that become no input cost tokens, and are not read without them: ${what}`, () => {
    const chat = new Chat();
    const alice = chat.connect(kind, { rate: { perSecond: 1, burst: 4 } });
    let chunks = 0;
    while (!alice.transport.isPaused) {
      assert(++chunks <= 8, "the client is still read");
      alice.send(chunk);
    }
    assertEquals(alice.task.state, "throttled");
    const waits = alice.task.throttledFor;
    assert(waits > 0 && waits <= 5000, `${waits} ms`);
    chat.clock.advance(waits);
    assertEquals([alice.work(), alice.transport.isPaused], ["idle", false]);
  });
}

Deno.test("session: pings and pongs of a WebSocket cost tokens, and are not read without them", () => {
  const chat = new Chat();
  const bot = chat.connect("websocket", { rate: { perSecond: 1, burst: 4 } });
  let frames = 0;
  while (!bot.transport.isPaused) {
    assert(++frames <= 100, "the client is still read");
    bot.session.connection.controlFrame();
    bot.work();
  }
  assertEquals([frames, bot.task.state], [64, "throttled"], "sixteen per token");
  chat.clock.advance(1000);
  assertEquals([bot.work(), bot.transport.isPaused], ["idle", false]);
});

Deno.test("session: what is handled is not charged as skipped", () => {
  const chat = new Chat();
  const bot = chat.connect("json", { rate: { perSecond: 1, burst: 1000 } });
  bot.say({ type: "hello", name: "Bot" });
  for (let count = 0; count < 100; count++) {
    bot.say({ type: "ping", t: 1 });
    bot.say({ type: "message", text: "x".repeat(2000) });
  }
  // hello, 100 pings, 100 messages of a token each, and one more by their line ends and fields.
  let left = 0;
  while (bot.task.throttledFor === 0) {
    bot.task.chargeTokens(1);
    left++;
  }
  assertEquals(left, 1000 - 201);
});
