import { assertEquals } from "@std/assert";
import { Unacknowledged, type UnacknowledgedFrame } from "../../../client/core/unacknowledged.ts";

/** A frame by its id: `m1` is a message, `w1` a whisper, `tea!` or `tea!2` a request to enter that room. */
function frame(id: string, wasSent = true): UnacknowledgedFrame {
  const [, room] = /^(.*)!/.exec(id) ?? [];
  const change = room === undefined ? undefined : { type: "join" as const, room };
  return { id, json: `{${id}}`, change, wasSent };
}

function queueOf(...frames: readonly (string | UnacknowledgedFrame)[]): Unacknowledged {
  const queue = new Unacknowledged();
  for (const each of frames) queue.add(typeof each === "string" ? frame(each) : each);
  return queue;
}

const idsOf = (frames: readonly UnacknowledgedFrame[]) => frames.map(({ id }) => id).join(" ");

/** The remaining frames, in the order in which they are repeated. */
const restOf = (queue: Unacknowledged) =>
  [...queue.resend()].map((json) => json.slice(1, -1)).join(" ");

Deno.test("unacknowledged frames are stored in order until they are removed", () => {
  const queue = queueOf("m1", "w1", "m2");
  assertEquals([queue.size, queue.has("w1"), queue.has("w2")], [3, true, false]);
  queue.remove("w1");
  queue.remove("unknown");
  assertEquals([queue.size, queue.has("w1"), restOf(queue)], [2, false, "m1 m2"]);
  queue.clear();
  assertEquals([queue.size, restOf(queue)], [0, ""]);
});

Deno.test("a repeated frame counts as sent", () => {
  const queue = queueOf(frame("m1", false));
  assertEquals(idsOf(queue.dropSent()), "");
  assertEquals(restOf(queue), "m1");
  assertEquals(idsOf(queue.dropSent()), "m1");
});

Deno.test("a frame that is not taken from the queue remains unsent", () => {
  const queue = queueOf(frame("m1", false), frame("m2", false));
  for (const _ of queue.resend()) break;
  assertEquals(idsOf(queue.dropSent()), "m1");
});

Deno.test("a lost session drops sent messages and whispers, but no change of room", () => {
  const queue = queueOf("m1", "tea!", "w1", frame("m2", false), frame("w2", false));
  assertEquals(idsOf(queue.dropSent()), "m1 w1");
  assertEquals(restOf(queue), "tea! m2 w2");
});

Deno.test("a completed change of rooms removes the oldest one, without its id", () => {
  const queue = queueOf("m1", "tea!", "m2", "milk!", "tea!2");
  queue.changed({ type: "join", room: "Tea" });
  assertEquals(restOf(queue), "m1 m2 milk! tea!2");
  queue.changed({ type: "leave", room: "milk" }); // by the server
  queue.changed({ type: "join", room: "milk" });
  queue.changed({ type: "join", room: "tea" });
  assertEquals(restOf(queue), "m1 m2");
});

Deno.test("a change that a resumed session shows is resolved if it is the only one of its room", () => {
  const queue = queueOf("m1", "tea!", "milk!", "milk!2", frame("cake!", false));
  const join = (room: string) => queue.resolve({ type: "join", room });
  assertEquals(["TEA", "other", "milk", "cake"].map(join), [true, true, false, false]);
  assertEquals(restOf(queue), "m1 milk! milk!2 cake!");
  assertEquals(queueOf("tea!").resolve({ type: "leave", room: "tea" }), false);
});

Deno.test("a frame that is sent over two connections is marked", () => {
  const queue = queueOf("tea!", frame("milk!", false));
  restOf(queue);
  assertEquals([queue.get("tea!")?.wasRepeated, queue.get("milk!")?.wasRepeated], [true, false]);
});
