import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../../protocol/mod.ts";
import { Outbox, type OutboxLimits, type Skipped } from "../../server/outbox.ts";
import { FakeSink } from "./fakes.ts";

const LIMITS: OutboxLimits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 100 };

/** An outbox, its sink, and what its owner was told. */
function outboxOf(limits = LIMITS) {
  const sink = new FakeSink();
  const drained: (Skipped | undefined)[] = [];
  const outbox = new Outbox(sink, limits, (skipped) => drained.push(skipped));
  const write = (text: string, answerBytes?: number) => outbox.write(toBytes(text), answerBytes);
  return { sink, drained, outbox, write };
}

Deno.test("outbox: what is written while nothing is under way goes out at once", () => {
  const { sink, outbox, write } = outboxOf();
  write("a");
  assertEquals(sink.writes, ["a"]);
  assertEquals(outbox.waitingBytes, 1);
  sink.take();
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: one write is under way at most; the rest waits and goes out joined", () => {
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
  const outbox = new Outbox(sink, LIMITS, () => {});
  const shared = toBytes("shared by all of the room");
  outbox.write(shared);
  outbox.write(shared);
  written.shift()!();
  assert(seen.every((bytes) => bytes === shared));
  assertEquals(seen.length, 2);
});

Deno.test("outbox: a joined write has 256 KiB and what reaches over it, the rest follows", () => {
  const { sink, write } = outboxOf({ ...LIMITS, hardBytes: Infinity, softBytes: Infinity });
  write("first");
  const piece = "x".repeat(100 * 1024);
  for (let count = 0; count < 5; count++) write(piece);
  sink.takeAll();
  assertEquals(sink.writes.map((bytes) => bytes.length), [5, 3 * 102_400, 2 * 102_400]);
});

Deno.test("outbox: nothing is written for nothing", () => {
  const { sink, outbox, write } = outboxOf();
  write("");
  assertEquals(sink.writes, []);
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: a sink that takes at once is fine", () => {
  const writes: Uint8Array[] = [];
  const sink = {
    write: (bytes: Uint8Array, written: () => void) => {
      writes.push(bytes);
      written();
    },
    end: () => {},
  };
  const outbox = new Outbox(sink, LIMITS, () => {});
  outbox.write(toBytes("a"));
  outbox.write(toBytes("b"));
  assertEquals(writes, [toBytes("a"), toBytes("b")]);
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: order is kept and nothing lost, however the kernel takes it", () => {
  const steps = fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.constant(undefined)));
  fc.assert(fc.property(steps, (steps) => {
    const { sink, outbox, write } = outboxOf();
    let said = "";
    for (const step of steps) {
      if (step === undefined) sink.take();
      else {
        // The first 256 characters are what a byte string holds.
        const bytes = [...step].map((each) => String.fromCharCode(each.charCodeAt(0) & 0xff)).join(
          "",
        );
        said += bytes;
        write(bytes);
      }
      assertEquals(outbox.waitingBytes > 0, sink.isWriting);
    }
    outbox.end();
    sink.takeAll();
    assertEquals(sink.bytes, said);
    assert(sink.isEnded);
  }));
});

Deno.test("outbox: under the soft bound nothing is skipped, however long it waits", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(10));
  assertEquals(outbox.mustSkip(0), false);
  assertEquals(outbox.mustSkip(1_000_000), false);
});

Deno.test("outbox: over the soft bound it is skipped once the time is over", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(11));
  assertEquals(outbox.mustSkip(500), false);
  assertEquals(outbox.mustSkip(1500), false, "the time may be used up");
  assertEquals(outbox.isSkipping, false);
  assertEquals(outbox.mustSkip(1501), true);
  assertEquals(outbox.isSkipping, true);
});

Deno.test("outbox: the time starts when the bound is passed, not when something was written", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(10));
  assertEquals(outbox.mustSkip(0), false);
  write("x");
  assertEquals(outbox.mustSkip(5000), false);
  assertEquals(outbox.mustSkip(6000), false);
  assertEquals(outbox.mustSkip(6001), true);
});

Deno.test("outbox: who gets under the soft bound in between has the whole time again", () => {
  const { sink, outbox, write } = outboxOf();
  write("x".repeat(6));
  write("x".repeat(6));
  assertEquals(outbox.mustSkip(0), false);
  sink.take();
  assertEquals(outbox.mustSkip(900), false, "six bytes wait");
  write("x".repeat(6));
  assertEquals(outbox.mustSkip(1500), false);
  assertEquals(outbox.mustSkip(2500), false);
  assertEquals(outbox.mustSkip(2501), true);
});

Deno.test("outbox: over the hard bound it is skipped at once", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(100));
  assertEquals(outbox.mustSkip(0), false, "the bound itself is not over it");
  write("x");
  assertEquals(outbox.mustSkip(0), true);
});

Deno.test("outbox: it skips until all was taken, and then tells how many there were", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101));
  write("y");
  assertEquals(outbox.mustSkip(0), true);
  outbox.skip(5, 7);
  sink.take();
  assertEquals(outbox.mustSkip(0), true, "one byte still waits");
  outbox.skip(8, 8);
  outbox.skip(12, 13);
  assertEquals(drained, []);
  sink.take();
  assertEquals(drained, [{ count: 6, from: 5, to: 13 }]);
  assertEquals(outbox.mustSkip(0), false);
});

Deno.test("outbox: a range without messages counts none", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101));
  outbox.mustSkip(0);
  outbox.skip(5, 4);
  sink.takeAll();
  assertEquals(drained, [undefined], "it is told that all was taken, and nothing was missed");
});

Deno.test("outbox: what was skipped is told once", () => {
  const { sink, drained, outbox, write } = outboxOf();
  for (const [from, to] of [[1, 2], [9, 9]] as const) {
    write("x".repeat(101));
    outbox.mustSkip(0);
    outbox.skip(from, to);
    sink.takeAll();
  }
  assertEquals(drained, [{ count: 2, from: 1, to: 2 }, { count: 1, from: 9, to: 9 }]);
});

Deno.test("outbox: who never was over a bound hears nothing", () => {
  const { sink, drained, write } = outboxOf();
  write("x".repeat(50));
  sink.takeAll();
  assertEquals(drained, []);
});

Deno.test("outbox: answers fill it, what the room says does not", () => {
  const { outbox, write } = outboxOf();
  write("x".repeat(90));
  assertEquals(outbox.isFullOfAnswers, false);
  write("x".repeat(20), 10);
  assertEquals(outbox.isFullOfAnswers, false);
  write("x", 1);
  assertEquals(outbox.isFullOfAnswers, true);
});

Deno.test("outbox: full of answers it is until all was taken, and that is told", () => {
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

Deno.test("outbox: the end comes behind all that waits", () => {
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

Deno.test("outbox: with nothing to write the end comes at once, and only once", () => {
  const { sink, outbox, write } = outboxOf();
  outbox.end();
  assertEquals(sink.isEnded, true);
  outbox.end(); // the sink would throw
  write("too late"); // so it would here
  assertEquals(outbox.waitingBytes, 0);
});

Deno.test("outbox: closed it forgets all, and a write that ends later changes nothing", () => {
  const { sink, drained, outbox, write } = outboxOf();
  write("x".repeat(101), 101);
  write("b");
  outbox.mustSkip(0);
  outbox.skip(1, 1);
  outbox.close();
  assertEquals(outbox.waitingBytes, 0);
  write("c");
  sink.takeAll();
  outbox.end();
  assertEquals(sink.writes.length, 1);
  assertEquals(sink.isEnded, false);
  assertEquals(drained, []);
});

Deno.test("outbox: what waits stays under the hard bound and one batch, whoever does not read", () => {
  const { outbox, write } = outboxOf();
  for (let seq = 1; seq <= 1000; seq++) {
    if (outbox.mustSkip(seq)) outbox.skip(seq, seq);
    else write("x".repeat(7));
  }
  assert(outbox.waitingBytes <= LIMITS.hardBytes + 7);
});

Deno.test("outbox: one that is to close drops what waits at the bounds, and says so once", () => {
  const sink = new FakeSink();
  let overflows = 0;
  const outbox = new Outbox(sink, LIMITS, () => {}, () => overflows++);
  outbox.write(toBytes("x".repeat(20)));
  outbox.write(toBytes("y".repeat(81)));
  assertEquals(outbox.mustSkip(0), true);
  assertEquals(overflows, 1);
  assertEquals(outbox.waitingBytes, 20, "what is being written stays");
  assertEquals(outbox.mustSkip(1), true);
  assertEquals(overflows, 1);
  outbox.write(toBytes("last words"));
  outbox.end();
  sink.takeAll();
  assertEquals(sink.writes, ["x".repeat(20), "last words"]);
  assertEquals(sink.isEnded, true);
});

Deno.test("outbox: what others send is no answer, however it is written", () => {
  const { outbox, write, sink } = outboxOf();
  outbox.relays(30);
  write("x".repeat(35), 35);
  assertEquals(outbox.isFullOfAnswers, false, "five bytes were answers");
  write("y".repeat(6), 6);
  assertEquals(outbox.isFullOfAnswers, true, "eleven are");
  sink.takeAll();
  write("z".repeat(11), 11);
  assertEquals(outbox.isFullOfAnswers, true, "nothing of the allowance is left");
});

Deno.test("outbox: what is allowed besides does not count against the bounds", () => {
  const { outbox, write } = outboxOf();
  outbox.allow(50);
  write("x".repeat(60));
  assertEquals([outbox.mustSkip(0), outbox.mustSkip(2000)], [false, false]);
  write("y");
  assertEquals([outbox.mustSkip(3000), outbox.mustSkip(5000)], [false, true]);
  const other = outboxOf();
  other.outbox.allow(50);
  other.write("x".repeat(60));
  other.outbox.allow(-50);
  assertEquals([other.outbox.mustSkip(0), other.outbox.mustSkip(2000)], [false, true]);
});
