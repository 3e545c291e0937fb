import { assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../server/scheduling/clock.ts";
import { LineEndWatch } from "../../../server/session/line_end_watch.ts";
import { FakeTimers } from "../fake_timers.ts";
import { MISSING_LINE_END_MILLISECONDS } from "../../../protocol/mod.ts";
import { Stage } from "../connections.ts";

/** A watch whose time the test advances. */
function stageOf(pauseMilliseconds = 0) {
  const timers = new FakeTimers();
  let time = 0;
  const events: string[] = [];
  const state = { isTransportPaused: false, lacksOnlyTheEnd: true };
  const watch = new LineEndWatch({
    monotonic: () => time,
    after: systemClock.after,
    isTransportPaused: () => state.isTransportPaused,
    onMissingEnd: () => {
      if (state.lacksOnlyTheEnd) events.push(`reported at ${time}`);
      return state.lacksOnlyTheEnd;
    },
    onLineEnd: () => void events.push(`ended at ${time}`),
  }, pauseMilliseconds);
  return {
    watch,
    timers,
    events,
    state,
    advance(milliseconds: number) {
      for (const end = time + milliseconds; time < end;) {
        time++;
        timers.advance(1);
      }
    },
    /** The event loop does not run meanwhile. */
    block(milliseconds: number) {
      time += milliseconds;
      timers.jump(milliseconds);
    },
    [Symbol.dispose]: () => timers[Symbol.dispose](),
  };
}

/** Chunks with pauses of 100 ms, and when the missing end is reported. */
const CASES: readonly (readonly [what: string, chunks: readonly string[], reported: string[]])[] = [
  ["a name without its end", ["Alice"], ["reported at 900"]],
  ["more of them, once", ["Alice", "hello", "bye"], ["reported at 900"]],
  ["the line that has none, behind one that has", ["Alice\n", "hello"], ["reported at 1000"]],
  ["the line that has none, in one chunk with its predecessor", ["Al", "ice\nhe"], [
    "reported at 1000",
  ]],
  ["letters beyond ASCII", ["\xc3\xa9\xc3\xa9"], ["reported at 900"]],
  ["a CR alone", ["Alice\r"], ["reported at 900"]],
  ["a chunk behind a record separator", ["\x1e", "{}"], ["reported at 900"]],
  ["nothing", [], []],
  ["a chunk of nothing but telnet", [""], []],
  ["whole lines", ["Alice\n", "hello\r\n", "\n"], []],
  ["a line in two pieces", ["Ali", "ce\n"], []],
  ["typing in character mode", ["A", "l", "i", "c", "e"], []],
  ["typing beyond ASCII", ["\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"], []],
  ["an arrow key, and a key with three modifiers", ["\x1b[A", "\x1b[24;6~"], []],
  ["a paste behind a typed letter", ["A", "lice and more"], []],
  ["typing behind a paste", ["Alice", "!"], []],
];

for (const [what, chunks, reported] of CASES) {
  Deno.test(`line end watch: ${what}: ${reported.length === 0 ? "not reported" : "reported once"}`, () => {
    using stage = stageOf();
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) stage.advance(100);
      stage.watch.push(chunk);
    }
    stage.advance(5000);
    assertEquals(stage.events, reported);
    stage.watch.stop();
    assertEquals(stage.timers.size, 0);
  });
}

Deno.test("line end watch: the missing end is reported once, also when the client continues", () => {
  using stage = stageOf();
  for (let count = 0; count < 100; count++) {
    stage.watch.push("hello");
    stage.advance(100);
  }
  assertEquals(stage.events, ["reported at 900"]);
});

Deno.test("line end watch: half a JSON object is not reported, and checked again with the next chunk", () => {
  using stage = stageOf();
  stage.state.lacksOnlyTheEnd = false;
  stage.watch.push('{"type":"hello",');
  stage.advance(5000);
  assertEquals(stage.events, []);
  stage.state.lacksOnlyTheEnd = true;
  stage.watch.push('"name":"Ann"}');
  stage.advance(5000);
  assertEquals(stage.events, ["reported at 5900"]);
});

Deno.test("line end watch: a late timer does not count, since the end may be unread", () => {
  using stage = stageOf();
  stage.watch.push("Alice");
  stage.block(2000);
  assertEquals(stage.events, []);
  stage.watch.push("\n");
  stage.advance(5000);
  assertEquals(stage.events, []);
});

Deno.test("line end watch: a server that is always busy reports the missing end later", () => {
  using stage = stageOf();
  stage.watch.push("Alice");
  stage.block(2000);
  for (let count = 0; count < 10; count++) {
    assertEquals(stage.events, []);
    stage.block(100);
  }
  assertEquals(stage.events, ["reported at 3000"]);
});

Deno.test("line end watch: silence does not count while the socket is not read", () => {
  using stage = stageOf();
  stage.state.isTransportPaused = true;
  stage.watch.push("Alice");
  stage.advance(2000);
  assertEquals(stage.events, []);
  // Hundreds of clients that do not read their answers cost no timers.
  assertEquals(stage.timers.size, 0);
  stage.state.isTransportPaused = false;
  for (let count = 0; count < 3; count++) stage.watch.resumed();
  assertEquals(stage.timers.size, 1);
  stage.advance(25);
  assertEquals(stage.events, ["reported at 2025"]);
});

Deno.test("line end watch: without an unfinished line a resumed connection has no timer", () => {
  using stage = stageOf();
  stage.watch.push("Alice\n");
  stage.watch.resumed();
  assertEquals(stage.timers.size, 0);
  stage.watch.push("Alice");
  stage.watch.stop();
  stage.watch.resumed();
  assertEquals(stage.timers.size, 0);
});

Deno.test("line end watch: with a line timeout a pause ends each line, typed ones too", () => {
  using stage = stageOf(300);
  stage.watch.push("A");
  stage.advance(299);
  stage.watch.push("l");
  stage.advance(1000);
  stage.watch.push("y");
  stage.advance(1000);
  stage.watch.push("a whole line\n");
  stage.advance(1000);
  stage.watch.push("half a");
  stage.advance(299);
  stage.watch.push("nother");
  stage.advance(299);
  stage.watch.push("\n");
  stage.advance(1000);
  assertEquals(stage.events, ["ended at 599", "ended at 1599"]);
});

Deno.test("line end watch: with a line timeout the next message of a client without line feeds ends the line", () => {
  using stage = stageOf(300);
  for (const text of ["Alice", "hello", "a", "x".repeat(1208), "its end"]) {
    stage.watch.push(text);
    stage.advance(10);
  }
  stage.watch.push("\n");
  stage.advance(1000);
  assertEquals(stage.events, ["ended at 10", "ended at 20", "ended at 30"]);
});

Deno.test("line end watch: whole lines take no timer, and none is left after the end", () => {
  using stage = stageOf();
  for (let count = 0; count < 3; count++) stage.watch.push("a line\n");
  assertEquals(stage.timers.size, 0);
  stage.watch.push("Alice");
  assertEquals(stage.timers.size, 1);
  stage.watch.stop();
  stage.watch.push("Alice");
  assertEquals(stage.timers.size, 0);
});

/** Input without a line end, and whether the client gets `missing_line_end`. */
const UNENDED: readonly (readonly ["text" | "json", sent: string, isReported: boolean])[] = [
  ["text", "Alice", true],
  ["text", "\xff\xfd\x01Alice", false],
  ["json", '{"type":"hello","name":"Alice"}', true],
  ["json", '{"type":"hello","name":"Alice"} ', true],
  ["json", '{"type":"dance"}', true],
  ["json", '{"type":"hello","name":"Alice"}{"type":"users"}', true],
  ["json", '{"type":"ping","t":1}\nAlice', true],
  ["json", '{"type":"ping","t":1}\n[1]', true],
  ["json", '{"type":"hello","name":"{Alice}', false],
  ["json", '{"type":"hello","name":"Alice"}{"type":', false],
  ["json", "\x1e", false],
  ["json", '{"type":"hello","name":', false],
];

/** Part of the answer to the last line, once that has its end. */
function answerTo(sent: string): string {
  if (sent.includes("dance")) return "unknown_type";
  return sent.includes("\n") || sent.includes("}{") ? "invalid_json" : '"welcome"';
}

for (const [kind, sent, isReported] of UNENDED) {
  Deno.test(`line end watch: ${kind} ${JSON.stringify(sent)} without a line end gets ${isReported ? "an" : "no"} error`, () => {
    using stage = new Stage();
    const { transport } = stage.connect({}, sent, kind);
    stage.settle();
    const before = transport.written;
    stage.chat.clock.advance(MISSING_LINE_END_MILLISECONDS);
    stage.timers.advance(MISSING_LINE_END_MILLISECONDS);
    stage.settle();
    const received = transport.written.slice(before.length);
    if (!isReported) return assertEquals(received, "");
    assertStringIncludes(
      received,
      kind === "text" ? "\n[12:00:00] [ERROR]: The line is not complete" : '"missing_line_end"',
    );
    transport.receive("\n");
    stage.settle();
    assertStringIncludes(
      transport.written,
      kind === "text" ? "Welcome, Alice" : answerTo(sent),
    );
  });

  Deno.test(`line end watch: with a line timeout a pause ends ${kind} ${JSON.stringify(sent)}: ${isReported}`, () => {
    using stage = new Stage();
    const { transport } = stage.connect({ lineTimeoutMilliseconds: 300 }, sent, kind);
    stage.settle();
    const before = transport.written;
    stage.chat.clock.advance(300);
    stage.timers.advance(300);
    stage.settle();
    const received = transport.written.slice(before.length);
    if (!isReported) return assertEquals(received, "");
    assertStringIncludes(received, kind === "text" ? "Welcome, Alice" : answerTo(sent));
  });
}

Deno.test("line end watch: an ended connection has no timer for its last line", () => {
  for (const end of ["close", "endInput"] as const) {
    using stage = new Stage();
    const { transport } = stage.connect({}, "Ann\nhalf a line");
    stage.settle();
    transport[end]();
    stage.settle();
    if (end === "endInput") transport.close();
    assertEquals(stage.timers.size, 0, end);
  }
});
