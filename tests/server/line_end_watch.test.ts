import { assertEquals } from "@std/assert";
import { LineEndWatch } from "../../server/line_end_watch.ts";
import { FakeTimers } from "./fake_timers.ts";

/** A watch in a time that passes when it is told to. */
function stageOf(pauseMilliseconds = 0) {
  const timers = new FakeTimers();
  let time = 0;
  const events: string[] = [];
  const state = { isPaused: false, lacksOnlyTheEnd: true };
  const watch = new LineEndWatch({
    monotonic: () => time,
    isPaused: () => state.isPaused,
    onMissingEnd: () => {
      if (state.lacksOnlyTheEnd) events.push(`told at ${time}`);
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
      timers.advance(milliseconds);
    },
    [Symbol.dispose]: () => timers[Symbol.dispose](),
  };
}

/** Chunks that come 100 ms after each other, and when the client is told. */
const CASES: readonly (readonly [what: string, chunks: readonly string[], told: string[]])[] = [
  ["a name without its end", ["Alice"], ["told at 900"]],
  ["more of them, once", ["Alice", "hello", "bye"], ["told at 900"]],
  ["the line that has none, behind one that has", ["Alice\n", "hello"], ["told at 1000"]],
  ["the line that has none, in one chunk with its predecessor", ["Al", "ice\nhe"], [
    "told at 1000",
  ]],
  ["letters beyond ASCII", ["\xc3\xa9\xc3\xa9"], ["told at 900"]],
  ["a CR alone", ["Alice\r"], ["told at 900"]],
  ["what comes behind a record separator", ["\x1e", "{}"], ["told at 900"]],
  ["nothing", [], []],
  ["a chunk of nothing but telnet", [""], []],
  ["whole lines", ["Alice\n", "hello\r\n", "\n"], []],
  ["a line in two pieces", ["Ali", "ce\n"], []],
  ["what is typed in character mode", ["A", "l", "i", "c", "e"], []],
  ["what is typed, some of it beyond ASCII", ["\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"], []],
  ["an arrow key, and a key with three modifiers", ["\x1b[A", "\x1b[24;6~"], []],
  ["what is pasted behind a letter that was typed", ["A", "lice and more"], []],
  ["what is typed behind something pasted", ["Alice", "!"], []],
];

for (const [what, chunks, told] of CASES) {
  Deno.test(`line end watch: ${what}: ${told.length === 0 ? "not told" : "told once"}`, () => {
    using stage = stageOf();
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) stage.advance(100);
      stage.watch.push(chunk);
    }
    stage.advance(5000);
    assertEquals(stage.events, told);
    stage.watch.stop();
    assertEquals(stage.timers.size, 0);
  });
}

Deno.test("line end watch: a client is told once, however long it goes on", () => {
  using stage = stageOf();
  for (let count = 0; count < 100; count++) {
    stage.watch.push("hello");
    stage.advance(100);
  }
  assertEquals(stage.events, ["told at 900"]);
});

Deno.test("line end watch: half a JSON object is not told, and looked at again when more comes", () => {
  using stage = stageOf();
  stage.state.lacksOnlyTheEnd = false;
  stage.watch.push('{"type":"hello",');
  stage.advance(5000);
  assertEquals(stage.events, []);
  stage.state.lacksOnlyTheEnd = true;
  stage.watch.push('"name":"Ann"}');
  stage.advance(5000);
  assertEquals(stage.events, ["told at 5900"]);
});

Deno.test("line end watch: a timer that comes late does not count, since the end may be unread", () => {
  using stage = stageOf();
  stage.watch.push("Alice");
  stage.block(2000);
  assertEquals(stage.events, []);
  stage.watch.push("\n");
  stage.advance(5000);
  assertEquals(stage.events, []);
});

Deno.test("line end watch: a server that is always busy tells the client in the end", () => {
  using stage = stageOf();
  stage.watch.push("Alice");
  stage.block(2000);
  for (let count = 0; count < 10; count++) {
    assertEquals(stage.events, []);
    stage.block(100);
  }
  assertEquals(stage.events, ["told at 3000"]);
});

Deno.test("line end watch: silence does not count while the socket is not read", () => {
  using stage = stageOf();
  stage.state.isPaused = true;
  stage.watch.push("Alice");
  stage.advance(2000);
  assertEquals(stage.events, []);
  // Hundreds of clients that do not read their answers cost no timers.
  assertEquals(stage.timers.size, 0);
  stage.state.isPaused = false;
  for (let count = 0; count < 3; count++) stage.watch.resumed();
  assertEquals(stage.timers.size, 1);
  stage.advance(25);
  assertEquals(stage.events, ["told at 2025"]);
});

Deno.test("line end watch: a connection that is read again has no timer where no line is unfinished", () => {
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

Deno.test("line end watch: whole lines take no timer, and after the end there is none", () => {
  using stage = stageOf();
  for (let count = 0; count < 3; count++) stage.watch.push("a line\n");
  assertEquals(stage.timers.size, 0);
  stage.watch.push("Alice");
  assertEquals(stage.timers.size, 1);
  stage.watch.stop();
  stage.watch.push("Alice");
  assertEquals(stage.timers.size, 0);
});
