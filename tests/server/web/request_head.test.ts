import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { MAX_HEAD_BYTES, RequestHeadReader } from "../../../server/web/request_head.ts";

/** The result of a reader for bytes in pieces, and the number of pieces it needed. */
function read(bytes: string, pieceBytes: number) {
  const reader = new RequestHeadReader();
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const result = reader.push(Buffer.from(bytes.slice(at, at + pieceBytes)));
    if (typeof result === "string") return result;
    if (result === undefined) continue;
    const behind = bytes.slice(at + pieceBytes);
    return [result.head.toString(), result.rest.toString() + behind];
  }
  return undefined;
}

Deno.test("request head: ends with its empty line, for any chunks", () => {
  for (
    const [head, rest] of [
      ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"],
      ["GET / HTTP/1.1\r\n\r\n", "\r\n\r\n"],
      ["POST /x HTTP/1.0\r\nA:\tb \xff\r\n\r\n", ""],
    ] as const
  ) {
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      assertEquals(read(head + rest, pieceBytes), [head, rest], `in pieces of ${pieceBytes}`);
      assertEquals(read(`\r\n${head}${rest}`, pieceBytes), [head, rest], "after an empty line");
    }
    assertEquals(read(head.slice(0, -1), 5), undefined);
  }
});

Deno.test("request head: rejects other data by its first line", () => {
  for (
    const line of [
      "GET nonsense",
      "GET / HTTP/2.0",
      "GET  / HTTP/1.1",
      "GET /a b HTTP/1.1",
      "\r\n",
      "GET /\0 HTTP/1.1",
      "GET / HTTP/1.2",
    ]
  ) {
    for (const pieceBytes of [1, 1000]) {
      assertEquals(
        read(`${line}\r\n`, pieceBytes),
        "invalid",
        line,
      );
    }
  }
});

Deno.test("request head: rejects lines that servers understand in different ways", () => {
  for (
    const line of [
      "Host: x\n",
      "A: b\rC: d\r\n",
      "\rA: b\r\n",
      " A: b\r\n",
      "A: b\r\n c\r\n",
      "A: b\r\n\tc\r\n",
      "A : b\r\n",
      "A\t: b\r\n",
      ": b\r\n",
      "A\0: b\r\n",
      "A: \0\r\n",
      "A: \x7f\r\n",
      "A\r\n",
      "A(): b\r\n",
      "\n",
    ]
  ) {
    for (const pieceBytes of [1, 3, 1000]) {
      const head = `GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n`;
      assertEquals(read(head, pieceBytes), "invalid", JSON.stringify(line));
    }
  }
  assertEquals(read("GET / HTTP/1.1\nHost: x\n\n", 1000), "invalid");
});

Deno.test("request head: has up to 100 headers", () => {
  const head = (count: number) => `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(count)}\r\n`;
  for (const pieceBytes of [3, 10_000]) {
    assertEquals(read(head(100), pieceBytes), [head(100), ""]);
    assertEquals(read(head(101), pieceBytes), "too large");
  }
});

Deno.test("request head: is bounded, and so are the bytes that wait for its end", () => {
  const start = "GET / HTTP/1.1\r\nX: ";
  const fill = (length: number) => start + "x".repeat(length - start.length - 4);
  for (const pieceBytes of [999, 100_000]) {
    const [head] = read(`${fill(MAX_HEAD_BYTES)}\r\n\r\n`, pieceBytes) ?? [];
    assertEquals(head?.length, MAX_HEAD_BYTES);
    assertEquals(read(`${fill(MAX_HEAD_BYTES + 1)}\r\n\r\n`, pieceBytes), "too large");
    assertEquals(read("GET /".padEnd(MAX_HEAD_BYTES, "x"), pieceBytes), "too large");
  }
});
