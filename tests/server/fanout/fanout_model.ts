import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toByteString } from "../../../protocol/mod.ts";
import { Audience } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import type { Encoder } from "../../../server/fanout/encoder.ts";
import { FORMATS, IMPATIENT, joined, message, offered, subscriberOf } from "./fanout_stage.ts";

/** A subscriber of a model without batches: a list of the output that it must receive. */
class Naive {
  expected = "";
  queue: { bytes: string; seq?: number; isKept: boolean }[] = [];
  room: number | undefined;
  isStalled = false;
  isEnding = false;
  /** The end was written last: skipped messages are not reported any more. */
  hasEnded = false;
  skippedSeqs: number[] = [];
  /** Whether a notice was skipped since the last report. */
  missesNotice = false;
  readonly reported: unknown[] = [];
  readonly real: ReturnType<typeof subscriberOf>;

  constructor(readonly format: Encoder) {
    this.real = subscriberOf(format, IMPATIENT);
  }

  flush(): void {
    const mustSkip = this.real.sink.isWriting;
    for (const { bytes, seq, isKept } of this.queue) {
      if (!mustSkip || isKept) this.expected += bytes;
      else if (seq !== undefined) this.skippedSeqs.push(seq);
      else this.missesNotice = true;
    }
    this.queue = [];
    this.hasEnded = this.isEnding;
  }

  /** The kernel has taken all. */
  drained(): void {
    if (this.hasEnded) return;
    const { drained } = this.real;
    // A notice for others may be reported, too; a missed one always is.
    if (this.missesNotice) assertEquals(drained.at(-1)?.hasNotices, true);
    this.missesNotice = false;
    if (this.skippedSeqs.length === 0) return;
    const { length: count, 0: from } = this.skippedSeqs;
    this.reported.push({ count, from, to: this.skippedSeqs.at(-1) });
    this.skippedSeqs = [];
  }
}

const ROOMS = 2;
const SUBSCRIBERS = 5;
const who = fc.nat(SUBSCRIBERS - 1);
const where = fc.nat(ROOMS - 1);

export type Step =
  | {
    do: "broadcast";
    where: number;
    kind: "message" | "joined" | "offered";
    except: number | undefined;
    others: number[] | undefined;
  }
  | { do: "subscribe"; who: number; where: number }
  | { do: "unsubscribe" | "direct" | "end" | "stall" | "release"; who: number }
  | { do: "flush" };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("broadcast" as const),
      where,
      kind: fc.constantFrom("message" as const, "message", "joined", "offered"),
      except: fc.option(who, { nil: undefined }),
      // Includes duplicates, the sender, and subscribers of other rooms.
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

/** Runs the steps with a fan-out and with the model, and compares the output of each subscriber. */
export function compare(
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
  let sent = 0;
  const flush = () => {
    const writes = people.map(({ real }) => real.sink.writes.length);
    for (const person of people) person.flush();
    fanout.flush(0);
    for (const [index, { real: { sink } }] of people.entries()) {
      assert(sink.writes.length <= writes[index]! + 1, "one write per turn");
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
      const { where, kind, except, others } = step;
      const text = `${++sent}`;
      const frame = kind === "message"
        ? message(++seqs[where]!, text)
        : kind === "joined"
        ? joined(text)
        : offered(text);
      const sender = except === undefined ? undefined : people[except]!;
      for (const person of people) {
        if (person.room !== where || person === sender) continue;
        if (others?.some((other) => people[other] === person)) continue;
        const seq = kind === "message" ? { seq: seqs[where]! } : undefined;
        const bytes = person.format.encode(frame);
        person.queue.push({ bytes, isKept: kind === "offered", ...seq });
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
        const bytes = toByteString(`<é${++sent}>`);
        person.queue.push({ bytes, isKept: true });
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
    const reported = drained.flatMap((skipped) =>
      skipped === undefined || skipped.count === 0
        ? []
        : [{ count: skipped.count, from: skipped.from, to: skipped.to }]
    );
    assertEquals(reported, person.reported);
    assertEquals(sink.isEnded, person.isEnding);
    assertEquals(person.real.outbox.waitingBytes, 0);
  }
}
