import { assert, assertEquals } from "@std/assert";
import { PassThrough, Writable } from "node:stream";
import { BatchedOutput, type OutputStream } from "../../client/batched_output.ts";
import { FakeClock, settle } from "./fakes.ts";
import { partOf } from "../support/part_of.ts";

function outputWith(highWaterMark = 65_536) {
  const clock = new FakeClock();
  const stream = new PassThrough({ highWaterMark });
  const writes: string[] = [];
  const batches = new BatchedOutput(stream, clock, 16, (text) => {
    writes.push(text);
    return stream.write(text);
  });
  return { clock, stream, writes, batches };
}

Deno.test("text within the delay is written together, in order", () => {
  const { clock, writes, batches } = outputWith();
  batches.add("a\n");
  clock.advance(15);
  batches.add("b\n");
  assertEquals(writes, []);
  clock.advance(1);
  assertEquals(writes, ["a\nb\n"]);
  batches.add("c\n");
  batches.flush();
  clock.advance(100);
  assertEquals(writes, ["a\nb\n", "c\n"]);
});

Deno.test("while the stream is full nothing is written, and the caller waits", async () => {
  const { stream, writes, batches, clock } = outputWith(10);
  batches.add("0123456789");
  batches.flush();
  batches.add("x".repeat(70_000));
  clock.advance(16);
  assertEquals(writes.length, 1);
  let isReady = false;
  const ready = batches.ready().then(() => isReady = true);
  await settle();
  assert(!isReady);
  stream.resume();
  await ready;
  assertEquals(writes.length, 2);
});

Deno.test("finish writes everything first", async () => {
  const { stream, writes, batches, clock } = outputWith(10);
  batches.add("0123456789");
  batches.flush();
  batches.add("the end");
  stream.resume();
  await batches.finish();
  assertEquals(writes, ["0123456789", "the end"]);
  assertEquals(clock.timers, 0);
});

Deno.test("a broken stream ends all waits", async () => {
  const { stream, batches } = outputWith(10);
  batches.add("0123456789");
  batches.flush();
  batches.add("x".repeat(70_000));
  const ready = batches.ready();
  stream.destroy(new Error("write EPIPE"));
  await ready;
  await batches.broken;
  await batches.finish();
});

Deno.test("an error of the last write is reported, in either order of its callback and the event", async () => {
  for (const code of ["ENOSPC", "EPIPE"]) {
    const fail = Promise.withResolvers<void>();
    const error = Object.assign(new Error("No space left on device (os error 28)"), { code });
    const stream = new Writable({
      write: (_chunk, _encoding, done) => void fail.promise.then(() => done(error)),
    });
    stream.on("error", () => {});
    const batches = new BatchedOutput(stream, new FakeClock(), 16);
    batches.add("said");
    const finished = batches.finish();
    fail.resolve();
    await finished;
    const told: string[] = [];
    const errors = partOf<OutputStream>({ write: (text: string) => told.push(text) > 0 });
    const outcome = batches.outcome(errors);
    const isFull = code === "ENOSPC";
    assertEquals(outcome, isFull ? { type: "unwritable" } : undefined);
    assertEquals(told, isFull ? ["Cannot write the messages: No space left on device.\n"] : []);
  }
});
