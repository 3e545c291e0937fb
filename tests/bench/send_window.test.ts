import { assertEquals } from "@std/assert";
import { SendWindow } from "../../bench/send_window.ts";

Deno.test("send window: a message is complete when its last receiver has passed it", () => {
  const window = new SendWindow(2, 2);
  assertEquals(window.free(0), 2);
  window.send(0, 0, 3, 10);
  window.send(0, 1, 3, 20);
  assertEquals([window.free(0), window.free(1)], [0, 2]);
  assertEquals(window.pass(0, 0), false);
  assertEquals(window.pass(0, 0), false);
  assertEquals(window.oldest(0), 10);
  assertEquals(window.pass(0, 0), true);
  assertEquals(window.free(0), 1);
  assertEquals(window.oldest(0), 20);
  assertEquals(window.isEmpty, false);
  for (const last of [false, false, true]) assertEquals(window.pass(0, 1), last);
  assertEquals(window.isEmpty, true);
  assertEquals(window.oldest(0), NaN);
});

Deno.test("send window: remembers the last messages, and says so when it does not", () => {
  const window = new SendWindow(2, 4);
  for (let sequence = 0; sequence < 3000; sequence++) {
    window.send(1, sequence, 1, sequence * 10);
    assertEquals(window.sentAt(1, sequence), sequence * 10);
    window.pass(1, sequence);
  }
  assertEquals(window.onceSentAt(1, 2999), 29_990);
  assertEquals(window.onceSentAt(1, 3000 - 1024), 19_760);
  assertEquals(window.onceSentAt(1, 3000 - 1025), NaN);
  assertEquals(window.free(0), 4);
});

Deno.test("send window: sequence numbers past 32 bits have their own places", () => {
  const window = new SendWindow(1, 2048);
  const start = 2 ** 32 - 1024;
  for (let index = 0; index < 2048; index++) window.send(0, start + index, 1, index);
  assertEquals(window.free(0), 0);
  for (let index = 0; index < 2048; index++) {
    assertEquals(window.sentAt(0, start + index), index);
    assertEquals(window.pass(0, start + index), true);
  }
});
