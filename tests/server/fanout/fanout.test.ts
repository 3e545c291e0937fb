import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBytes, toByteString } from "../../../protocol/mod.ts";
import { toBuffer } from "../../../server/byte_buffer.ts";
import { Audience, Subscriber } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import { DEFAULT_OUTBOX_LIMITS, Outbox } from "../../../server/fanout/outbox.ts";
import type { Encoder } from "../../../server/fanout/encoder.ts";
import { compare, type Step, step } from "./fanout_model.ts";
import { contentOf, FORMATS, IMPATIENT, joined, message, subscriberOf } from "./fanout_stage.ts";
import { IS_THOROUGH } from "../../support/thorough.ts";

/** A fan-out with one room and some subscribers of it. */
function roomOf(...formats: Encoder[]) {
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

Deno.test("fan-out: a turn is one write per member for any number of messages", () => {
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

/** A fan-out with members of some of several rooms, each a list of the rooms' numbers. */
function roomsOf(rooms: number, ...members: readonly (readonly number[])[]) {
  const fanout = new Fanout(() => {});
  const audiences = Array.from({ length: rooms }, (_, room) => new Audience(`${room}`));
  const written = members.map((own) => {
    const buffers: Uint8Array[] = [];
    const write = (bytes: Uint8Array, written: () => void) => {
      buffers.push(bytes);
      written();
    };
    const outbox = new Outbox({ write, end() {} }, DEFAULT_OUTBOX_LIMITS, () => {}, () => {});
    const subscriber = new Subscriber(FORMATS[0]!, outbox);
    for (const room of own) fanout.subscribe(subscriber, audiences[room]!);
    return { subscriber, buffers };
  });
  /** One turn with a message in each of these rooms. */
  const turn = (...spoken: readonly number[]) => {
    for (const room of spoken) fanout.broadcast(audiences[room]!, message(1, `${room}`));
    fanout.flush(0);
  };
  return { fanout, audiences, members: written, turn };
}

Deno.test("fan-out: members of the same rooms get the same buffer, in whatever order they joined", () => {
  const { members: [a, b, c, d], turn } = roomsOf(3, [0, 1, 2], [2, 1, 0], [0, 1], [1]);
  turn(0, 1, 2);
  const texts = [a, b, c, d].map((each) => each!.buffers.map((bytes) => `${bytes}`));
  const expected = ["(0)(1)(2)", "(0)(1)(2)", "(0)(1)", "(1)"];
  assertEquals(texts, expected.map((text) => [text]));
  assert(a!.buffers[0] === b!.buffers[0]);
});

Deno.test("fan-out: a member of several rooms shares the buffer of the only room that spoke", () => {
  const { members: [a, b], turn } = roomsOf(2, [0, 1], [1]);
  turn(1);
  assert(a!.buffers[0] === b!.buffers[0]);
});

Deno.test("fan-out: nothing that members of several rooms share is kept after the turn", () => {
  const { members: [a, b], turn } = roomsOf(2, [0, 1], [0, 1]);
  turn(0, 1);
  assertEquals([a!.subscriber.shared, b!.subscriber.shared], [undefined, undefined]);
  turn(1, 0);
  const [first, second] = a!.buffers;
  assertEquals([first, second].map((bytes) => `${bytes}`), [
    "(0)(1)",
    "(1)(0)",
  ]);
  assert(second === b!.buffers[1]);
});

Deno.test("fan-out: a sender in one of several rooms does not change what the others share", () => {
  const { fanout, audiences, members: [a, b, c] } = roomsOf(2, [0, 1], [0, 1], [0, 1]);
  fanout.broadcast(audiences[0]!, message(1, "0"), a!.subscriber);
  fanout.broadcast(audiences[1]!, message(1, "1"));
  fanout.flush(0);
  assertEquals(`${a!.buffers}`, "(1)");
  assertEquals(`${b!.buffers}`, "(0)(1)");
  assert(b!.buffers[0] === c!.buffers[0]);
});

Deno.test("fan-out: a frame is encoded once per format, for any number of receivers", () => {
  let encoded = 0;
  const format: Encoder = { kind: "text", encode: () => `${++encoded}`, toBuffer };
  const { fanout, audience, flush } = roomOf(...new Array<Encoder>(50).fill(format));
  fanout.broadcast(audience, message(1));
  flush();
  assertEquals(encoded, 1);
});

Deno.test("fan-out: a format without members is not encoded", () => {
  const { fanout, audience, members, flush } = roomOf(
    {
      kind: "text",
      encode: () => {
        throw new Error("Cannot encode: no member is there");
      },
      toBuffer,
    },
  );
  fanout.unsubscribe(members[0]!.subscriber, audience);
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

Deno.test("fan-out: other subscribers may be left out, too, in any room", () => {
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

Deno.test("fan-out: skipped numbers do not include messages for others", () => {
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
  assertEquals(slow.drained, [{ room: "", count: 1, from: 1, to: 1 }]);
});

Deno.test("fan-out: an answer keeps its place among the messages of the room", () => {
  const { fanout, audience, members: [a, b], flush } = roomOf(FORMATS[0]!, FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.send(a!.subscriber, joined("x"), "");
  fanout.direct(a!.subscriber, "y");
  fanout.broadcast(audience, message(2));
  flush();
  assertEquals(a!.sink.writes, ["(1)(x)y(2)"]);
  assertEquals(b!.sink.writes, ["(1)(2)"]);
});

Deno.test("fan-out: a new member receives the messages from then on", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  const late = subscriberOf();
  fanout.broadcast(audience, message(1));
  fanout.subscribe(late.subscriber, audience);
  fanout.broadcast(audience, message(2));
  flush();
  assertEquals(a!.sink.bytes, "(1)(2)");
  assertEquals(late.sink.bytes, "(2)");
});

Deno.test("fan-out: a leaving member has received all messages until then", () => {
  const { fanout, audience, members: [a, b], flush } = roomOf(FORMATS[0]!, FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.unsubscribe(b!.subscriber, audience);
  fanout.broadcast(audience, message(2));
  flush();
  fanout.broadcast(audience, message(3));
  flush();
  assertEquals(a!.sink.bytes, "(1)(2)(3)");
  assertEquals(b!.sink.bytes, "(1)");
});

Deno.test("fan-out: a member may change rooms several times in one turn", () => {
  const { fanout, audience: first, members: [a], flush } = roomOf(FORMATS[0]!);
  const second = new Audience();
  const other = subscriberOf();
  fanout.subscribe(other.subscriber, second);
  fanout.broadcast(first, message(1));
  fanout.broadcast(second, message(2));
  fanout.unsubscribe(a!.subscriber, first);
  fanout.subscribe(a!.subscriber, second);
  fanout.broadcast(first, message(3));
  fanout.broadcast(second, message(4));
  flush();
  assertEquals(a!.sink.writes, ["(1)(4)"]);
  assertEquals(other.sink.writes, ["(2)(4)"]);
});

Deno.test("fan-out: a connection ends after all earlier frames", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.broadcast(audience, message(1));
  fanout.direct(a!.subscriber, "bye");
  fanout.unsubscribe(a!.subscriber, audience);
  fanout.end(a!.subscriber);
  assertEquals(a!.sink.isEnded, false);
  flush();
  assertEquals(a!.sink.writes, ["(1)bye"]);
  assertEquals(a!.sink.isEnded, true);
});

Deno.test("fan-out: a connection without output can be ended", () => {
  const { fanout, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.end(a!.subscriber);
  flush();
  assertEquals(a!.sink.isEnded, true);
});

Deno.test("fan-out: a flush is requested once, and only for output", () => {
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

Deno.test("fan-out: without output nothing is written", () => {
  const { fanout, audience, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.direct(a!.subscriber, "");
  fanout.broadcast(audience, message(1), a!.subscriber);
  flush();
  assertEquals(a!.sink.writes, []);
});

Deno.test("fan-out: a frame that a format does not show changes nothing for it", () => {
  const mute: Encoder = {
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

Deno.test("fan-out: every member gets the bytes that a write per message would send", () => {
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  const property = (steps: Step[], isIn: boolean) => compare(steps, isIn);
  fc.assert(fc.property(steps, fc.boolean(), property), { numRuns: IS_THOROUGH ? 5000 : 500 });
});

Deno.test("fan-out: a byte string of every byte is written unchanged", () => {
  const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const { fanout, members: [a], flush } = roomOf(FORMATS[0]!);
  fanout.direct(a!.subscriber, all);
  flush();
  assertEquals(toBytes(a!.sink.bytes), Uint8Array.from({ length: 256 }, (_, byte) => byte));
});
