/** Clients that do not read: what is skipped for them, and what is not. */

import { assertEquals } from "@std/assert";
import { Audience, type Subscriber } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import { FORMATS, IMPATIENT, joined, message, subscriberOf } from "./fanout_stage.ts";

Deno.test("fan-out: a client that does not read is skipped and counted, and delays no other", () => {
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
  const skipped = { room: "", count: 4, from: 3, to: 6, hasNotices: true as const };
  assertEquals(slow.drained, [skipped], "messages alone are counted");
  assertEquals(quick.drained, []);
});

Deno.test("fan-out: a skipped client still gets answers, and its own messages are not reported", () => {
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
  assertEquals(slow.drained, [{ room: "", count: 2, from: 2, to: 4 }]);
});

Deno.test("fan-out: skipped numbers are right after a time without members of the format", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, IMPATIENT);
  const other = subscriberOf(FORMATS[1]!, IMPATIENT);
  for (const { subscriber } of [slow, other]) fanout.subscribe(subscriber, audience);
  fanout.direct(slow.subscriber, "under way");
  fanout.flush(0);
  fanout.broadcast(audience, message(1));
  fanout.unsubscribe(slow.subscriber, audience);
  fanout.broadcast(audience, message(2));
  fanout.subscribe(slow.subscriber, audience);
  fanout.broadcast(audience, message(3));
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.drained, [{ room: "", count: 2, from: 1, to: 3 }]);
});

Deno.test("fan-out: answers count as such, messages of the room do not", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const { outbox, subscriber } = subscriberOf();
  fanout.subscribe(subscriber, audience);
  fanout.broadcast(audience, message(1, "x".repeat(300_000)));
  fanout.direct(subscriber, "y".repeat(262_144));
  fanout.flush(0);
  assertEquals(outbox.isFullOfAnswers, false);
  fanout.direct(subscriber, "y");
  fanout.flush(0);
  assertEquals(outbox.isFullOfAnswers, true);
});

/** Sends frames to one subscriber: `chunk` as part of a file, `notice` as one that another client causes,
 * `answer` as an answer. */
function sendAll(
  fanout: Fanout,
  subscriber: Subscriber,
  kinds: readonly ("answer" | "chunk" | "notice")[],
) {
  const foreign = joined("28 bytes of another client.");
  for (const kind of kinds) {
    if (kind === "chunk") fanout.relay(subscriber, foreign);
    else if (kind === "notice") fanout.notify(subscriber, foreign, "");
    else fanout.send(subscriber, joined("ab"), "");
  }
  fanout.flush(0);
}

for (const foreign of ["chunk", "notice"] as const) {
  Deno.test(`fan-out: a ${foreign} of another client is not counted as an answer`, () => {
    const fanout = new Fanout(() => {});
    const limits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 200 };
    const { sink, outbox, subscriber } = subscriberOf(FORMATS[0]!, limits);
    sendAll(fanout, subscriber, [foreign, "answer"]);
    assertEquals(sink.bytes.length, 33, "29 bytes of another client, and 4 bytes of an answer");
    assertEquals(outbox.isFullOfAnswers, false, "4 bytes of answers");
    sendAll(fanout, subscriber, ["answer", foreign, "answer"]);
    assertEquals(outbox.isFullOfAnswers, true, "12 bytes of answers");
    sink.takeAll();
    assertEquals(outbox.isFullOfAnswers, false);
    sendAll(fanout, subscriber, ["answer", "answer", "answer"]);
    assertEquals(outbox.isFullOfAnswers, true, "no exemption remains");
  });
}

Deno.test("fan-out: notices of other clients never bring a connection to its hard bound", () => {
  const fanout = new Fanout(() => {});
  const limits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 200 };
  const { sink, outbox, subscriber } = subscriberOf(FORMATS[0]!, limits);
  for (let count = 0; count < 20; count++) sendAll(fanout, subscriber, ["notice"]);
  assertEquals(outbox.waitingBytes, 4 * 29, "until more than half of the bound waits");
  sink.takeAll();
  assertEquals(sink.bytes.length, 4 * 29);
});

Deno.test("fan-out: a client that is skipped still gets answers and chunks of files", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const { sink, outbox, subscriber } = subscriberOf(FORMATS[0]!, IMPATIENT);
  fanout.subscribe(subscriber, audience);
  fanout.send(subscriber, joined("first"), "");
  fanout.flush(0);
  fanout.broadcast(audience, message(1));
  fanout.relay(subscriber, joined("chunk"));
  fanout.broadcast(audience, message(2));
  fanout.send(subscriber, joined("answer"), "");
  fanout.flush(0);
  assertEquals(outbox.isSkipping, true);
  sink.takeAll();
  assertEquals(sink.bytes, "(first)(chunk)(answer)");
});
