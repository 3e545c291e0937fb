import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { PassThrough, Readable } from "node:stream";
import { pullFrom } from "../../../cli/runtime/node_stream.ts";

/** A stream, and a call that reads it with a buffer of a size; `null` at the end. */
function readerOf<Stream extends Readable = PassThrough>(
  stream = new PassThrough() as Readable as Stream,
) {
  const reader = pullFrom(stream);
  const decoder = new TextDecoder();
  const read = async (size: number) => {
    const buffer = new Uint8Array(size);
    const count = await reader.read(buffer);
    return count === null ? null : decoder.decode(buffer.subarray(0, count));
  };
  return { stream, read };
}

Deno.test("stream of Node: a read gets what is there, up to the size of its buffer", async () => {
  const { stream, read } = readerOf();
  stream.write("hello");
  assertEquals([await read(3), await read(10)], ["hel", "lo"]);
  const waiting = read(10);
  stream.write("later");
  assertEquals(await waiting, "later");
});

Deno.test("stream of Node: bytes that come during a read, and have no room, are kept", async () => {
  const parts = ["abcde", "f"];
  const { read } = readerOf(
    new Readable({
      read() {
        this.push(parts.shift() ?? null);
      },
    }),
  );
  assertEquals([await read(2), await read(2)], ["ab", "cd"]);
  assertEquals([await read(1), await read(1), await read(1)], ["e", "f", null]);
});

Deno.test("stream of Node: the end comes after all bytes, for a read that waits or not", async () => {
  const { stream, read } = readerOf();
  stream.end("last");
  assertEquals([await read(10), await read(10), await read(10)], ["last", null, null]);
  const other = readerOf();
  const waiting = other.read(10);
  other.stream.end();
  assertEquals(await waiting, null);
});

Deno.test("stream of Node: an error rejects a read that waits, and all later ones", async () => {
  const { stream, read } = readerOf();
  const waiting = read(10);
  const reset = new Error("reset");
  stream.destroy(reset);
  assertStrictEquals(await assertRejects(() => waiting), reset);
  assertStrictEquals(await assertRejects(() => read(10)), reset);
});

Deno.test("stream of Node: a closed stream rejects reads", async () => {
  const { stream, read } = readerOf();
  const waiting = read(10);
  stream.destroy();
  await assertRejects(() => waiting, Error, "it was closed");
  await assertRejects(() => read(10), Error, "it was closed");
});

Deno.test("stream of Node: has one reader, and reads no more than its buffer while no call waits", async () => {
  const { stream, read } = readerOf(new PassThrough({ highWaterMark: 4 }));
  assertStrictEquals(pullFrom(stream), pullFrom(stream));
  const isWanted = ["abcd", "efgh", "ijkl"].map((text) => stream.write(text));
  assertEquals(isWanted.at(-1), false);
  const parts: (string | null)[] = [];
  while (parts.join("").length < 12) parts.push(await read(100));
  assertEquals(parts.join(""), "abcdefghijkl");
});
