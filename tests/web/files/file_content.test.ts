import { assertEquals } from "@std/assert";
import { createHash, randomBytes } from "node:crypto";
import { MAX_CHUNK_BYTES } from "../../../protocol/limits.ts";
import { type FileSource, ReadAhead } from "../../../web/files/file_content.ts";

Deno.test("files: a file is read in large blocks, in order", async () => {
  const bytes = new Uint8Array(randomBytes(2_500_001));
  const reads: [start: number, end: number][] = [];
  const source: FileSource = {
    name: "a.bin",
    size: bytes.length,
    slice: (start, end) => {
      reads.push([start, end]);
      return new Blob([bytes.subarray(start, end)]);
    },
  };
  const reader = new ReadAhead(source);
  const all = createHash("sha256");
  for (let left = bytes.length; left > 0;) {
    const piece = await reader.read(MAX_CHUNK_BYTES);
    assertEquals(piece.length, Math.min(left, MAX_CHUNK_BYTES));
    all.update(piece);
    left -= piece.length;
  }
  assertEquals(all.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  assertEquals(reads, [[0, 960_000], [960_000, 1_920_000], [1_920_000, 2_500_001]]);
});
