import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { NoticeFilter } from "../../../bench/ledger/notice_filter.ts";
import { DeliveryScanner } from "../../../bench/ledger/delivery_scanner.ts";
import { PayloadCodec } from "../../../bench/ledger/payload_codec.ts";
import { ScannedChunks } from "../../../bench/ledger/scanned_chunks.ts";

const codec = new PayloadCodec("k3f9", 20);

/** Lets a scanner read chunks; PINGs are what is interesting. */
function listen(chunks: readonly string[]): { deliveries: number; pings: number; read: number } {
  const found = { deliveries: 0, pings: 0, read: 0 };
  const notices = new NoticeFilter((receiver, text) => {
    assertEquals(receiver, 3);
    found.read++;
    const pings = text.match(/^PING \d\n/gm)?.length ?? 0;
    found.pings += pings;
    return pings > 0;
  });
  const sink = {
    deliver: (_receiver: number, _sender: number, _first: number, count: number) =>
      void (found.deliveries += count),
    corrupt: () => assert(false),
  };
  const scanner = new DeliveryScanner(codec, 3, sink, new ScannedChunks(), notices);
  for (const chunk of chunks) scanner.push(Buffer.from(chunk, "latin1"));
  return found;
}

const line = (sequence: number) => `[12:00:00] x: ${codec.payload(1, sequence)}\n`;
const many = (count: number) => Array.from({ length: count }, (_, n) => line(n)).join("");

const CASES: readonly { why: string; stream: string; pings: number }[] = [
  { why: "before all", stream: "PING 1\n" + many(3), pings: 1 },
  { why: "between", stream: many(3) + "PING 1\n" + many(3), pings: 1 },
  { why: "behind all", stream: many(3) + "PING 1\n", pings: 1 },
  { why: "two at once", stream: many(2) + "PING 1\nPING 2\n" + many(2), pings: 2 },
  { why: "alone", stream: "PING 1\n", pings: 1 },
];

for (const { why, stream, pings } of CASES) {
  Deno.test(`notice filter: a PING ${why}, cut anywhere, is read once`, () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const found = listen([stream.slice(0, cut), stream.slice(cut)]);
      assertEquals(found.pings, pings, `cut at ${cut}`);
    }
    assertEquals(listen([...stream]).pings, pings, "byte by byte");
  });
}

Deno.test("notice filter: the hot path reads nothing", () => {
  const { deliveries, read } = listen([many(1000), many(1001), many(1002)]);
  assertEquals(deliveries, 3003);
  // The first of each kind: at the start of a chunk, in the middle, at the end.
  assertEquals(read, 3);
});

Deno.test("notice filter: a PING is read however many pieces were empty before", () => {
  assertEquals(
    listen([many(500), many(500) + "PING 1\n" + many(1), many(5) + "PING 2\n"]).pings,
    2,
  );
});

Deno.test("notice filter: a line of megabytes is not kept", () => {
  const chunks = Array.from({ length: 64 }, (_, n) => `${n % 10}`.padEnd(65_536, "x"));
  assertEquals(listen([...chunks, "\nPING 1\n", many(2)]), { deliveries: 2, pings: 1, read: 68 });
});
