import { assertEquals } from "@std/assert";
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
