import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { MessageQueue } from "../../protocol/mod.ts";
import { found, foundToTheEnd, LEFT_OUT } from "./streams.ts";
import { anyBytes } from "./texts.ts";

Deno.test("messages: each is pulled unchanged, whatever the number that wait", () => {
  const messages = ["a", "b\nc", "\xff", ""];
  assertEquals(foundToTheEnd(new MessageQueue(10), messages), messages, "one at a time");
  const decoder = new MessageQueue(10);
  for (const message of messages) decoder.push(message);
  assertEquals(messages.map(() => decoder.next()), messages, "all at once");
  assertEquals([decoder.next(), decoder.finish()], [undefined, undefined]);
});

Deno.test("messages: one over the limit is reported in its place, and the next one is read", () => {
  const messages = ["xxx", "xxxx", "y"];
  assertEquals(found(new MessageQueue(3), messages), ["xxx", LEFT_OUT, "y"]);
});

/** The overhead of a waiting message. */
const OVERHEAD = 16;

Deno.test("messages: buffered counts the waiting messages only", () => {
  const decoder = new MessageQueue(3);
  decoder.push("ab");
  decoder.push("xxxx");
  assertEquals(decoder.buffered, 2 + 2 * OVERHEAD, "what is too long is not kept");
  decoder.next();
  assertEquals(decoder.buffered, OVERHEAD);
  decoder.push("c");
  decoder.next();
  assertEquals(decoder.buffered, 1 + OVERHEAD, "what is too long is taken, too");
  decoder.next();
  assertEquals([decoder.buffered, decoder.next()], [0, undefined]);
});

Deno.test("messages: they are pulled in order and once, at any time", () => {
  const steps = fc.array(fc.option(anyBytes), { maxLength: 30 });
  fc.assert(fc.property(steps, (steps) => {
    const decoder = new MessageQueue(1000);
    const waiting: string[] = [];
    for (const message of steps) {
      if (message === null) assertEquals(decoder.next(), waiting.shift());
      else {
        decoder.push(message);
        waiting.push(message);
      }
      assertEquals(decoder.buffered, waiting.join("").length + OVERHEAD * waiting.length);
    }
  }));
});

Deno.test("messages: a hundred that wait all the time are pulled in order", () => {
  const decoder = new MessageQueue(10);
  for (let number = 0; number < 1000; number++) {
    decoder.push(String(number));
    if (number >= 100) assertEquals(decoder.next(), String(number - 100));
  }
});

Deno.test("messages: pulled ones are released while others still wait", () => {
  const BYTES = 1_000_000;
  const COUNT = 1000;
  const decoder = new MessageQueue(BYTES);
  const distinct = new Uint8Array(BYTES).fill(0x61);
  const used = () => Deno.memoryUsage().heapUsed;
  const before = used();
  decoder.push("first");
  for (let number = 0; number < COUNT; number++) {
    decoder.push(new TextDecoder().decode(distinct)); // flat: a repeated string would take no memory
    decoder.next();
  }
  assertEquals(decoder.buffered, BYTES + OVERHEAD, "one waits all the time");
  // All of them would take 1 GB; the garbage of a process with a large heap may take some 200 MB.
  assertLess(used() - before, COUNT * BYTES / 2);
});
