import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { payloadText } from "../../../bench/ledger/padding.ts";
import { jsonForm } from "../../../bench/profiles/hubbub_hello.ts";
import { fromByteString } from "../../../protocol/byte_string.ts";
import {
  MAX_MESSAGES_PER_SENDER,
  MAX_SENDERS,
  MIN_PAYLOAD_BYTES,
  newRunId,
  OPENING,
  otherRunId,
  PayloadCodec,
} from "../../../bench/ledger/payload_codec.ts";

Deno.test("mark: a payload is what it is documented to be", () => {
  assertMatch(new PayloadCodec("k3f9", 20).payload(1, 27), /^~k3f9aabaaaaabb[0-9A-Za-z]{4};$/);
  assertEquals(new PayloadCodec("k3f9", MIN_PAYLOAD_BYTES).payload(0, 0), "~k3f9aaaaaaaaaa;");
});

Deno.test("mark: what is written is read, to the largest numbers", () => {
  const mark = new PayloadCodec("k3f9", 64);
  for (const sender of [0, 1, 25, 26, 675, 676, MAX_SENDERS - 1]) {
    for (
      const sequence of [0, 25, 26, 308_915_775, 2 ** 31, 2 ** 32, MAX_MESSAGES_PER_SENDER - 1]
    ) {
      const stream = `x${mark.payload(sender, sequence)}`;
      assertEquals(stream.length, 65);
      assertEquals(mark.standsAt(stream, 1), true);
      assertEquals(mark.isWhole(stream, 1, sender, sequence), true);
      assertEquals(mark.senderAt(stream, 1), sender);
      assertEquals(mark.sequenceAt(stream, 1), sequence);
    }
  }
});

Deno.test("mark: refuses what it cannot write", () => {
  assertThrows(() => new PayloadCodec("K3F9", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new PayloadCodec("abc", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new PayloadCodec("k3f9", 15), RangeError, "at least 16 are needed");
  assertThrows(() => new PayloadCodec("k3f9", 64.5), RangeError, "Cannot make payloads");
});

Deno.test("mark: a new run id can be used", () => {
  assertMatch(newRunId(Math.random), /^[0-9a-z]{4}$/);
  assertEquals(newRunId(() => 0), "0000");
  assertEquals(newRunId(() => 1 - Number.EPSILON), "zzzz");
});

Deno.test("mark: another run id is one, and never the same", () => {
  for (const runId of ["0000", "1000", "k3f9"]) {
    const other = otherRunId(runId);
    assertEquals(other !== runId && new PayloadCodec(other, 64).payload(0, 0).length, 64);
  }
});

const isWhole = (mark: PayloadCodec, stream: string) =>
  mark.standsAt(stream, 0) &&
  mark.isWhole(stream, 0, mark.senderAt(stream, 0), mark.sequenceAt(stream, 0));

Deno.test("mark: any byte that is changed is found out", () => {
  for (const payloadBytes of [17, 20, 64, 4096]) {
    const mark = new PayloadCodec("k3f9", payloadBytes);
    for (const [sender, sequence] of [[0, 0], [3, 4], [MAX_SENDERS - 1, 2 ** 32]] as const) {
      const payload = mark.payload(sender, sequence);
      assertEquals(isWhole(mark, payload), true);
      for (let index = OPENING.length; index < payloadBytes; index++) {
        const bit = 1 << (index % 7);
        const changed = payload.slice(0, index) +
          String.fromCharCode(payload.charCodeAt(index) ^ bit) + payload.slice(index + 1);
        assertEquals(isWhole(mark, changed), false, `byte ${index} of ${payloadBytes}`);
      }
    }
  }
});

Deno.test("mark: payloads of UTF-8, of bytes and of a text are whole characters, and compared", () => {
  const text = payloadText('He said "no" \\ ~ twice.\nGrüße, 日本語 and 😀!');
  for (
    const [source, allowed] of [
      [{ kind: "utf8" }, /[\x80-\xff]/],
      // deno-lint-ignore no-control-regex -- random bytes have them
      [{ kind: "random" }, /[\x00-\x09]/],
      [text, /He said "no" \\ +twice\. Gr\xc3\xbc\xc3\x9fe, /],
    ] as const
  ) {
    for (const payloadBytes of [16, 17, 18, 19, 20, 333]) {
      const mark = new PayloadCodec("k3f9", payloadBytes, { source });
      for (const [sender, sequence] of [[0, 0], [3, 7], [9, 2 ** 31]] as const) {
        const payload = mark.payload(sender, sequence);
        assertEquals([payload.length, isWhole(mark, payload)], [payloadBytes, true]);
        assertEquals(/[\n\r]|.~/.test(payload), false);
        if (source.kind !== "random") assert(fromByteString(payload) !== undefined, payload);
        const last = payloadBytes - 1;
        const changed = payload.slice(0, last - 1) + "\x01" + payload.slice(last);
        if (payloadBytes > 16) assertEquals(isWhole(mark, changed), false);
      }
    }
    const all = Array.from(
      { length: 50 },
      (_, n) => new PayloadCodec("k3f9", 333, { source }).payload(1, n),
    );
    assertMatch(all.join(""), allowed);
  }
  assertThrows(() => payloadText(" \n\t~"), RangeError, "empty text");
});

Deno.test("mark: in JSON a text stands as JSON.stringify writes it, in as many bytes", () => {
  const source = payloadText('"\\"\\ab');
  const mark = new PayloadCodec("k3f9", 64, { source, wireForm: jsonForm });
  for (let sequence = 0; sequence < 20; sequence++) {
    const payload = mark.payload(0, sequence);
    assertEquals(payload.length, 64);
    const text: string = JSON.parse(`"${payload}"`);
    assertEquals(JSON.stringify(text), `"${payload}"`);
  }
});

Deno.test("mark: nearly every byte depends on the sender and on the number", () => {
  const mark = new PayloadCodec("k3f9", 256);
  const padding = (sender: number, sequence: number) =>
    mark.payload(sender, sequence).slice(15, -1);
  for (const [sender, sequence] of [[1, 0], [0, 1], [0, 2], [7, 9]] as const) {
    const other = padding(sender, sequence);
    const equal = [...padding(0, 0)].filter((letter, index) => letter === other[index]).length;
    assertLess(equal, 20, `${equal} of 240 bytes are the same`);
  }
  assertNotEquals(
    new PayloadCodec("k3f8", 256).payload(0, 0).slice(15),
    mark.payload(0, 0).slice(15),
  );
  assertEquals(
    new PayloadCodec("k3f9", 256).payload(5, 77),
    mark.payload(5, 77),
    "in every thread",
  );
});

Deno.test("mark: of a sample, one payload in 16 is compared, and the end of all", () => {
  const mark = new PayloadCodec("k3f9", 64, { verify: "sample" });
  const payload = mark.payload(3, 4);
  const changed = payload.slice(0, 40) + "," + payload.slice(41);
  const seen = Array.from({ length: 160 }, () => isWhole(mark, changed));
  assertEquals(seen.filter((whole) => !whole).length, 10);
  const cut = Array.from({ length: 16 }, () => isWhole(mark, payload.slice(0, -1) + "."));
  assertEquals(cut.includes(true), false);
});
