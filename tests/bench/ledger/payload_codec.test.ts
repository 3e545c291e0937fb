import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { payloadText } from "../../../bench/ledger/padding.ts";
import { jsonForm } from "../../../bench/profiles/hubbub_frames.ts";
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

Deno.test("payload codec: writes a payload as documented", () => {
  assertMatch(new PayloadCodec("k3f9", 20).payload(1, 27), /^~k3f9aabaaaaabb[0-9A-Za-z]{4};$/);
  assertEquals(new PayloadCodec("k3f9", MIN_PAYLOAD_BYTES).payload(0, 0), "~k3f9aaaaaaaaaa;");
});

Deno.test("payload codec: reads what it has written, up to the largest numbers", () => {
  const codec = new PayloadCodec("k3f9", 64);
  for (const sender of [0, 1, 25, 26, 675, 676, MAX_SENDERS - 1]) {
    for (
      const sequence of [0, 25, 26, 308_915_775, 2 ** 31, 2 ** 32, MAX_MESSAGES_PER_SENDER - 1]
    ) {
      const stream = `x${codec.payload(sender, sequence)}`;
      assertEquals(stream.length, 65);
      assertEquals(codec.standsAt(stream, 1), true);
      assertEquals(codec.isWhole(stream, 1, sender, sequence), true);
      assertEquals(codec.senderAt(stream, 1), sender);
      assertEquals(codec.sequenceAt(stream, 1), sequence);
    }
  }
});

Deno.test("payload codec: rejects what it cannot write", () => {
  assertThrows(() => new PayloadCodec("K3F9", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new PayloadCodec("abc", 64), RangeError, "Cannot use the run id");
  assertThrows(() => new PayloadCodec("k3f9", 15), RangeError, "at least 16 are needed");
  assertThrows(() => new PayloadCodec("k3f9", 64.5), RangeError, "Cannot make payloads");
});

Deno.test("payload codec: a new run id can be used", () => {
  assertMatch(newRunId(Math.random), /^[0-9a-z]{4}$/);
  assertEquals(newRunId(() => 0), "0000");
  assertEquals(newRunId(() => 1 - Number.EPSILON), "zzzz");
});

Deno.test("payload codec: another run id is one, and never the same", () => {
  for (const runId of ["0000", "1000", "k3f9"]) {
    const other = otherRunId(runId);
    assertEquals(other !== runId && new PayloadCodec(other, 64).payload(0, 0).length, 64);
  }
});

const isWhole = (codec: PayloadCodec, stream: string) =>
  codec.standsAt(stream, 0) &&
  codec.isWhole(stream, 0, codec.senderAt(stream, 0), codec.sequenceAt(stream, 0));

Deno.test("payload codec: detects any changed byte", () => {
  for (const payloadBytes of [17, 20, 64, 4096]) {
    const codec = new PayloadCodec("k3f9", payloadBytes);
    for (const [sender, sequence] of [[0, 0], [3, 4], [MAX_SENDERS - 1, 2 ** 32]] as const) {
      const payload = codec.payload(sender, sequence);
      assertEquals(isWhole(codec, payload), true);
      for (let index = OPENING.length; index < payloadBytes; index++) {
        const bit = 1 << (index % 7);
        const changed = payload.slice(0, index) +
          String.fromCharCode(payload.charCodeAt(index) ^ bit) + payload.slice(index + 1);
        assertEquals(isWhole(codec, changed), false, `byte ${index} of ${payloadBytes}`);
      }
    }
  }
});

Deno.test("payload codec: payloads of UTF-8, of bytes and of a text are whole characters, and compared", () => {
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
      const codec = new PayloadCodec("k3f9", payloadBytes, { source });
      for (const [sender, sequence] of [[0, 0], [3, 7], [9, 2 ** 31]] as const) {
        const payload = codec.payload(sender, sequence);
        assertEquals([payload.length, isWhole(codec, payload)], [payloadBytes, true]);
        assertEquals(/[\n\r]|.~/.test(payload), false);
        if (source.kind !== "random") assert(fromByteString(payload) !== undefined, payload);
        const last = payloadBytes - 1;
        const changed = payload.slice(0, last - 1) + "\x01" + payload.slice(last);
        if (payloadBytes > 16) assertEquals(isWhole(codec, changed), false);
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

Deno.test("payload codec: in JSON a text is written as JSON.stringify writes it, in as many bytes", () => {
  const source = payloadText('"\\"\\ab');
  const codec = new PayloadCodec("k3f9", 64, { source, wireForm: jsonForm });
  for (let sequence = 0; sequence < 20; sequence++) {
    const payload = codec.payload(0, sequence);
    assertEquals(payload.length, 64);
    const text: string = JSON.parse(`"${payload}"`);
    assertEquals(JSON.stringify(text), `"${payload}"`);
  }
});

Deno.test("payload codec: nearly every byte depends on the sender and on the number", () => {
  const codec = new PayloadCodec("k3f9", 256);
  const padding = (sender: number, sequence: number) =>
    codec.payload(sender, sequence).slice(15, -1);
  for (const [sender, sequence] of [[1, 0], [0, 1], [0, 2], [7, 9]] as const) {
    const other = padding(sender, sequence);
    const equal = [...padding(0, 0)].filter((letter, index) => letter === other[index]).length;
    assertLess(equal, 20, `${equal} of 240 bytes are the same`);
  }
  assertNotEquals(
    new PayloadCodec("k3f8", 256).payload(0, 0).slice(15),
    codec.payload(0, 0).slice(15),
  );
  assertEquals(
    new PayloadCodec("k3f9", 256).payload(5, 77),
    codec.payload(5, 77),
    "in every thread",
  );
});

Deno.test("payload codec: of a sample, one payload in 16 is compared, and the end of all", () => {
  const codec = new PayloadCodec("k3f9", 64, { verify: "sample" });
  const payload = codec.payload(3, 4);
  const changed = payload.slice(0, 40) + "," + payload.slice(41);
  const seen = Array.from({ length: 160 }, () => isWhole(codec, changed));
  assertEquals(seen.filter((whole) => !whole).length, 10);
  const cut = Array.from({ length: 16 }, () => isWhole(codec, payload.slice(0, -1) + "."));
  assertEquals(cut.includes(true), false);
});
