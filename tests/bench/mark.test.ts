import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  Mark,
  MAX_MESSAGES_PER_SENDER,
  MAX_SENDERS,
  MIN_PAYLOAD_BYTES,
  newRunId,
  otherRunId,
} from "../../bench/mark.ts";

Deno.test("mark: a payload is what it is documented to be", () => {
  assertEquals(new Mark("k3f9", 20).payload(1, 27), "~k3f9aabaaaaabb....;");
  assertEquals(new Mark("k3f9", MIN_PAYLOAD_BYTES).payload(0, 0), "~k3f9aaaaaaaaaa;");
});

Deno.test("mark: what is written is read, to the largest numbers", () => {
  const mark = new Mark("k3f9", 64);
  for (const sender of [0, 1, 25, 26, 675, 676, MAX_SENDERS - 1]) {
    for (
      const sequence of [0, 25, 26, 308_915_775, 2 ** 31, 2 ** 32, MAX_MESSAGES_PER_SENDER - 1]
    ) {
      const stream = `x${mark.payload(sender, sequence)}`;
      assertEquals(stream.length, 65);
      assertEquals(mark.standsAt(stream, 1), true);
      assertEquals(mark.senderAt(stream, 1), sender);
      assertEquals(mark.sequenceAt(stream, 1), sequence);
    }
  }
});

Deno.test("mark: refuses what it cannot write", () => {
  assertThrows(() => new Mark("K3F9", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new Mark("abc", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new Mark("k3f9", 15), RangeError, "at least 16 are needed");
  assertThrows(() => new Mark("k3f9", 64.5), RangeError, "Cannot make payloads");
});

Deno.test("mark: a new run id can be used", () => {
  assertMatch(newRunId(Math.random), /^[0-9a-z]{4}$/);
  assertEquals(newRunId(() => 0), "0000");
  assertEquals(newRunId(() => 1 - Number.EPSILON), "zzzz");
});

Deno.test("mark: another run id is one, and never the same", () => {
  for (const runId of ["0000", "1000", "k3f9"]) {
    const other = otherRunId(runId);
    assertEquals(other !== runId && new Mark(other, 64).payload(0, 0).length, 64);
  }
});

Deno.test("mark: a server that changes what is said is found out", () => {
  const mark = new Mark("k3f9", 64);
  const payload = mark.payload(3, 4);
  const stands = (stream: string) => mark.standsAt(stream, 0);
  assertEquals(stands(payload.replaceAll(".", "#")), false);
  assertEquals(stands(payload.slice(0, -1) + "."), false, "its end");
  // One byte is looked at once in as many messages as there are bytes of padding.
  const changed = payload.slice(0, 40) + "," + payload.slice(41);
  const padding = payload.split(".").length - 1;
  const seen = Array.from({ length: padding }, () => stands(changed));
  assertEquals(seen.filter((isWhole) => !isWhole).length, 1);
  assertEquals(Array.from({ length: padding }, () => stands(payload)).includes(false), false);
  assertEquals(new Mark("k3f9", 16).standsAt(new Mark("k3f9", 16).payload(3, 4), 0), true);
});
