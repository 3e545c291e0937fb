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

const frame = (sequence: number) =>
  `{"type":"message","seq":${sequence},"from":"b","text":"${codec.payload(1, sequence)}"}\n`;

Deno.test("notice filter: a notice as long as an earlier piece without one is read", () => {
  const ping = "PING 1\n";
  const around: readonly [why: string, piece: (text: string) => string][] = [
    ["between", (text) => frame(1) + text + frame(2)],
    ["before all", (text) => text + frame(1)],
    ["behind all", (text) => frame(1) + text],
  ];
  for (const [why, piece] of around) {
    const chunks = [many(3), piece("joined\n"), piece("joined\n"), piece(ping), piece("joined\n")];
    const { pings } = listen([...chunks, piece(ping), piece(ping)]);
    assertEquals(["joined\n".length, pings], [ping.length, 3], why);
  }
});

Deno.test("notice filter: a PING is read where a longer name makes a piece as long as with it", () => {
  const from = (name: string, sequence: number) =>
    `[12:00:00] ${name}: ${codec.payload(1, sequence)}\n`;
  const short = from("bench-k3f9-1", 0) + from("bench-k3f9-1", 1);
  const long = from("bench-k3f9-1", 2) + from("bench-k3f9-12345678", 3);
  const pinged = from("bench-k3f9-1", 4) + "PING 1\n" + from("bench-k3f9-1", 5);
  assertEquals(pinged.length, long.length);
  assertEquals(listen([short, long, pinged, long, pinged]).pings, 2);
});
