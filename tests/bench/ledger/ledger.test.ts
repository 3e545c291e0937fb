import { assertEquals } from "@std/assert";
import { DUPLICATED, Ledger, MISDELIVERED } from "../../../bench/ledger/ledger.ts";
import { cleanTotals } from "../sample_result.ts";

const CLEAN = cleanTotals(0);

/** A ledger in which each sender has sent a number of messages. */
function ledgerWith(receivers: number, senders: number, messages: number): Ledger {
  const ledger = new Ledger(receivers, senders);
  for (let sender = 0; sender < senders; sender++) {
    for (let sequence = 0; sequence < messages; sequence++) {
      assertEquals(ledger.send(sender), sequence);
    }
  }
  return ledger;
}

Deno.test("ledger: everything comes in order", () => {
  const ledger = ledgerWith(4, 2, 100);
  for (let sequence = 0; sequence < 100; sequence++) {
    for (let receiver = 0; receiver < 4; receiver++) {
      for (let sender = 0; sender < 2; sender++) {
        if (receiver !== sender) assertEquals(ledger.record(receiver, sender, sequence), 1);
      }
    }
  }
  assertEquals(ledger.totals(), { ...CLEAN, expected: 600, received: 600 });
  assertEquals(ledger.outstanding, 0);
  assertEquals(ledger.messages, 200);
});

Deno.test("ledger: every 1000th dropped, every 777th doubled, neighbours swapped", () => {
  const messages = 100_000;
  const ledger = ledgerWith(3, 1, messages);
  const dropped = (sequence: number) => sequence % 1000 === 999;
  const swapped = (sequence: number) => sequence % 5000 === 100;
  const doubled = (sequence: number) => sequence % 777 === 3;
  const expected = { ...CLEAN, expected: 2 * messages };
  for (const receiver of [1, 2]) {
    const order: number[] = [];
    for (let sequence = 0; sequence < messages; sequence++) {
      if (swapped(sequence)) {
        order.push(sequence + 1, sequence);
        expected.reordered++;
        sequence++;
      } else if (dropped(sequence)) expected.lost++;
      else {
        order.push(sequence);
        if (doubled(sequence)) {
          order.push(sequence);
          expected.duplicated++;
        }
      }
    }
    for (const sequence of order) ledger.record(receiver, 0, sequence);
  }
  expected.received = expected.expected - expected.lost;
  assertEquals(ledger.totals(), expected);
});

Deno.test("ledger: records a run of messages only if it is all that the receiver expects next", () => {
  const ledger = ledgerWith(3, 1, 10);
  assertEquals(ledger.recordRun(1, 0, 0, 4), true);
  assertEquals(ledger.nextOf(1, 0), 4);
  for (const [first, count] of [[0, 4], [3, 2], [5, 1], [4, 7]] as const) {
    assertEquals(ledger.recordRun(1, 0, first, count), false, `${count} from ${first}`);
  }
  assertEquals(ledger.recordRun(0, 0, 0, 1), false, "the sender itself");
  assertEquals(ledger.recordRun(1, 1, 0, 1), false, "an unknown sender");
  assertEquals(ledger.recordRun(1, -1, 0, 1), false, "an impossible sender");
  assertEquals(ledger.recordRun(1, 0, 4, 6), true);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 10, lost: 10 });
});

Deno.test("ledger: returns how many messages a receiver has newly passed", () => {
  const ledger = ledgerWith(2, 1, 10);
  assertEquals(ledger.record(1, 0, 0), 1);
  assertEquals(ledger.record(1, 0, 4), 4);
  assertEquals(ledger.record(1, 0, 2), 0);
  assertEquals(ledger.record(1, 0, 2), DUPLICATED);
  assertEquals(ledger.record(1, 0, 4), DUPLICATED);
  assertEquals(ledger.record(1, 0, 0), DUPLICATED);
  assertEquals(ledger.record(1, 0, 5), 1);
  assertEquals(ledger.totals(), {
    ...CLEAN,
    expected: 9 + 1,
    received: 4,
    lost: 6,
    reordered: 1,
    duplicated: 3,
  });
});

Deno.test("ledger: what comes backwards is all received, and all but the first reordered", () => {
  const ledger = ledgerWith(2, 1, 50);
  for (let sequence = 49; sequence >= 0; sequence--) ledger.record(1, 0, sequence);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 50, received: 50, reordered: 49 });
});

Deno.test("ledger: what was changed is expected, and neither received nor lost", () => {
  const ledger = ledgerWith(3, 1, 10);
  for (let sequence = 0; sequence < 10; sequence++) {
    if (sequence === 4) assertEquals(ledger.corrupt(1, 0, 4), true);
    else ledger.record(1, 0, sequence);
    // Its number was changed, so it is not known which one it was.
    if (sequence === 7) assertEquals(ledger.corrupt(2, 0, 93), false);
    else ledger.record(2, 0, sequence);
  }
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 18, corrupted: 2 });
  assertEquals(ledger.outstanding, 0);
  // Of whom it was is not known either, or there is no such sender.
  for (const sender of [-1, 1, NaN]) assertEquals(ledger.corrupt(1, sender, 10), false);
  assertEquals(ledger.totals().lost, 0);
});

Deno.test("ledger: what comes to its sender, or was never sent, is misdelivered", () => {
  const ledger = ledgerWith(3, 2, 5);
  assertEquals(ledger.record(0, 0, 0), MISDELIVERED);
  assertEquals(ledger.record(2, 0, 5), MISDELIVERED);
  assertEquals(ledger.record(2, 2, 0), MISDELIVERED);
  assertEquals(ledger.record(2, -1, 0), MISDELIVERED);
  assertEquals(ledger.record(2, 1, -1), MISDELIVERED);
  assertEquals(ledger.record(2, NaN, NaN), MISDELIVERED);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, lost: 20, misdelivered: 6 });
});

Deno.test("ledger: of a receiver that is gone, what was sent until then is cut off, and no more expected", () => {
  const ledger = ledgerWith(3, 1, 10);
  ledger.record(1, 0, 0);
  ledger.record(1, 0, 2); // 1 is missing: passed over before the connection broke
  ledger.loseReceiver(1);
  ledger.loseReceiver(1);
  ledger.send(0);
  for (let sequence = 0; sequence < 11; sequence++) ledger.record(2, 0, sequence);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 21, received: 13, lost: 1, cutOff: 7 });
  assertEquals(ledger.accountOf(1), { expected: 10, cutOff: 7 });
  assertEquals([ledger.accountOf(2), ledger.outstanding], [{ expected: 11, cutOff: 0 }, 1]);
});

Deno.test("ledger: messages of a lost sender that no receiver got are cut off", () => {
  const ledger = ledgerWith(3, 1, 10);
  for (let sequence = 0; sequence < 4; sequence++) ledger.record(1, 0, sequence);
  ledger.record(2, 0, 0);
  ledger.loseSender(0);
  ledger.loseReceiver(0);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 5, lost: 3, cutOff: 12 });
  // A receiver that goes after it is cut off from all that it has not got.
  ledger.loseReceiver(2);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 5, cutOff: 15 });
});

Deno.test("ledger: messages that the server reports as skipped are not lost too", () => {
  const ledger = ledgerWith(3, 1, 10);
  for (let sequence = 0; sequence < 10; sequence++) {
    if (sequence < 3 || sequence > 6) ledger.record(1, 0, sequence);
    if (sequence !== 8) ledger.record(2, 0, sequence);
  }
  ledger.skip(4);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 15, skipped: 4, lost: 1 });
  // A server may count what was no message of the run.
  ledger.skip(20);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 20, received: 15, skipped: 5 });
});

Deno.test("ledger: an expired delivery is lost, or late if it still comes, and reordered behind later ones", () => {
  const ledger = ledgerWith(3, 1, 4);
  ledger.record(1, 0, 0);
  assertEquals(ledger.expire(0, 0), 0);
  assertEquals(ledger.expire(1, 0), 3);
  assertEquals(ledger.expire(1, 0), 0);
  assertEquals(ledger.expire(2, 0), 4);
  assertEquals(ledger.record(1, 0, 2), 0);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 8, received: 2, lost: 6 });
  assertEquals(ledger.late, 1);
  assertEquals(ledger.record(1, 0, 1), 0);
  assertEquals(ledger.totals().reordered, 1);
  ledger.send(0);
  assertEquals(ledger.expire(1, 0), 1);
  assertEquals(ledger.record(1, 0, 3), 0);
  assertEquals(ledger.totals().reordered, 1);
  ledger.send(0);
  assertEquals(ledger.record(1, 0, 5), 1);
  assertEquals(ledger.record(1, 0, 4), 0);
  assertEquals(ledger.totals(), { ...CLEAN, expected: 12, received: 6, lost: 6, reordered: 2 });
  assertEquals(ledger.late, 4);
});

Deno.test("ledger: memory is bounded: past a million gaps the oldest are forgotten", () => {
  const messages = 2_000_010;
  const ledger = new Ledger(2, 1);
  for (let sequence = 0; sequence < messages; sequence++) {
    ledger.send(0);
    if (sequence % 2 === 1) ledger.record(1, 0, sequence);
  }
  // 1,000,005 gaps were made, and the first five forgotten: deliveries into those count as duplicates.
  assertEquals(ledger.record(1, 0, 8), DUPLICATED);
  assertEquals(ledger.record(1, 0, 10), 0);
  const { lost, reordered, duplicated } = ledger.totals();
  assertEquals({ lost, reordered, duplicated }, {
    lost: messages / 2 - 1,
    reordered: 1,
    duplicated: 1,
  });
});

Deno.test("ledger: to the audience self, every stream has its own sender only", () => {
  const ledger = new Ledger(3, 3, "self");
  for (let count = 0; count < 4; count++) ledger.send(1);
  ledger.send(2);
  assertEquals([ledger.record(1, 1, 0), ledger.record(1, 1, 2)], [1, 2]);
  ledger.misdeliver(1);
  assertEquals(ledger.totals(), {
    ...CLEAN,
    ...{ expected: 5, received: 2, lost: 3, misdelivered: 1 },
  });
  ledger.loseReceiver(1);
  ledger.loseSender(1);
  // One was passed over, and one had not come in when the connection closed.
  const { expected, cutOff, lost } = ledger.totals();
  assertEquals([expected, cutOff, lost], [5, 1, 2]);
  assertEquals(ledger.expire(2, 2), 1);
  assertEquals(ledger.totals().lost, 2);
});
