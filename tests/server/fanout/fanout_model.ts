import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toByteString } from "../../../protocol/mod.ts";
import { Audience } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import type { Encoder } from "../../../server/fanout/encoder.ts";
import {
  contentOf,
  FORMATS,
  IMPATIENT,
  joined,
  message,
  offered,
  subscriberOf,
} from "./fanout_stage.ts";

/** Formats in which each frame has its number, so that the output can be divided into frames again. */
const NUMBERED: readonly Encoder[] = [
  FORMATS[0]!,
  FORMATS[1]!,
  {
    ...FORMATS[2]!,
    encode: (frame) => `${frame.type === "message" ? "[" : "\xff"}${contentOf(frame)}`,
  },
];

/** A frame of the output, with its room; absent for one to the subscriber alone. */
interface Output {
  readonly bytes: string;
  readonly room?: number;
  readonly seq?: number;
  readonly isKept: boolean;
}

/** A subscriber of a model without batches: a list of the output that it must receive. */
class Naive {
  readonly expected: Output[] = [];
  queue: Output[] = [];
  readonly rooms = new Set<number>();
  isStalled = false;
  isEnding = false;
  /** The end was written last: skipped messages are not reported any more. */
  hasEnded = false;
  /** By room, since the last report. */
  readonly skippedSeqs = new Map<number, number[]>();
  /** Rooms with a skipped notice since the last report. */
  readonly missedNotices = new Set<number>();
  readonly reported: unknown[] = [];
  readonly real: ReturnType<typeof subscriberOf>;

  constructor(readonly format: Encoder) {
    this.real = subscriberOf(format, IMPATIENT);
  }

  flush(): void {
    const mustSkip = this.real.sink.isWriting;
    for (const output of this.queue) {
      const { room = 0, seq, isKept } = output;
      if (!mustSkip || isKept) this.expected.push(output);
      else if (seq !== undefined) {
        this.skippedSeqs.set(room, [...this.skippedSeqs.get(room) ?? [], seq]);
      } else this.missedNotices.add(room);
    }
    this.queue = [];
    this.hasEnded = this.isEnding;
  }

  /** The kernel has taken all. @param before number of earlier reports. */
  drained(before: number): void {
    if (this.hasEnded) return;
    const reports = this.real.drained.slice(before);
    for (const room of this.missedNotices) {
      // A notice for others may be reported, too; a missed one always is.
      assert(reports.some((report) => report?.room === `${room}` && report.hasNotices === true));
    }
    this.missedNotices.clear();
    for (const [room, seqs] of this.skippedSeqs) {
      this.reported.push({
        room: `${room}`,
        count: seqs.length,
        from: seqs[0],
        to: seqs.at(-1),
      });
    }
    this.skippedSeqs.clear();
  }

  /** Compares the output: all of it, and the order in each room, also with the frames for it alone. */
  compareOutput(): void {
    const byNumber = new Map(this.expected.map((output) => [numberOf(output.bytes), output]));
    const written = (this.real.sink.bytes.match(/\d+/g) ?? []).map((digits) => {
      const output = byNumber.get(digits);
      assert(output !== undefined, `${digits} is not for this subscriber`);
      return output;
    });
    assertEquals(written.map(({ bytes }) => bytes).join(""), this.real.sink.bytes);
    for (let room = 0; room < ROOMS; room++) {
      const isConcerned = (output: Output) => output.room === undefined || output.room === room;
      assertEquals(written.filter(isConcerned), this.expected.filter(isConcerned));
    }
  }
}

function numberOf(bytes: string): string {
  return /\d+/.exec(bytes)![0];
}

const byRoom = (reports: readonly unknown[]) =>
  Object.groupBy(reports as readonly { room: string }[], ({ room }) => room);

const ROOMS = 3;
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
  | { do: "unsubscribe"; who: number; where: number }
  | { do: "direct" | "end" | "stall" | "release"; who: number }
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
  { weight: 4, arbitrary: fc.record({ do: fc.constant("subscribe" as const), who, where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), who, where }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("direct" as const, "direct", "stall", "release"),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), who }) },
  { weight: 3, arbitrary: fc.constant({ do: "flush" as const }) },
);

/**
 * Runs the steps with a fan-out and with the model, and compares the output of each subscriber.
 *
 * @param runFlushes calls the flush of the fan-out, by default once.
 */
export function compare(
  steps: readonly Step[],
  startSubscribed: boolean,
  fanout = new Fanout(() => {}),
  runFlushes = (flush: (now: number) => void): void => flush(0),
): void {
  const audiences = Array.from({ length: ROOMS }, (_, room) => new Audience(`${room}`));
  const seqs = new Array<number>(ROOMS).fill(0);
  const people = Array.from(
    { length: SUBSCRIBERS },
    (_, index) => new Naive(NUMBERED[index % NUMBERED.length]!),
  );
  const enter = (person: Naive, room: number) => {
    person.rooms.add(room);
    fanout.subscribe(person.real.subscriber, audiences[room]!);
  };
  if (startSubscribed) { for (const person of people) enter(person, 0); }
  let sent = 0;
  const flush = () => {
    for (const person of people) person.flush();
    runFlushes((now) => {
      const writes = people.map(({ real }) => real.sink.writes.length);
      fanout.flush(now);
      for (const [index, { real: { sink } }] of people.entries()) {
        assert(sink.writes.length <= writes[index]! + 1, "one write per turn");
      }
      for (const person of people) if (!person.isStalled) take(person);
    });
  };
  const take = (person: Naive) => {
    const before = person.real.drained.length;
    person.real.sink.takeAll();
    person.drained(before);
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
        if (!person.rooms.has(where) || person === sender) continue;
        if (others?.some((other) => people[other] === person)) continue;
        const seq = kind === "message" ? { seq: seqs[where]! } : undefined;
        const bytes = person.format.encode(frame);
        person.queue.push({ bytes, room: where, isKept: kind === "offered", ...seq });
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
        if (!person.rooms.has(step.where)) enter(person, step.where);
        break;
      case "unsubscribe":
        person.rooms.delete(step.where);
        fanout.unsubscribe(subscriber, audiences[step.where]!);
        break;
      case "end":
        for (const room of person.rooms) fanout.unsubscribe(subscriber, audiences[room]!);
        person.rooms.clear();
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
    person.compareOutput();
    const reported = drained.flatMap((skipped) =>
      skipped === undefined || skipped.count === 0
        ? []
        : [{ room: skipped.room, count: skipped.count, from: skipped.from, to: skipped.to }]
    );
    assertEquals(byRoom(reported), byRoom(person.reported));
    assertEquals(sink.isEnded, person.isEnding);
    assertEquals(person.real.outbox.waitingBytes, 0);
  }
}
