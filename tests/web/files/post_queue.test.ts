import { assertEquals } from "@std/assert";
import { PostQueue } from "../../../web/files/post_queue.ts";

/** A queue with files a, b and c, and what happened to them. */
function queueOfThree() {
  const queue = new PostQueue();
  const events: string[] = [];
  for (const key of ["a", "b", "c"]) {
    queue.add(key, () => {
      events.push(key);
      return { stop: () => void events.push(`${key} stopped`) };
    });
  }
  return { queue, events };
}

Deno.test("post queue: a file is started when the one before it has ended", () => {
  const { queue, events } = queueOfThree();
  assertEquals(events, ["a"]);
  queue.ended("a");
  assertEquals(events, ["a", "b"]);
  queue.ended("b");
  queue.ended("c");
  assertEquals([events, queue.size], [["a", "b", "c"], 0]);
});

Deno.test("post queue: a file that waits is removed, one that is being sent is stopped", () => {
  const { queue, events } = queueOfThree();
  queue.stop("b");
  assertEquals([events, queue.has("b")], [["a"], false]);
  queue.stop("a");
  assertEquals(events, ["a", "a stopped", "c"]);
  queue.ended("c");
  queue.add("d", () => ({ stop: () => void events.push("d stopped") }));
  queue.clear();
  queue.ended("d");
  assertEquals([events.at(-1), queue.size], ["d stopped", 0]);
});
