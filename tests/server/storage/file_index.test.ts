import { assertEquals } from "@std/assert";
import { FileIndex, type FileRow, type IndexRow } from "../../../server/storage/file_index.ts";

const BLOCK = 4096;

const row = (hash: string, time: number, changes: Partial<FileRow> = {}): FileRow => ({
  ...{ hash, room: "lobby", name: "a", size: 5, type: "image/png", time, owner: "Ann" },
  ...changes,
});

Deno.test("file index: the oldest contents are removed past the quota, and remembered", () => {
  const index = new FileIndex(new Map<string, IndexRow>());
  index.add(row("a", 1));
  index.add(row("b", 2, { size: BLOCK + 1 }));
  index.add(row("c", 3, { size: 0 }));
  assertEquals([index.size, index.bytes], [3, 4 * BLOCK], "each takes whole blocks of the disk");
  assertEquals(index.evict(4 * BLOCK, 4), 0);
  assertEquals(index.evict(4 * BLOCK - 1, 4), 1);
  assertEquals(["a", "b", "c", "d"].map((hash) => index.has(hash)), [false, true, true, false]);
  assertEquals([index.find("a"), index.find("d")], ["gone", undefined]);
  assertEquals([...index.removed], ["a"]);
  assertEquals(index.evict(0, 5), 2);
  assertEquals([index.size, index.bytes], [0, 0]);
});

Deno.test("file index: a content that is posted again is the newest, and takes its space once", () => {
  const index = new FileIndex(new Map<string, IndexRow>());
  index.add(row("a", 1));
  index.add(row("b", 2));
  index.add(row("a", 3, { room: "tea" }));
  assertEquals([index.size, index.bytes], [2, 2 * BLOCK]);
  index.evict(BLOCK, 4);
  assertEquals([index.has("a"), index.has("b")], [true, false]);
  index.add(row("b", 5));
  assertEquals([index.find("b") !== "gone", [...index.removed]], [true, []]);
});

Deno.test("file index: a content stays until its last room is deleted", () => {
  const rows = new Map<string, IndexRow>();
  const index = new FileIndex(rows);
  index.add(row("a", 1));
  index.add(row("a", 2, { room: "tea" }));
  index.add(row("b", 3, { room: "tea" }));
  index.forgetRoom("lobby", 4);
  assertEquals([index.has("a"), rows.size], [true, 2]);
  index.forgetRoom("tea", 5);
  assertEquals([index.find("a"), index.find("b"), index.bytes], ["gone", "gone", 0]);
  assertEquals([...index.removed], ["a", "b"]);
});

Deno.test("file index: rows are read again in the order of their times", () => {
  const rows = new Map<string, IndexRow>();
  const before = new FileIndex(rows);
  before.add(row("b", 2));
  before.add(row("z", 0));
  before.add(row("c", 3));
  before.evict(2 * BLOCK, 4);
  const index = new FileIndex(new Map([...rows].sort()));
  assertEquals([index.find("b"), index.size, index.bytes], ["gone", 2, 2 * BLOCK]);
  assertEquals(index.evict(BLOCK, 5), 1);
  assertEquals([index.find("z"), index.has("c")], ["gone", true]);
});

Deno.test("file index: neither files nor memories of them grow without a bound", () => {
  const rows = new Map<string, IndexRow>();
  const index = new FileIndex(rows, 3);
  for (let number = 0; number < 50; number++) index.add(row(`hash ${number}`, number));
  assertEquals([index.size, rows.size], [3, 6]);
  assertEquals(index.find("hash 46"), "gone");
  assertEquals(index.find("hash 43"), undefined);
  // The same content in many rooms has as many rows.
  for (let number = 0; number < 9; number++) {
    index.add(row("x", 60 + number, { room: `${number}` }));
  }
  assertEquals(rows.size <= 6, true);
});
