import { assertEquals } from "@std/assert";
import { Detector, type Protocol } from "../../server/detection.ts";

const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "CONNECT",
  "TRACE",
];

/** What is detected of some chunks, and with which of them. */
function detect(...chunks: string[]): [Protocol | undefined, number] {
  const detector = new Detector();
  for (const [index, chunk] of chunks.entries()) {
    const told = detector.push(chunk);
    if (told !== undefined) return [told, index];
  }
  return [undefined, chunks.length];
}

Deno.test("detection: the first byte tells of JSON, lengths and TLS, and of most text", () => {
  const starts = new Set(METHODS.map((method) => method.charCodeAt(0)));
  for (let byte = 0; byte < 256; byte++) {
    const expected = byte === 0x7b
      ? "json"
      : byte === 0x00
      ? "length"
      : byte === 0x16
      ? "tls"
      : starts.has(byte)
      ? undefined
      : "text";
    assertEquals(detect(String.fromCharCode(byte))[0], expected, `byte ${byte}`);
  }
});

for (const method of METHODS) {
  Deno.test(`detection: ${method} is HTTP with its space, and not before`, () => {
    assertEquals(detect(`${method} / HTTP/1.1\r\n`), ["http", 0]);
    assertEquals(detect(...`${method} /`), ["http", method.length]);
    assertEquals(detect(method)[0], undefined);
    assertEquals(detect(method, "\n"), ["text", 1], "somebody may be called that");
    assertEquals(detect(`${method}X`)[0], "text");
    assertEquals(detect(`${method.toLowerCase()} / HTTP/1.1\r\n`)[0], "text");
  });
}

Deno.test("detection: a name that starts like a method", () => {
  for (const name of ["Gert\n", "GE\n", "G\r\n", "PO\n", "PATRICK\n", "GET\tx", "HEADS "]) {
    assertEquals(detect(name)[0], "text", name);
    assertEquals(detect(...name)[0], "text", `${name} byte by byte`);
  }
});

Deno.test("detection: nothing tells nothing", () => {
  assertEquals(detect("")[0], undefined);
  assertEquals(detect("", "GE", "", "T ")[0], "http");
});
