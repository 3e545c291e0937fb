import { assertEquals } from "@std/assert";
import { Unacknowledged, type UnacknowledgedFrame } from "../../../client/core/unacknowledged.ts";

/** A frame by its id: `m1` is a message, `w1` a whisper, `tea!` or `tea!2` a change to that room. */
function frame(id: string, wasSent = true): UnacknowledgedFrame {
  const [, leadsTo] = /^(.*)!/.exec(id) ?? [];
  return { id, json: `{${id}}`, leadsTo, isForRoom: /^m\d/.test(id), wasSent };
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

Deno.test("a completed change of room removes the oldest one, without its id", () => {
  const queue = queueOf("m1", "tea!", "m2", "milk!");
  queue.moved("tea");
  assertEquals(restOf(queue), "m1 m2 milk!");
  queue.moved("milk");
  queue.moved("lobby"); // by the server
  assertEquals(restOf(queue), "m1 m2");
});

const CASES: Record<string, {
  readonly frames: readonly (string | UnacknowledgedFrame)[];
  /** Default: the session was in the lobby. */
  readonly before?: string;
  readonly after: string;
  readonly dropped: string;
  readonly rest: string;
}> = {
  "in the same room nothing is dropped": {
    frames: ["m1", "w1", "tea!", "m2"],
    after: "lobby",
    dropped: "",
    rest: "m1 w1 tea! m2",
  },
  "the spelling of a room does not matter": {
    frames: ["m1"],
    after: "Lobby",
    dropped: "",
    rest: "m1",
  },
  "after a move by the server messages are dropped, and whispers are not": {
    frames: ["m1", "w1", frame("m2", false)],
    after: "tea",
    dropped: "m1 m2",
    rest: "w1",
  },
  "a change of room whose answer was lost is dropped with the messages before it": {
    frames: ["m1", "tea!", "m2"],
    after: "Tea",
    dropped: "m1 tea!",
    rest: "m2",
  },
  "of two completed changes of room both are dropped": {
    frames: ["tea!", "m1", "milk!", "m2"],
    after: "milk",
    dropped: "tea! m1 milk!",
    rest: "m2",
  },
  "of several changes to one room the last one counts": {
    frames: ["tea!", "m1", "milk!", "m2", "tea!2", "m3"],
    after: "tea",
    dropped: "tea! milk! m2 tea!2",
    rest: "m1 m3",
  },
  "a later change of room remains, and its messages with it": {
    frames: ["m1", "tea!", "m2", "milk!", "m3"],
    after: "tea",
    dropped: "m1 tea!",
    rest: "m2 milk! m3",
  },
  "a change of room that was not sent cannot be completed": {
    frames: [frame("m1", false), frame("tea!", false), frame("m2", false)],
    after: "tea",
    dropped: "m1",
    rest: "tea! m2",
  },
  "a new session has no room before, and all messages are for its room": {
    frames: ["m1", "tea!", "m2"],
    before: "",
    after: "tea",
    dropped: "",
    rest: "m1 tea! m2",
  },
};

for (const [what, { frames, before = "lobby", after, dropped, rest }] of Object.entries(CASES)) {
  Deno.test(`unacknowledged frames: ${what}`, () => {
    const queue = new Unacknowledged();
    if (before !== "") queue.dropElsewhere(before);
    for (const each of frames) queue.add(typeof each === "string" ? frame(each) : each);
    assertEquals([idsOf(queue.dropElsewhere(after)), restOf(queue)], [dropped, rest]);
  });
}

Deno.test("unacknowledged frames: messages after a move by the server are for the new room", () => {
  const queue = new Unacknowledged();
  queue.dropElsewhere("lobby");
  queue.dropElsewhere("tea");
  queue.add(frame("m1"));
  assertEquals([idsOf(queue.dropElsewhere("tea")), restOf(queue)], ["", "m1"]);
  assertEquals(idsOf(queue.dropElsewhere("lobby")), "m1");
});

Deno.test("unacknowledged frames: an empty queue has no room", () => {
  const queue = new Unacknowledged();
  queue.dropElsewhere("lobby");
  queue.clear();
  queue.add(frame("m1"));
  assertEquals([idsOf(queue.dropElsewhere("tea")), restOf(queue)], ["", "m1"]);
});

Deno.test("unacknowledged frames: messages after a completed change of room are for its room", () => {
  const queue = queueOf("tea!", "m1");
  queue.moved("tea");
  assertEquals([idsOf(queue.dropElsewhere("lobby")), queue.size], ["m1", 0]);
});
