import { assertEquals } from "@std/assert";
import { describeBoundaries, MessageBoundaries } from "../../protocol/message_boundaries.ts";

/** Each chunk of a stream, and its description. */
const STREAMS: [why: string, chunks: [bytes: string, told: string | undefined][]][] = [
  ["a line as one read", [["hi\n", "1 message"]]],
  ["the classic", [["one\ntwo\nthree", "2 messages + 5 bytes of a third"]]],
  ["a line in three reads", [
    ["on", "2 bytes of a message"],
    ["e", "1 more byte of a message"],
    ["\n", "the last 1 byte of a message"],
  ]],
  ["a read that begins and ends in the middle", [
    ["a\nb", "1 message + 1 byte of a second"],
    ["bb\nc\ndd", "the last 3 bytes of a message + 1 message + 2 bytes of a third"],
    ["\n", "the last 1 byte of a message"],
    ["next\n", "1 message"],
  ]],
  ["frames with a length", [
    ["\0\0\0\x02hi\0\0\0\x01!\0\0", "2 messages + 2 bytes of a third"],
    ["\0\x02h", "3 more bytes of a message"],
    ["i", "the last 1 byte of a message"],
    ["\0\0\0\0", "1 message"],
  ]],
  ["a length prefix byte by byte", [
    ["\0", "1 byte of a message"],
    ["\0", "1 more byte of a message"],
    ["\0", "1 more byte of a message"],
    ["\x01", "1 more byte of a message"],
    ["x", "the last 1 byte of a message"],
  ]],
  ["more than there are words for", [
    [`${"\n".repeat(20)}x`, "20 messages + 1 byte of another"],
  ]],
  ["TLS and HTTP, whose messages are not visible", [["\x16\x03\x01\n\n", undefined]]],
  ["HTTP", [["GET / HTTP/1.1\r\n\r\n", undefined]]],
];

for (const [why, chunks] of STREAMS) {
  Deno.test(`message boundaries: ${why}`, () => {
    const boundaries = new MessageBoundaries();
    for (const [bytes, told] of chunks) {
      const found = boundaries.push(bytes);
      assertEquals(found && describeBoundaries(found), told);
    }
  });
}

Deno.test("message boundaries: with the framing of lines a stream that begins with 0 is lines", () => {
  assertEquals(new MessageBoundaries("lines").push("\0\n\0")?.whole, 1);
});
