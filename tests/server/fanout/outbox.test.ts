import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../../../protocol/mod.ts";
import {
  Outbox,
  type OutboxLimits,
  type OutboxOptions,
  type Skipped,
} from "../../../server/fanout/outbox.ts";
import { FakeSink } from "../fakes.ts";

const LIMITS: OutboxLimits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 100 };

/** An outbox, its sink, and the calls to its owner. */
function outboxOf(limits = LIMITS, options: OutboxOptions = {}) {
  const sink = new FakeSink();
  /** Waiting bytes after each overflow. */
  const overflows: number[] = [];
  const drained: (Skipped | undefined)[] = [];
  const outbox: Outbox = new Outbox(
    sink,
    limits,
    (skipped) => skipped.length === 0 ? drained.push(undefined) : drained.push(...skipped),
    () => overflows.push(outbox.waitingBytes),
    options,
  );
  const write = (text: string, answerBytes?: number, isLast?: boolean) =>
    outbox.write(toBytes(text), answerBytes, isLast);
  return { sink, drained, overflows, outbox, write };
}

Deno.test("outbox: writes at once while no write is active", () => {
  const { sink, outbox, write } = outboxOf();
  write("a");
  assertEquals(sink.writes, ["a"]);
  assertEquals(outbox.waitingBytes, 1);
  sink.take();
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: only one write is active; later output waits and is joined", () => {
  const { sink, outbox, write } = outboxOf();
  for (const text of ["a", "b", "c", "d"]) write(text);
  assertEquals(sink.writes, ["a"]);
  assertEquals(outbox.waitingBytes, 4);
  sink.take();
  assertEquals(sink.writes, ["a", "bcd"]);
  assertEquals(outbox.waitingBytes, 3);
  sink.take();
  assertEquals(sink.take(), false);
});

Deno.test("outbox: a buffer that waits alone is not copied", () => {
  const seen: Uint8Array[] = [];
  const written: (() => void)[] = [];
  const sink = {
    write: (bytes: Uint8Array, done: () => void) => {
      seen.push(bytes);
      written.push(done);
    },
    end: () => {},
  };
  const outbox = new Outbox(sink, LIMITS, () => {}, () => {});
  const shared = toBytes("shared by all of the room");
  outbox.write(shared);
  outbox.write(shared);
  written.shift()!();
  assert(seen.every((bytes) => bytes === shared));
  assertEquals(seen.length, 2);
});

Deno.test("outbox: a joined write ends with the buffer that reaches 256 KiB", () => {
  const { sink, write } = outboxOf({ ...LIMITS, hardBytes: Infinity, softBytes: Infinity });
  write("first");
  const piece = "x".repeat(100 * 1024);
  for (let count = 0; count < 5; count++) write(piece);
  sink.takeAll();
  assertEquals(sink.writes.map((bytes) => bytes.length), [5, 3 * 102_400, 2 * 102_400]);
});

Deno.test("outbox: an empty write is no write", () => {
  const { sink, outbox, write } = outboxOf();
  write("");
  assertEquals(sink.writes, []);
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: accepts a sink that completes at once", () => {
  const writes: Uint8Array[] = [];
  const sink = {
    write: (bytes: Uint8Array, written: () => void) => {
      writes.push(bytes);
      written();
    },
    end: () => {},
  };
  const outbox = new Outbox(sink, LIMITS, () => {}, () => {});
  outbox.write(toBytes("a"));
  outbox.write(toBytes("b"));
  assertEquals(writes, [toBytes("a"), toBytes("b")]);
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: in any order of completions, the order is kept and nothing is lost", () => {
  const steps = fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.constant(undefined)));
  fc.assert(fc.property(steps, (steps) => {
    const { sink, outbox, write } = outboxOf();
    let sent = "";
    for (const step of steps) {
      if (step === undefined) sink.take();
      else {
        // A byte string has the first 256 characters only.
        const bytes = [...step].map((each) => String.fromCharCode(each.charCodeAt(0) & 0xff)).join(
          "",
        );
        sent += bytes;
        write(bytes);
      }
      assertEquals(outbox.waitingBytes > 0, sink.isWriting);
    }
    outbox.end();
    sink.takeAll();
    assertEquals(sink.bytes, sent);
    assert(sink.isEnded);
  }));
});

Deno.test("outbox: under the soft bound nothing is skipped after any time", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(10));
  assertEquals(outbox.admit(0), true);
  assertEquals(outbox.admit(1_000_000), true);
});

Deno.test("outbox: over the soft bound messages are skipped after its time", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(11));
  assertEquals(outbox.admit(500), true);
  assertEquals(outbox.admit(1500), true, "the time may be used up");
  assertEquals(outbox.isSkipping, false);
  assertEquals(outbox.admit(1501), false);
  assertEquals(outbox.isSkipping, true);
});

Deno.test("outbox: the time starts when the bound is passed, not with the write", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(10));
  assertEquals(outbox.admit(0), true);
  write("x");
  assertEquals(outbox.admit(5000), true);
  assertEquals(outbox.admit(6000), true);
  assertEquals(outbox.admit(6001), false);
});

Deno.test("outbox: the time starts again after a fall below the soft bound", () => {
  const { sink, outbox, write } = outboxOf();
  write("x".repeat(6));
  write("x".repeat(6));
  assertEquals(outbox.admit(0), true);
  sink.take();
  assertEquals(outbox.admit(900), true, "six bytes wait");
  write("x".repeat(6));
  assertEquals(outbox.admit(1500), true);
  assertEquals(outbox.admit(2500), true);
  assertEquals(outbox.admit(2501), false);
});

Deno.test("outbox: over the hard bound messages are skipped at once", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(100));
  assertEquals(outbox.admit(0), true, "the bound is inclusive");
  write("x");
  assertEquals(outbox.admit(0), false);
});

Deno.test("outbox: skips until all output is written, then reports the number of skipped messages", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101));
  write("y");
  assertEquals(outbox.admit(0), false);
  outbox.skip("", 5, 7);
  sink.take();
  assertEquals(outbox.admit(0), false, "one byte still waits");
  outbox.skip("", 8, 8);
  outbox.skip("", 12, 13);
  assertEquals(drained, []);
  sink.take();
  assertEquals(drained, [{ room: "", count: 6, from: 5, to: 13 }]);
  assertEquals(outbox.admit(0), true);
});

Deno.test("outbox: a range without messages counts none", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101));
  outbox.admit(0);
  outbox.skip("", 5, 4);
  sink.takeAll();
  assertEquals(drained, [undefined], "all output is written, and no message was skipped");
});

Deno.test("outbox: skipped messages are reported once", () => {
  const { sink, drained, outbox, write } = outboxOf();
  for (const [from, to] of [[1, 2], [9, 9]] as const) {
    write("x".repeat(101));
    outbox.admit(0);
    outbox.skip("", from, to);
    sink.takeAll();
  }
  assertEquals(drained, [{ room: "", count: 2, from: 1, to: 2 }, {
    room: "",
    count: 1,
    from: 9,
    to: 9,
  }]);
});

Deno.test("outbox: a client never over a bound gets no report", () => {
  const { sink, drained, write } = outboxOf();
  write("x".repeat(50));
  sink.takeAll();
  assertEquals(drained, []);
});

Deno.test("outbox: answers make it full, messages of the room do not", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(90));
  assertEquals(outbox.isFullOfAnswers, false);
  write("x".repeat(20), 10);
  assertEquals(outbox.isFullOfAnswers, false);
  write("x", 1);
  assertEquals(outbox.isFullOfAnswers, true);
});

Deno.test("outbox: stays full of answers until all output is written, and reports that", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(11), 11);
  write("y");
  sink.take();
  assertEquals(outbox.isFullOfAnswers, true);
  assertEquals(drained, []);
  sink.take();
  assertEquals(outbox.isFullOfAnswers, false);
  assertEquals(drained, [undefined]);
});

Deno.test("outbox: ends after all waiting output", () => {
  const { sink, outbox, write } = outboxOf();
  write("a");
  write("b");
  outbox.end();
  assertEquals(sink.isEnded, false);
  sink.take();
  assertEquals(sink.isEnded, false);
  sink.take();
  assertEquals(sink.writes, ["a", "b"]);
  assertEquals(sink.isEnded, true);
});

Deno.test("outbox: without output it ends at once, and only once", () => {
  const { sink, outbox, write } = outboxOf();
  outbox.end();
  assertEquals(sink.isEnded, true);
  outbox.end(); // the sink would throw
  write("too late"); // so it would here
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: a close drops all output, and a later completion changes nothing", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101), 101);
  write("b");
  outbox.admit(0);
  outbox.skip("", 1, 1);
  outbox.close();
  assertEquals(outbox.waitingBytes, 0);
  write("c");
  sink.takeAll();
  outbox.end();
  assertEquals(sink.writes.length, 1);
  assertEquals(sink.isEnded, false);
  assertEquals(drained, []);
});

Deno.test("outbox: waiting output stays below the hard bound and one batch", () => {
  const { outbox, write } = outboxOf();
  for (let seq = 1; seq <= 1000; seq++) {
    if (!outbox.admit(seq)) outbox.skip("", seq, seq);
    else write("x".repeat(7));
  }
  assert(outbox.waitingBytes <= LIMITS.hardBytes + 7);
});

Deno.test("outbox: with closesSlowClients it drops its output at the bounds, and reports that once", () => {
  const { sink, outbox, overflows, write } = outboxOf(LIMITS, { closesSlowClients: true });
  write("x".repeat(20));
  write("y".repeat(81));
  assertEquals(outbox.admit(0), false);
  assertEquals(overflows, [20], "the active write stays");
  assertEquals(outbox.admit(1), false);
  assertEquals(overflows.length, 1);
  write("late", 10);
  write("final bytes", 10, true);
  outbox.end();
  sink.takeAll();
  assertEquals(sink.writes, ["x".repeat(20), "final bytes"]);
  assertEquals(sink.isEnded, true);
});

Deno.test("outbox: answers past the hard bound end the connection, and the last bytes are still written", () => {
  const { sink, outbox, overflows, write } = outboxOf();
  write("x".repeat(60), 60);
  for (let count = 0; count < 40; count++) write("y", 1);
  assertEquals(overflows, []);
  assertEquals(outbox.waitingBytes, LIMITS.hardBytes);
  write("z", 1);
  assertEquals(overflows, [60]);
  assertEquals(outbox.admit(0), false);
  write("late", 10);
  write("final bytes", 10, true);
  outbox.end();
  sink.takeAll();
  assertEquals(sink.bytes, "x".repeat(60) + "final bytes");
});

Deno.test("outbox: is behind from half of the hard bound on", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(40));
  assertEquals([outbox.isBehind(10), outbox.isBehind(11)], [false, true]);
  outbox.raiseLimit(5);
  assertEquals([outbox.isBehind(15), outbox.isBehind(16)], [false, true]);
});

Deno.test("outbox: many small waiting buffers take little more memory than their bytes", () => {
  const limits = { ...LIMITS, softBytes: Infinity, hardBytes: Infinity };
  const { sink, outbox, write } = outboxOf(limits);
  const expected: string[] = [];
  for (let count = 0; count < 2000; count++) {
    const text = String(count).padEnd(count % 100 === 0 ? 5000 : 60, ".");
    expected.push(text);
    write(text);
  }
  const waiting = expected.join("").length;
  assertEquals(outbox.waitingBytes, waiting);
  sink.takeAll();
  assertEquals(sink.bytes, expected.join(""));
});

Deno.test("outbox: a raised limit does not count against the bounds", () => {
  const { outbox, write } = outboxOf();
  outbox.raiseLimit(50);
  write("x".repeat(60));
  assertEquals([outbox.admit(0), outbox.admit(2000)], [true, true]);
  write("y");
  assertEquals([outbox.admit(3000), outbox.admit(5000)], [true, false]);
  const other = outboxOf();
  other.outbox.raiseLimit(50);
  other.write("x".repeat(60));
  other.outbox.raiseLimit(-50);
  assertEquals([other.outbox.admit(0), other.outbox.admit(2000)], [true, false]);
});
