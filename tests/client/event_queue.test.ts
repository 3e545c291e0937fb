import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../client/core/connection_event.ts";
import { EventQueue } from "../../client/event_queue.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { message } from "./fakes.ts";

const notice = (text: string): ServerFrame => ({ type: "notice", text });

async function rest(queue: EventQueue): Promise<ChatEvent[]> {
  queue.end();
  return await Array.fromAsync(queue.read());
}

Deno.test("frames are read in order, also where the queue is cut", async () => {
  const queue = new EventQueue(1000);
  const reader = queue.read();
  const seen: unknown[] = [];
  for (let count = 0; count < 500; count++) {
    queue.push(notice(`${2 * count}`));
    queue.push(notice(`${2 * count + 1}`));
    seen.push((await reader.next()).value);
  }
  assertEquals(queue.length, 500);
  queue.end();
  for await (const frame of reader) seen.push(frame);
  assertEquals(seen, Array.from({ length: 1000 }, (_, number) => notice(`${number}`)));
});

Deno.test("a reader that waits gets the next frame, or the end", async () => {
  const queue = new EventQueue(10);
  const reader = queue.read();
  const next = reader.next();
  queue.push(notice("a"));
  assertEquals(await next, { value: notice("a"), done: false });
  const end = reader.next();
  queue.end();
  assertEquals(await end, { value: undefined, done: true });
});

Deno.test("waiting frames can be read after the end; none is added", async () => {
  const queue = new EventQueue(10);
  queue.push(notice("a"));
  queue.end();
  queue.push(notice("b"));
  assertEquals(await Array.fromAsync(queue.read()), [notice("a")]);
});

Deno.test("only messages that gave way are counted as skipped", async () => {
  const queue = new EventQueue(2);
  for (const frame of [notice("a"), message(1, "x"), notice("b"), message(2, "y"), notice("c")]) {
    queue.push(frame);
  }
  assertEquals(await rest(queue), [
    { type: "skipped", room: "lobby", count: 1, from: 1, to: 1 },
    message(2, "y"),
    notice("c"),
  ]);
});

Deno.test("the messages that the server skipped are added to those skipped here", async () => {
  const queue = new EventQueue(1);
  queue.push(message(1, "x"));
  queue.push({ type: "skipped", room: "lobby", count: 5, from: 2, to: 6 });
  queue.push(message(7, "y"));
  assertEquals(await rest(queue), [
    { type: "skipped", room: "lobby", count: 6, from: 1, to: 6 },
    message(7, "y"),
  ]);
});

Deno.test("skipped messages are counted for each room", async () => {
  const queue = new EventQueue(1);
  for (const [seq, room] of [[1, "lobby"], [1, "tea"], [2, "lobby"], [3, "lobby"]] as const) {
    queue.push({ ...message(seq, "x"), room });
  }
  assertEquals(await rest(queue), [
    { type: "skipped", room: "lobby", count: 2, from: 1, to: 2 },
    { type: "skipped", room: "tea", count: 1, from: 1, to: 1 },
    message(3, "x"),
  ]);
});

Deno.test("a reader that leaves can be followed by another", async () => {
  const queue = new EventQueue(10);
  queue.push(notice("a"));
  queue.push(notice("b"));
  for await (const frame of queue.read()) {
    assertEquals(frame, notice("a"));
    break;
  }
  assertEquals(await rest(queue), [notice("b")]);
});

Deno.test("pending requests get the frames in order, and then the end", async () => {
  const queue = new EventQueue(10);
  const reader = queue.read();
  const asked = [reader.next(), reader.next(), reader.next(), reader.next()];
  queue.push(notice("a"));
  queue.push(notice("b"));
  queue.end();
  assertEquals(await Promise.all(asked), [
    { value: notice("a"), done: false },
    { value: notice("b"), done: false },
    { value: undefined, done: true },
    { value: undefined, done: true },
  ]);
});

Deno.test("a stopped reader neither takes frames from the next one nor stops it", async () => {
  const queue = new EventQueue(10);
  const first = queue.read();
  const asked = [first.next(), first.next()];
  await first.return!();
  assertEquals((await Promise.all(asked)).map(({ done }) => done), [true, true]);
  const second = queue.read();
  queue.push(notice("a"));
  assertEquals((await first.next()).done, true);
  await first.return!();
  assertEquals(await second.next(), { value: notice("a"), done: false });
});
