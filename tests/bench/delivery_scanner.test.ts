import { assertEquals } from "@std/assert";
import { DeliveryScanner } from "../../bench/delivery_scanner.ts";
import { Mark } from "../../bench/mark.ts";

const mark = new Mark("k3f9", 20);
const other = new Mark("zzzz", 20);

/** What a scanner finds in a stream that comes in these chunks. */
function scan(chunks: readonly string[]): [sender: number, sequence: number][] {
  const found: [number, number][] = [];
  const scanner = new DeliveryScanner(mark, 7, {
    deliver(receiver, sender, sequence) {
      assertEquals(receiver, 7);
      found.push([sender, sequence]);
    },
  });
  for (const chunk of chunks) scanner.push(chunk);
  return found;
}

const CASES: readonly { why: string; stream: string; found: [number, number][] }[] = [
  {
    why: "text lines",
    stream: `[12:00:00] bench-k3f9-1: ${mark.payload(1, 0)}\n[12:00:00] x: ${mark.payload(2, 5)}\n`,
    found: [[1, 0], [2, 5]],
  },
  {
    why: "JSON lines",
    stream: `{"type":"message","text":"${mark.payload(3, 9)}","time":1}\n`,
    found: [[3, 9]],
  },
  {
    why: "nothing between payloads",
    stream: mark.payload(0, 1) + mark.payload(0, 2),
    found: [[0, 1], [0, 2]],
  },
  { why: "somebody else talks", stream: "[12:00:00] Bob: hi\n~ ~~ ~k3f ~k3f9\n", found: [] },
  {
    why: "another run on the same server",
    stream: `${other.payload(1, 1)}\n${mark.payload(1, 2)}\n${other.payload(1, 3)}\n`,
    found: [[1, 2]],
  },
  {
    why: "a false start reaches into a payload",
    stream: `~k3f9aaaa${mark.payload(4, 4)}\n`,
    found: [[4, 4]],
  },
  {
    why: "openings right before a payload",
    stream: `~~~${mark.payload(4, 4)}~\n`,
    found: [[4, 4]],
  },
  {
    why: "a payload cut short by the server",
    stream: `${mark.payload(1, 1).slice(0, -1)}\n${mark.payload(1, 2)}\n`,
    found: [[1, 2]],
  },
  {
    why: "the same payload twice",
    stream: `${mark.payload(1, 1)}\n${mark.payload(1, 1)}\n`,
    found: [[1, 1], [1, 1]],
  },
  {
    why: "bytes beyond ASCII around it",
    stream: `\xc3\xa9~\xff${mark.payload(1, 1)}\xe2`,
    found: [[1, 1]],
  },
];

for (const { why, stream, found } of CASES) {
  Deno.test(`delivery scanner: ${why}`, () => {
    assertEquals(scan([stream]), found, "whole");
    assertEquals(scan([...stream]), found, "byte by byte");
    for (let cut = 0; cut <= stream.length; cut++) {
      assertEquals(scan([stream.slice(0, cut), stream.slice(cut)]), found, `cut at ${cut}`);
      // Two cuts close to each other: a payload that comes in three chunks.
      assertEquals(
        scan([stream.slice(0, cut), stream.slice(cut, cut + 3), stream.slice(cut + 3)]),
        found,
        `cut at ${cut} and ${cut + 3}`,
      );
    }
  });
}
