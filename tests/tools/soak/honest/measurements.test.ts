import { assertEquals } from "@std/assert";
import { DeliveryLedger } from "../../../../tools/soak/honest/measurements.ts";

/** A ledger in which `ann` has sent this number of messages to `bob` and `cleo`. */
function sent(count: number): DeliveryLedger {
  const ledger = new DeliveryLedger();
  for (let number = 0; number < count; number++) ledger.sent("room", "ann", ["bob", "cleo"]);
  return ledger;
}

function arrive(ledger: DeliveryLedger, receiver: string, ...numbers: number[]): void {
  for (const number of numbers) ledger.arrived("room", "ann", receiver, number);
}

const NOTHING_WRONG = { lost: 0, doubled: 0, reordered: 0 };

Deno.test("messages in order: nothing is lost, doubled or reordered", () => {
  const ledger = sent(3);
  ledger.acknowledged();
  arrive(ledger, "bob", 1, 2, 3);
  arrive(ledger, "cleo", 1, 2, 3);
  assertEquals(ledger.summary(), { sent: 3, acknowledged: 1, delivered: 6, ...NOTHING_WRONG });
});

Deno.test("lost messages are counted at the end, in the middle, and if all are lost", () => {
  const ledger = sent(4);
  arrive(ledger, "bob", 1, 3);
  assertEquals(ledger.outstanding, 2 + 4);
});

Deno.test("a late message is reordered and not lost", () => {
  const ledger = sent(3);
  arrive(ledger, "bob", 1, 3, 2);
  arrive(ledger, "cleo", 1, 2, 3);
  assertEquals(ledger.summary(), {
    ...{ sent: 3, acknowledged: 0, delivered: 6 },
    ...{ ...NOTHING_WRONG, reordered: 1 },
  });
});

Deno.test("a repeated message is doubled, late or not", () => {
  const ledger = sent(3);
  arrive(ledger, "bob", 1, 1, 3, 2, 2);
  arrive(ledger, "cleo", 1, 2, 3);
  assertEquals(ledger.summary(), {
    ...{ sent: 3, acknowledged: 0, delivered: 6 },
    ...{ lost: 0, doubled: 2, reordered: 1 },
  });
});

Deno.test("whispers and messages of the room have numbers of their own", () => {
  const ledger = sent(1);
  ledger.sent("whisper", "ann", ["bob"]);
  arrive(ledger, "bob", 1);
  arrive(ledger, "cleo", 1);
  ledger.arrived("whisper", "ann", "bob", 1);
  assertEquals(ledger.summary(), { sent: 2, acknowledged: 0, delivered: 3, ...NOTHING_WRONG });
});
