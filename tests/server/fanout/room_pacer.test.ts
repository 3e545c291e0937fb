import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Audience } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import { RoomPacer } from "../../../server/fanout/room_pacer.ts";
import { compare, step } from "./fanout_model.ts";
import { FORMATS, message, subscriberOf } from "./fanout_stage.ts";
import { IS_THOROUGH } from "../../support/thorough.ts";

/** A room whose members are all written to, and then rests for 10 ms. */
function pacedRoom(members: number, writesPerFlush?: number) {
  const wakes: number[] = [];
  let requests = 0;
  const wakeAfter = (milliseconds: number) => void wakes.push(milliseconds);
  const pacer = new RoomPacer(wakeAfter, 10 / members, writesPerFlush);
  const fanout = new Fanout(() => requests++, undefined, undefined, pacer);
  const audience = new Audience();
  const people = Array.from({ length: members }, () => subscriberOf(FORMATS[0]!));
  for (const { subscriber } of people) fanout.subscribe(subscriber, audience);
  const flush = (now: number) => {
    fanout.flush(now);
    for (const { sink } of people) sink.takeAll();
  };
  const seen = people.map(() => 0);
  /** The bytes that each has received since the last call. */
  const received = () =>
    people.map(({ sink }, index) => {
      const bytes = sink.bytes.slice(seen[index]);
      seen[index]! += bytes.length;
      return bytes;
    });
  return { fanout, audience, people, flush, received, wakes, requests: () => requests };
}

Deno.test("paced rooms: a room that was just written to is held until it is due", () => {
  const { fanout, audience, flush, received, wakes } = pacedRoom(2);
  const text = (seq: number) => FORMATS[0]!.encode(message(seq, String(seq)));
  const say = (seq: number) => fanout.broadcast(audience, message(seq, String(seq)));
  say(1);
  flush(100);
  assertEquals(received(), [text(1), text(1)], "the first is not");
  say(2);
  flush(103);
  say(3);
  flush(104);
  assertEquals([received(), wakes], [["", ""], [7]], "a single timer");
  flush(110);
  assertEquals(received(), [text(2) + text(3), text(2) + text(3)]);
  say(4);
  flush(200);
  assertEquals(received(), [text(4), text(4)]);
});

Deno.test("paced rooms: an early timer is followed by another one", () => {
  const wakes: { milliseconds: number; woken: () => void }[] = [];
  const pacer = new RoomPacer((milliseconds, woken) => wakes.push({ milliseconds, woken }), 10);
  const fanout = new Fanout(() => {}, undefined, undefined, pacer);
  const audience = new Audience();
  const ann = subscriberOf(FORMATS[0]!);
  fanout.subscribe(ann.subscriber, audience);
  let now = 100;
  for (const seq of [1, 2]) {
    fanout.broadcast(audience, message(seq, String(seq)));
    fanout.flush(now);
    ann.sink.takeAll();
  }
  for (const early of [0.9, 0.4]) {
    now = 110 - early;
    wakes.at(-1)!.woken();
    fanout.flush(now);
    ann.sink.takeAll();
    assertEquals(ann.sink.bytes, FORMATS[0]!.encode(message(1, "1")));
  }
  assertEquals(wakes.map(({ milliseconds }) => Math.round(milliseconds * 10)), [100, 9, 4]);
  wakes.at(-1)!.woken();
  fanout.flush(110);
  ann.sink.takeAll();
  assertEquals(
    ann.sink.bytes,
    [1, 2].map((seq) => FORMATS[0]!.encode(message(seq, String(seq)))).join(""),
  );
});

Deno.test("paced rooms: frames for one subscriber do not wait for the room, and keep their order", () => {
  const { fanout, audience, people: [ann], flush, received, requests } = pacedRoom(2);
  const text = (seq: number) => FORMATS[0]!.encode(message(seq, String(seq)));
  fanout.broadcast(audience, message(1, "1"));
  flush(100);
  received();
  fanout.broadcast(audience, message(2, "2"));
  fanout.direct(ann!.subscriber, "whisper\n");
  flush(101);
  assertEquals(received(), [`${text(2)}whisper\n`, ""]);
  const before = requests();
  fanout.direct(ann!.subscriber, "another\n");
  assertEquals(requests(), before + 1, "a flush is requested again");
  fanout.broadcast(audience, message(3, "3"), ann!.subscriber);
  flush(102);
  assertEquals(received(), ["another\n", ""]);
  flush(110);
  assertEquals(received(), ["", text(2) + text(3)]);
});

Deno.test("paced rooms: a full batch is not held", () => {
  const { fanout, audience, flush, received } = pacedRoom(2);
  fanout.broadcast(audience, message(1, "1"));
  flush(100);
  received();
  for (let seq = 2; !fanout.isFull; seq++) {
    fanout.broadcast(audience, message(seq, "x".repeat(4000)));
  }
  flush(101);
  assertEquals(received().map((bytes) => bytes.length > 64_000), [true, true]);
});

Deno.test("paced rooms: a large room is written to in parts, and rests after all of them", () => {
  const { fanout, audience, flush, received, wakes, requests } = pacedRoom(5, 2);
  const [one, two] = [1, 2].map((seq) => FORMATS[0]!.encode(message(seq, String(seq))));
  fanout.broadcast(audience, message(1, "1"));
  assertEquals(requests(), 1);
  flush(100);
  assertEquals([received(), requests()], [[one, one, "", "", ""], 2], "a flush for the next part");
  fanout.broadcast(audience, message(2, "2"));
  flush(101);
  const both = `${one}${two}`;
  assertEquals(
    [received(), requests()],
    [["", "", both, both, ""], 3],
    "the newest message is included",
  );
  flush(102);
  assertEquals(
    [received(), requests(), wakes],
    [["", "", "", "", both], 3, [10]],
    "then the room rests",
  );
  flush(111);
  assertEquals(received(), ["", "", "", "", ""]);
  flush(112);
  assertEquals(received(), [two, two, "", "", ""]);
});

Deno.test("paced rooms: members of several large rooms get them in one write", () => {
  const pacer = new RoomPacer(() => {}, 0, 2);
  const fanout = new Fanout(() => {}, undefined, undefined, pacer);
  const audiences = ["tea", "talk", "help"].map((name) => new Audience(name));
  const people = Array.from({ length: 5 }, () => subscriberOf(FORMATS[0]!));
  for (const { subscriber } of people) {
    for (const audience of audiences) fanout.subscribe(subscriber, audience);
  }
  for (const [index, audience] of audiences.entries()) {
    fanout.broadcast(audience, message(1, `${index}`));
  }
  const writes: number[][] = [];
  do {
    fanout.flush(100);
    for (const { sink } of people) sink.takeAll();
    writes.push(people.map(({ sink }) => sink.writes.length));
  } while (pacer.hasDue);
  assertEquals(writes, [[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]);
  assertEquals(people.map(({ sink }) => sink.bytes), people.map(() => "(0)(1)(2)"));
});

Deno.test("paced rooms: a new member gets a place that another has left", () => {
  const { fanout, audience, people } = pacedRoom(4, 2);
  const [, , , last] = people;
  for (let turn = 0; turn < 10; turn++) {
    fanout.unsubscribe(last!.subscriber, audience);
    fanout.subscribe(last!.subscriber, audience);
  }
  assertEquals(audience.batches.map(({ subscribers }) => subscribers.size), [2, 2]);
});

Deno.test("paced rooms: with any held batches, all subscribers get the same frames in the same order", () => {
  const calm = fc.array(step.filter((each) => each.do !== "stall" && each.do !== "release"), {
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(calm, fc.boolean(), fc.array(fc.boolean()), (steps, startSubscribed, isDue) => {
      let now = 0;
      const pacer = new RoomPacer(() => {}, 1, 1);
      const paced = new Fanout(() => {}, undefined, undefined, pacer);
      // A flush is due or not; the last one is.
      let flushes = 0;
      const lastFlush = steps.filter((each) => each.do === "flush").length;
      const runFlushes = (flush: (now: number) => void) => {
        const isLast = flushes === lastFlush;
        flush(isLast || isDue[flushes] ? (now += 1e6) : now);
        // Batches of a round that was under way are written again in another one.
        for (let round = 0; isLast && round < 2; round++) {
          while (pacer.hasDue) flush(now);
          flush(now += 1e6);
        }
        flushes++;
      };
      compare(steps, startSubscribed, paced, runFlushes);
    }),
    { numRuns: IS_THOROUGH ? 5000 : 500 },
  );
});
