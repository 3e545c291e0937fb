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
      ["GET / HTTP/1.1\nHost: x\n\n", "\n"],
      ["POST /x HTTP/1.0\r\nA: b\n\r\n", ""],
    ] as const
  ) {
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      assertEquals(read(head + rest, pieceBytes), [head, rest], `in pieces of ${pieceBytes}`);
    }
    assertEquals(read(head.slice(0, -1), 5), undefined);
  }
});

Deno.test("request head: rejects other data by its first line", () => {
  for (
    const line of ["GET nonsense", "GET / HTTP/2.0", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", ""]
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
