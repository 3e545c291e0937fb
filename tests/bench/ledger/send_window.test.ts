import { assertEquals } from "@std/assert";
import { SendWindow, sendWindowMemory } from "../../../bench/ledger/send_window.ts";

/** A window of this thread alone. */
function makeWindow(senders: number, size: number, isPaced = false): SendWindow {
  return new SendWindow(sendWindowMemory(senders, size, isPaced));
}

Deno.test("send window: a message is complete when its last receiver has passed it", () => {
  const window = makeWindow(2, 2);
  assertEquals(window.free(0), 2);
  window.send(0, 0, 3, 10);
  window.send(0, 1, 3, 20);
  assertEquals([window.free(0), window.free(1)], [0, 2]);
  assertEquals(window.pass(0, 0), false);
  assertEquals(window.pass(0, 0), false);
  assertEquals([window.oldest(0), window.inFlight(0, 2)], [0, 2]);
  assertEquals([10, 11, 21].map((time) => window.endBefore(0, time)), [undefined, 1, 2]);
  assertEquals(window.pass(0, 0), true);
  assertEquals(window.free(0), 1);
  assertEquals([window.oldest(0), window.inFlight(0, 2)], [1, 1]);
  assertEquals(window.inFlight(0, 2), 1);
  for (const last of [false, false, true]) assertEquals(window.pass(0, 1), last);
  assertEquals(window.inFlight(0, 2), 0);
  assertEquals(window.endBefore(0, Infinity), undefined);
});

Deno.test("send window: remembers when the last messages were sent, and only of these", () => {
  const window = makeWindow(2, 4);
  for (let sequence = 0; sequence < 3000; sequence++) {
    window.send(1, sequence, 1, sequence * 10);
    assertEquals(window.sentAt(1, sequence), sequence * 10);
    window.pass(1, sequence);
  }
  assertEquals(window.onceSentAt(1, 2999), 29_990);
  assertEquals(window.onceSentAt(1, 3000 - 1023), 19_770);
  assertEquals(window.onceSentAt(1, 3000 - 1024), NaN);
  assertEquals(window.free(0), 4);
});

Deno.test("send window: sequence numbers past 32 bits have their own places", () => {
  const window = makeWindow(1, 2048);
  const start = 2 ** 32 - 1024;
  for (let index = 0; index < 2048; index++) window.send(0, start + index, 1, index);
  assertEquals(window.free(0), 0);
  for (let index = 0; index < 2048; index++) {
    assertEquals(window.sentAt(0, start + index), index);
    assertEquals(window.pass(0, start + index), true);
  }
});

Deno.test("send window: reports the first delivery of a message and the last", () => {
  const window = makeWindow(1, 4);
  const deliver = (sequence: number) => {
    const isFirst = window.see(0, sequence);
    return [isFirst, window.pass(0, sequence)];
  };
  window.send(0, 0, 3, 0);
  assertEquals([1, 2, 3].map(() => deliver(0)), [[true, false], [false, false], [false, true]]);
  window.send(0, 1, 1, 0);
  assertEquals(deliver(1), [true, true]);
  window.send(0, 2, 3, 0);
  assertEquals(window.pass(0, 2), false);
  assertEquals(deliver(2), [true, false]);
  assertEquals(window.pass(0, 2), true);
  window.send(0, 3, 2, 0);
  assertEquals([window.pass(0, 3), window.pass(0, 3)], [false, true]);
  assertEquals(window.inFlight(0, 1), 0);
});

Deno.test("send window: when a message was to be sent, and when it was written", () => {
  const window = makeWindow(1, 4, true);
  window.send(0, 0, 1, 10, 25);
  assertEquals([window.sentAt(0, 0), window.writtenAt(0, 0)], [10, 25]);
});
