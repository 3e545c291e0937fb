import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { NoticeFilter } from "../../../bench/ledger/notice_filter.ts";
import { DeliveryScanner, type DeliverySink } from "../../../bench/ledger/delivery_scanner.ts";
import { MIN_PAYLOAD_BYTES, PayloadCodec } from "../../../bench/ledger/payload_codec.ts";
import { ScannedChunks } from "../../../bench/ledger/scanned_chunks.ts";

const codec = new PayloadCodec("k3f9", 20);
const other = new PayloadCodec("zzzz", 20);

type Found = [sender: number, sequence: number];

const bytes = (text: string) => Buffer.from(text, "latin1");

/** What a scanner finds in a stream that comes in these chunks. */
function scan(
  chunks: readonly string[],
  shared = new ScannedChunks(),
): { whole: Found[]; corrupt: number } {
  const whole: Found[] = [];
  let corrupt = 0;
  const sink: DeliverySink = {
    deliver(receiver, sender, first, count) {
      assertEquals(receiver, 7);
      for (let index = 0; index < count; index++) whole.push([sender, first + index]);
    },
    corrupt(receiver) {
      assertEquals(receiver, 7);
      corrupt++;
    },
  };
  const scanner = new DeliveryScanner(codec, 7, sink, shared);
  for (const chunk of chunks) scanner.push(bytes(chunk));
  return { whole, corrupt };
}

const CASES: readonly { why: string; stream: string; found: Found[]; corrupt?: number }[] = [
  {
    why: "text lines",
    stream: `[12:00:00] bench-k3f9-1: ${codec.payload(1, 0)}\n[12:00:00] x: ${
      codec.payload(2, 5)
    }\n`,
    found: [[1, 0], [2, 5]],
  },
  {
    why: "JSON lines",
    stream: `{"type":"message","text":"${codec.payload(3, 9)}","time":1}\n`,
    found: [[3, 9]],
  },
  {
    why: "nothing between payloads",
    stream: codec.payload(0, 1) + codec.payload(0, 2),
    found: [[0, 1], [0, 2]],
  },
  { why: "another user writes", stream: "[12:00:00] Bob: hi\n~ ~~ ~k3f ~k3f9\n", found: [] },
  {
    why: "another run on the same server",
    stream: `${other.payload(1, 1)}\n${codec.payload(1, 2)}\n${other.payload(1, 3)}\n`,
    found: [[1, 2]],
  },
  {
    why: "a false start reaches into a payload",
    stream: `~k3f9aaaa${codec.payload(4, 4)}\n`,
    found: [[4, 4]],
    corrupt: 1,
  },
  {
    why: "openings right before a payload",
    stream: `~~~${codec.payload(4, 4)}~\n`,
    found: [[4, 4]],
  },
  {
    why: "a payload cut short by the server",
    stream: `${codec.payload(1, 1).slice(0, -1)}\n${codec.payload(1, 2)}\n`,
    found: [[1, 2]],
    corrupt: 1,
  },
  {
    why: "a payload with one byte changed",
    stream: `${codec.payload(1, 1).replace(/(.{17})./, "$1,")}\n${codec.payload(1, 2)}\n`,
    found: [[1, 2]],
    corrupt: 1,
  },
  {
    why: "a payload with another number",
    stream: `${codec.payload(1, 1).replace("baaaaaab", "baaaaaac")}\n${codec.payload(1, 2)}\n`,
    found: [[1, 2]],
    corrupt: 1,
  },
  {
    why: "the same payload twice",
    stream: `${codec.payload(1, 1)}\n${codec.payload(1, 1)}\n`,
    found: [[1, 1], [1, 1]],
  },
  {
    why: "bytes beyond ASCII around it",
    stream: `\xc3\xa9~\xff${codec.payload(1, 1)}\xe2`,
    found: [[1, 1]],
  },
];

for (const { why, stream, found: whole, corrupt = 0 } of CASES) {
  const found = { whole, corrupt };
  Deno.test(`delivery scanner: ${why}`, () => {
    assertEquals(scan([stream]), found, "whole");
    assertEquals(scan([...stream]), found, "byte by byte");
    for (let cut = 0; cut <= stream.length; cut++) {
      // As a second receiver gets it, and a third one: what was read before is shared.
      const shared = new ScannedChunks();
      for (let receiver = 0; receiver < 3; receiver++) {
        const chunks = [stream.slice(0, cut), stream.slice(cut)];
        assertEquals(scan(chunks, shared), found, `cut at ${cut}`);
      }
      // Two cuts close to each other: a payload that comes in three chunks.
      assertEquals(
        scan([stream.slice(0, cut), stream.slice(cut, cut + 3), stream.slice(cut + 3)]),
        found,
        `cut at ${cut} and ${cut + 3}`,
      );
    }
  });
}

Deno.test("delivery scanner: what one receiver got right hides no fault of the next one", () => {
  const stream = Array.from({ length: 50 }, (_, n) => `x: ${codec.payload(n % 3, n)}\n`).join("");
  for (const cut of [0, 7, 30, stream.length - 10]) {
    const shared = new ScannedChunks();
    assertEquals(scan([stream.slice(0, cut), stream.slice(cut)], shared).corrupt, 0);
    for (let index = 0; index < stream.length; index++) {
      const bit = String.fromCharCode(stream.charCodeAt(index) ^ 1);
      const other = stream.slice(0, index) + bit + stream.slice(index + 1);
      const { whole } = scan([other.slice(0, cut), other.slice(cut)], shared);
      // In "x: " and the line end nothing of a message is changed.
      const isInPayload = index % 24 >= 3 && index % 24 < 23;
      assertEquals(whole.length, isInPayload ? 49 : 50, `bit of byte ${index}, cut at ${cut}`);
    }
  }
});

Deno.test("delivery scanner: chunks that differ by a head only are distinguished", () => {
  const shared = new ScannedChunks();
  const [one, other] = [codec.payload(1, 5), codec.payload(2, 9)];
  const end = `${one.slice(-4)}\n${codec.payload(1, 6)}\n`;
  assertEquals(scan([one.slice(0, -4), end], shared).whole, [[1, 5], [1, 6]]);
  assertEquals(scan([other.slice(0, -4), end], shared), { whole: [[1, 6]], corrupt: 1 });
  assertEquals(scan([one.slice(0, -4), end], shared).whole, [[1, 5], [1, 6]]);
});

Deno.test("delivery scanner: a chunk with more payloads than are remembered is read by every receiver", () => {
  const small = new PayloadCodec("k3f9", MIN_PAYLOAD_BYTES);
  const count = 65_536 / MIN_PAYLOAD_BYTES + 10;
  const chunk = Array.from({ length: count }, (_, n) => small.payload(1, n)).join("");
  const shared = new ScannedChunks();
  for (let receiver = 0; receiver < 2; receiver++) {
    const sequences: number[] = [];
    const sink: DeliverySink = {
      deliver(_receiver, _sender, first, count) {
        for (let index = 0; index < count; index++) sequences.push(first + index);
      },
      corrupt: () => void sequences.push(NaN),
    };
    new DeliveryScanner(small, receiver, sink, shared).push(bytes(chunk));
    assertEquals(sequences, Array.from({ length: count }, (_, n) => n));
  }
});

Deno.test("delivery scanner: equal chunks behind different beginnings of a line are distinguished", () => {
  const chunks = new ScannedChunks();
  const read: string[] = [];
  const notices = new NoticeFilter((_receiver, text) => {
    read.push(text);
    return false;
  });
  const sink = { deliver() {}, corrupt() {} };
  for (const beginning of ["A".repeat(90), "B".repeat(95)]) {
    const scanner = new DeliveryScanner(codec, 7, sink, chunks, notices);
    scanner.push(bytes(beginning));
    scanner.push(bytes(`: ${codec.payload(1, 1)}\n`));
  }
  const pieces = read.filter((text) => text !== "\n");
  assertEquals(pieces.map((text) => text[0] + text.slice(-2)), ["AAA", "A: ", "BBB", "B: "]);
});

Deno.test("delivery scanner: a PING in equal chunks is read by every receiver", () => {
  const chunks = new ScannedChunks();
  const read: number[] = [];
  const notices = new NoticeFilter((receiver, text) => {
    if (!text.includes("PING")) return false;
    read.push(receiver);
    return true;
  });
  const sink = { deliver() {}, corrupt() {} };
  for (let receiver = 0; receiver < 3; receiver++) {
    const scanner = new DeliveryScanner(codec, receiver, sink, chunks, notices);
    scanner.push(bytes(`${codec.payload(1, 1)}\nPING\n${codec.payload(1, 2)}\n`));
  }
  assertEquals(read, [0, 1, 2]);
});
