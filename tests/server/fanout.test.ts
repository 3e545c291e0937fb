import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ServerFrame, toBytes, toByteString } from "../../protocol/mod.ts";
import { toBuffer } from "../../server/byte_buffer.ts";
import { Audience, Subscriber } from "../../server/audience.ts";
import { Fanout } from "../../server/fanout.ts";
import { DEFAULT_OUTBOX_LIMITS, Outbox, type OutboxLimits } from "../../server/outbox.ts";
import type { WireFormat } from "../../server/wire_format.ts";
import { FakeSink } from "./fakes.ts";

/** Formats that are easy to tell apart: one of ASCII, one beyond it, one with both. */
const FORMATS: readonly WireFormat[] = [
  { kind: "text", encode: (frame) => `(${contentOf(frame)})`, toBuffer },
  { kind: "json", encode: (frame) => toByteString(`«${contentOf(frame)}»`), toBuffer },
  {
    kind: "length",
    encode: (frame) => frame.type === "message" ? `[${contentOf(frame)}]` : "\xff",
    toBuffer,
  },
];

function contentOf(frame: ServerFrame): string {
  if (frame.type === "message") return frame.text;
  return frame.type === "joined" ? frame.name : frame.type;
}

const message = (seq: number, text = String(seq)): ServerFrame => (
  { type: "message", seq, room: "lobby", from: "Bob", text, time: 0 }
);
const joined = (name: string): ServerFrame => ({ type: "joined", room: "lobby", name, time: 0 });

/** A subscriber with a sink of its own. */
function subscriberOf(format = FORMATS[0]!, limits: OutboxLimits = DEFAULT_OUTBOX_LIMITS) {
  const sink = new FakeSink();
  const drained: unknown[] = [];
  const outbox = new Outbox(sink, limits, (skipped) => drained.push(skipped), () => {});
  return { sink, drained, outbox, subscriber: new Subscriber(format, outbox) };
}

/** A fan-out with one room and some subscribers of it. */
function roomOf(...formats: WireFormat[]) {
  let requests = 0;
  const fanout = new Fanout(() => requests++);
  const audience = new Audience();
  const members = formats.map((format) => {
    const member = subscriberOf(format);
    fanout.subscribe(member.subscriber, audience);
    return member;
  });
  const flush = () => {
    fanout.flush(0);
    for (const { sink } of members) sink.takeAll();
  };
  return { fanout, audience, members, flush, requests: () => requests };
}

Deno.test("fan-out: a turn is one write a member, whatever was said", () => {
  const { fanout, audience, members, flush } = roomOf(FORMATS[0]!, FORMATS[0]!, FORMATS[1]!);
  for (let seq = 1; seq <= 3; seq++) fanout.broadcast(audience, message(seq));
  flush();
  assertEquals(members.map(({ sink }) => sink.writes), [
    ["(1)(2)(3)"],
    ["(1)(2)(3)"],
    [toByteString("«1»«2»«3»")],
  ]);
});

Deno.test("fan-out: members who get the whole batch get the same buffer", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const seen: Uint8Array[] = [];
  for (let count = 0; count < 3; count++) {
    const sink = { write: (bytes: Uint8Array) => void seen.push(bytes), end: () => {} };
    const outbox = new Outbox(sink, DEFAULT_OUTBOX_LIMITS, () => {}, () => {});
    fanout.subscribe(new Subscriber(FORMATS[0]!, outbox), audience);
  }
  fanout.broadcast(audience, message(1));
  fanout.flush(0);
  assertEquals(seen.length, 3);
  assert(seen.every((bytes) => bytes === seen[0]));
});

Deno.test("fan-out: a frame is encoded once a format, however many hear it", () => {
  let encoded = 0;
  const format: WireFormat = { kind: "text", encode: () => `${++encoded}`, toBuffer };
  const { fanout, audience, flush } = roomOf(...new Array<WireFormat>(50).fill(format));
  fanout.broadcast(audience, message(1));
  flush();
  assertEquals(encoded, 1);
});

Deno.test("fan-out: nobody's format is not encoded", () => {
  const { fanout, audience, members, flush } = roomOf(
    {
      kind: "text",
      encode: () => {
        throw new Error("Cannot encode: nobody is there");
      },
      toBuffer,
    },
  );
  fanout.unsubscribe(members[0]!.subscriber);
  fanout.broadcast(audience, message(1));
  flush();
});

Deno.test("fan-out: a sender does not get its own messages, at the start, middle and end", () => {
  for (let own = 1; own <= 3; own++) {
    const { fanout, audience, members: [a, b], flush } = roomOf(FORMATS[0]!, FORMATS[0]!);
    for (let seq = 1; seq <= 3; seq++) {
      fanout.broadcast(audience, message(seq), seq === own ? a!.subscriber : b!.subscriber);
    }
    flush();
    const others = [1, 2, 3].filter((seq) => seq !== own);
    assertEquals(a!.sink.writes, [others.map((seq) => `(${seq})`).join("")]);
    assertEquals(b!.sink.writes, [`(${own})`]);
  }
});

Deno.test("fan-out: some others may be left out, too, in whatever room they are", () => {
  const { fanout, audience, members: [a, b, c, d], flush } = roomOf(
    ...[0, 0, 0, 1].map((format) => FORMATS[format]!),
  );
  const elsewhere = subscriberOf();
  fanout.subscribe(elsewhere.subscriber, new Audience());
  fanout.broadcast(audience, message(1));
  fanout.broadcast(audience, message(2), a!.subscriber, [
    b!.subscriber,
    a!.subscriber,
    b!.subscriber,
    elsewhere.subscriber,
  ]);
  fanout.broadcast(audience, message(3), undefined, []);
  fanout.broadcast(audience, message(4), undefined, [d!.subscriber]);
  flush();
  assertEquals([a, b, c].map((member) => member!.sink.writes), [
    ["(1)(3)(4)"],
    ["(1)(3)(4)"],
    ["(1)(2)(3)(4)"],
  ]);
  assertEquals(d!.sink.bytes, toByteString("«1»«2»«3»"));
  assertEquals(elsewhere.sink.writes, []);
});

Deno.test("fan-out: who is skipped is not told to miss what was not for them", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, IMPATIENT);
  fanout.subscribe(slow.subscriber, audience);
  fanout.direct(slow.subscriber, "under way");
  fanout.flush(0);
  fanout.broadcast(audience, message(1));
  fanout.broadcast(audience, message(2), undefined, [slow.subscriber]);
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.drained, [{ count: 1, from: 1, to: 1 }]);
});

Deno.test("fan-out: an answer keeps its place among what the room says", () => {
  const { fanout, audience, members: [a, b], flush } = roomOf(FORMATS[0]!, FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.send(a!.subscriber, joined("x"), "");
  fanout.direct(a!.subscriber, "y");
  fanout.broadcast(audience, message(2));
  flush();
  assertEquals(a!.sink.writes, ["(1)(x)y(2)"]);
  assertEquals(b!.sink.writes, ["(1)(2)"]);
});

Deno.test("fan-out: who comes hears what is said from then on", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  const late = subscriberOf();
  fanout.broadcast(audience, message(1));
  fanout.subscribe(late.subscriber, audience);
  fanout.broadcast(audience, message(2));
  flush();
  assertEquals(a!.sink.bytes, "(1)(2)");
  assertEquals(late.sink.bytes, "(2)");
});

Deno.test("fan-out: who goes has heard what was said until then", () => {
  const { fanout, audience, members: [a, b], flush } = roomOf(FORMATS[0]!, FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.unsubscribe(b!.subscriber);
  fanout.broadcast(audience, message(2));
  flush();
  fanout.broadcast(audience, message(3));
  flush();
  assertEquals(a!.sink.bytes, "(1)(2)(3)");
  assertEquals(b!.sink.bytes, "(1)");
});

Deno.test("fan-out: in one turn somebody may go from room to room", () => {
  const { fanout, audience: first, members: [a], flush } = roomOf(FORMATS[0]!);
  const second = new Audience();
  const other = subscriberOf();
  fanout.subscribe(other.subscriber, second);
  fanout.broadcast(first, message(1));
  fanout.broadcast(second, message(2));
  fanout.unsubscribe(a!.subscriber);
  fanout.subscribe(a!.subscriber, second);
  fanout.broadcast(first, message(3));
  fanout.broadcast(second, message(4));
  flush();
  assertEquals(a!.sink.writes, ["(1)(4)"]);
  assertEquals(other.sink.writes, ["(2)(4)"]);
});

Deno.test("fan-out: the end comes behind all that was said before it", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.direct(a!.subscriber, "bye");
  fanout.unsubscribe(a!.subscriber);
  fanout.end(a!.subscriber);
  assertEquals(a!.sink.isEnded, false);
  flush();
  assertEquals(a!.sink.writes, ["(1)bye"]);
  assertEquals(a!.sink.isEnded, true);
});

Deno.test("fan-out: the end needs no last words", () => {
  const { fanout, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.end(a!.subscriber);
  flush();
  assertEquals(a!.sink.isEnded, true);
});

Deno.test("fan-out: a flush is requested once until it comes, and only if there is something", () => {
  const { fanout, audience, members: [a], flush, requests } = roomOf(FORMATS[0]!, FORMATS[1]!);
  assertEquals(requests(), 0);
  flush();
  for (
    const [count, say] of [
      () => fanout.broadcast(audience, message(1)),
      () => fanout.direct(a!.subscriber, "x"),
      () => fanout.broadcast(audience, message(2), a!.subscriber),
      () => fanout.end(a!.subscriber),
    ].entries()
  ) {
    say();
    fanout.broadcast(audience, message(3));
    assertEquals(requests(), count + 1);
    flush();
    assertEquals(requests(), count + 1);
  }
});

Deno.test("fan-out: nothing said is nothing written", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.direct(a!.subscriber, "");
  fanout.broadcast(audience, message(1), a!.subscriber);
  flush();
  assertEquals(a!.sink.writes, []);
});

Deno.test("fan-out: a frame that a format does not show changes nothing for it", () => {
  const mute: WireFormat = {
    kind: "text",
    encode: (frame) => frame.type === "pong" ? "" : `(${contentOf(frame)})`,
    toBuffer,
  };
  const { fanout, audience, members: [a], flush } = roomOf(mute);
  fanout.broadcast(audience, { type: "pong", t: 1 });
  fanout.broadcast(audience, message(1));
  flush();
  assertEquals(a!.sink.writes, ["(1)"]);
});

/** Skips whenever a write is still under way. */
const IMPATIENT: OutboxLimits = { softBytes: 0, softMilliseconds: -1, hardBytes: 10_000 };

Deno.test("fan-out: who does not read is skipped and counted, and delays nobody", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, IMPATIENT);
  const quick = subscriberOf(FORMATS[0]!, IMPATIENT);
  for (const { subscriber } of [slow, quick]) fanout.subscribe(subscriber, audience);
  for (let seq = 1; seq <= 6; seq += 2) {
    fanout.broadcast(audience, message(seq));
    fanout.broadcast(audience, joined("x"));
    fanout.broadcast(audience, message(seq + 1));
    fanout.flush(seq);
    quick.sink.takeAll();
  }
  assertEquals(quick.sink.bytes, "(1)(x)(2)(3)(x)(4)(5)(x)(6)");
  slow.sink.takeAll();
  assertEquals(slow.sink.bytes, "(1)(x)(2)");
  assertEquals(slow.drained, [{ count: 4, from: 3, to: 6 }], "messages alone are counted");
  assertEquals(quick.drained, []);
});

Deno.test("fan-out: who is skipped still gets answers, and is not told to miss its own messages", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, IMPATIENT);
  fanout.subscribe(slow.subscriber, audience);
  fanout.broadcast(audience, message(1));
  fanout.flush(0);
  fanout.broadcast(audience, message(2));
  fanout.broadcast(audience, message(3), slow.subscriber);
  fanout.direct(slow.subscriber, "ack");
  fanout.broadcast(audience, message(4));
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.sink.bytes, "(1)ack");
  assertEquals(slow.drained, [{ count: 2, from: 2, to: 4 }]);
});

Deno.test("fan-out: the numbers of what is skipped are right where a format had nobody for a while", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, IMPATIENT);
  const other = subscriberOf(FORMATS[1]!, IMPATIENT);
  for (const { subscriber } of [slow, other]) fanout.subscribe(subscriber, audience);
  fanout.direct(slow.subscriber, "under way");
  fanout.flush(0);
  fanout.broadcast(audience, message(1));
  fanout.unsubscribe(slow.subscriber);
  fanout.broadcast(audience, message(2));
  fanout.subscribe(slow.subscriber, audience);
  fanout.broadcast(audience, message(3));
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.drained, [{ count: 2, from: 1, to: 3 }]);
});

Deno.test("fan-out: answers are counted as such, what the room says is not", () => {
  const { fanout, audience, members: [a] } = roomOf(FORMATS[0]!);
  fanout.broadcast(audience, message(1, "x".repeat(300_000)));
  fanout.direct(a!.subscriber, "y".repeat(262_144));
  fanout.flush(0);
  assertEquals(a!.outbox.isFullOfAnswers, false);
  fanout.direct(a!.subscriber, "y");
  fanout.flush(0);
  assertEquals(a!.outbox.isFullOfAnswers, true);
});

/** What the same thing would be without batches: each subscriber has a list of what it is to get. */
class Naive {
  expected = "";
  queue: { bytes: string; seq?: number; isAnswer: boolean }[] = [];
  room: number | undefined;
  isStalled = false;
  isEnding = false;
  /** The end was written behind all else: what is skipped is told no more. */
  hasEnded = false;
  skippedSeqs: number[] = [];
  readonly told: unknown[] = [];
  readonly real: ReturnType<typeof subscriberOf>;

  constructor(readonly format: WireFormat) {
    this.real = subscriberOf(format, IMPATIENT);
  }

  flush(): void {
    const mustSkip = this.real.sink.isWriting;
    for (const { bytes, seq, isAnswer } of this.queue) {
      if (!mustSkip || isAnswer) this.expected += bytes;
      else if (seq !== undefined) this.skippedSeqs.push(seq);
    }
    this.queue = [];
    this.hasEnded = this.isEnding;
  }

  /** The kernel has taken all. */
  drained(): void {
    if (this.hasEnded || this.skippedSeqs.length === 0) return;
    const { length: count, 0: from } = this.skippedSeqs;
    this.told.push({ count, from, to: this.skippedSeqs.at(-1) });
    this.skippedSeqs = [];
  }
}

const ROOMS = 2;
const SUBSCRIBERS = 5;
const who = fc.nat(SUBSCRIBERS - 1);
const where = fc.nat(ROOMS - 1);

type Step =
  | {
    do: "broadcast";
    where: number;
    isMessage: boolean;
    except: number | undefined;
    others: number[] | undefined;
  }
  | { do: "subscribe"; who: number; where: number }
  | { do: "unsubscribe" | "direct" | "end" | "stall" | "release"; who: number }
  | { do: "flush" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("broadcast" as const),
      where,
      isMessage: fc.boolean(),
      except: fc.option(who, { nil: undefined }),
      // With some twice, with the sender, with those elsewhere: whoever ignores is left out.
      others: fc.option(fc.array(who, { maxLength: 3 }), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("subscribe" as const), who, where }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("unsubscribe" as const, "direct", "direct", "stall", "release"),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), who }) },
  { weight: 3, arbitrary: fc.constant({ do: "flush" as const }) },
);

/** Does the same with a fan-out and naively, and compares what everybody got. */
function compare(
  steps: readonly Step[],
  startSubscribed: boolean,
  fanout = new Fanout(() => {}),
): void {
  const audiences = Array.from({ length: ROOMS }, () => new Audience());
  const seqs = new Array<number>(ROOMS).fill(0);
  const people = Array.from(
    { length: SUBSCRIBERS },
    (_, index) => new Naive(FORMATS[index % FORMATS.length]!),
  );
  const enter = (person: Naive, room: number) => {
    person.room = room;
    fanout.subscribe(person.real.subscriber, audiences[room]!);
  };
  if (startSubscribed) { for (const person of people) enter(person, 0); }
  let said = 0;
  const flush = () => {
    const writes = people.map(({ real }) => real.sink.writes.length);
    for (const person of people) person.flush();
    fanout.flush(0);
    for (const [index, { real: { sink } }] of people.entries()) {
      assert(sink.writes.length <= writes[index]! + 1, "one write a turn");
    }
    for (const person of people) if (!person.isStalled) take(person);
  };
  const take = (person: Naive) => {
    person.real.sink.takeAll();
    person.drained();
  };
  const doStep = (step: Step) => {
    if (step.do === "flush") return flush();
    if (step.do === "broadcast") {
      const { where, isMessage, except, others } = step;
      const text = `${++said}`;
      const frame = isMessage ? message(++seqs[where]!, text) : joined(text);
      const sender = except === undefined ? undefined : people[except]!;
      for (const person of people) {
        if (person.room !== where || person === sender) continue;
        if (others?.some((other) => people[other] === person)) continue;
        const seq = isMessage ? { seq: seqs[where]! } : undefined;
        person.queue.push({ bytes: person.format.encode(frame), isAnswer: false, ...seq });
      }
      return fanout.broadcast(
        audiences[where]!,
        frame,
        sender?.real.subscriber,
        others?.map((other) => people[other]!.real.subscriber),
      );
    }
    const person = people[step.who]!;
    const { subscriber } = person.real;
    if (step.do === "stall") return void (person.isStalled = true);
    if (step.do === "release") {
      person.isStalled = false;
      return take(person);
    }
    if (person.isEnding) return;
    switch (step.do) {
      case "subscribe":
        if (person.room === undefined) enter(person, step.where);
        break;
      case "end":
      case "unsubscribe":
        person.room = undefined;
        fanout.unsubscribe(subscriber);
        if (step.do === "unsubscribe") break;
        person.isEnding = true;
        fanout.end(subscriber);
        break;
      case "direct": {
        const bytes = toByteString(`<é${++said}>`);
        person.queue.push({ bytes, isAnswer: true });
        fanout.direct(subscriber, bytes);
      }
    }
  };
  for (const step of steps) doStep(step);
  flush();
  for (const person of people) {
    take(person);
    const { sink, drained } = person.real;
    assertEquals(sink.bytes, person.expected);
    assertEquals(drained.filter((skipped) => skipped !== undefined), person.told);
    assertEquals(sink.isEnded, person.isEnding);
    assertEquals(person.real.outbox.waitingBytes, 0);
  }
}

Deno.test("fan-out: whatever happens, everybody gets what a write a message would give them", () => {
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  const property = (steps: Step[], isIn: boolean) => compare(steps, isIn);
  fc.assert(fc.property(steps, fc.boolean(), property), { numRuns: 5000 });
});

/** A room whose members are all written to every 10 ms at the most. */
function pacedRoom(members: number) {
  const wakes: number[] = [];
  let requests = 0;
  const fanout = new Fanout(() => requests++, undefined, undefined, {
    restPerWrite: 10 / members,
    wakeAfter: (milliseconds) => wakes.push(milliseconds),
  });
  const audience = new Audience();
  const people = Array.from({ length: members }, () => subscriberOf(FORMATS[0]!));
  for (const { subscriber } of people) fanout.subscribe(subscriber, audience);
  const flush = (now: number) => {
    fanout.flush(now);
    for (const { sink } of people) sink.takeAll();
  };
  const seen = people.map(() => 0);
  /** What each has got since the last call. */
  const heard = () =>
    people.map(({ sink }, index) => {
      const bytes = sink.bytes.slice(seen[index]);
      seen[index]! += bytes.length;
      return bytes;
    });
  return { fanout, audience, people, flush, heard, wakes, requests: () => requests };
}

Deno.test("fan-out: a room that was just written to is held, and wakes up when it is due", () => {
  const { fanout, audience, flush, heard, wakes } = pacedRoom(2);
  const text = (seq: number) => FORMATS[0]!.encode(message(seq, String(seq)));
  const say = (seq: number) => fanout.broadcast(audience, message(seq, String(seq)));
  say(1);
  flush(100);
  assertEquals(heard(), [text(1), text(1)], "the first is not");
  say(2);
  flush(103);
  say(3);
  flush(104);
  assertEquals([heard(), wakes], [["", ""], [7]], "one wake is enough");
  flush(110);
  assertEquals(heard(), [text(2) + text(3), text(2) + text(3)]);
  say(4);
  flush(200);
  assertEquals(heard(), [text(4), text(4)]);
});

Deno.test("fan-out: what one is sent does not wait for its room, and keeps its place", () => {
  const { fanout, audience, people: [ann], flush, heard, requests } = pacedRoom(2);
  const text = (seq: number) => FORMATS[0]!.encode(message(seq, String(seq)));
  fanout.broadcast(audience, message(1, "1"));
  flush(100);
  heard();
  fanout.broadcast(audience, message(2, "2"));
  fanout.direct(ann!.subscriber, "whisper\n");
  flush(101);
  assertEquals(heard(), [`${text(2)}whisper\n`, ""]);
  const before = requests();
  fanout.direct(ann!.subscriber, "another\n");
  assertEquals(requests(), before + 1, "a flush is asked for again");
  fanout.broadcast(audience, message(3, "3"), ann!.subscriber);
  flush(102);
  assertEquals(heard(), ["another\n", ""]);
  flush(110);
  assertEquals(heard(), ["", text(2) + text(3)]);
});

Deno.test("fan-out: a full batch is not held", () => {
  const { fanout, audience, flush, heard } = pacedRoom(2);
  fanout.broadcast(audience, message(1, "1"));
  flush(100);
  heard();
  for (let seq = 2; !fanout.isFull; seq++) {
    fanout.broadcast(audience, message(seq, "x".repeat(4000)));
  }
  flush(101);
  assertEquals(heard().map((bytes) => bytes.length > 64_000), [true, true]);
});

Deno.test("fan-out: whatever is held, everybody gets the same in the same order", () => {
  const calm = fc.array(step.filter((each) => each.do !== "stall" && each.do !== "release"), {
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(calm, fc.boolean(), fc.array(fc.boolean()), (steps, startSubscribed, isDue) => {
      let now = 0;
      const paced = new Fanout(() => {}, undefined, undefined, {
        restPerWrite: 1e6,
        wakeAfter: () => {},
      });
      // A flush comes in time or not; the last one does.
      const flush = paced.flush.bind(paced);
      let flushes = 0;
      const lastFlush = steps.filter((each) => each.do === "flush").length;
      paced.flush = () => {
        flush(isDue[flushes] || flushes === lastFlush ? (now += 1e6) : now);
        flushes++;
      };
      compare(steps, startSubscribed, paced);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("fan-out: a byte string of every byte is written as it is", () => {
  const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const { fanout, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.direct(a!.subscriber, all);
  flush();
  assertEquals(toBytes(a!.sink.bytes), Uint8Array.from({ length: 256 }, (_, byte) => byte));
});
