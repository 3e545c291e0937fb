import { assertEquals } from "@std/assert";
import { Detector, type Protocol } from "../../../server/network/detection.ts";

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

/** The protocol detected from the chunks, and the index of the deciding one. */
function detect(...chunks: string[]): [Protocol | undefined, number] {
  const detector = new Detector();
  for (const [index, chunk] of chunks.entries()) {
    const protocol = detector.push(chunk);
    if (protocol !== undefined) return [protocol, index];
  }
  return [undefined, chunks.length];
}

Deno.test("detection: the first byte shows JSON, lengths and TLS, and most text", () => {
  // The last is that of a PROXY header of version 2.
  const starts = new Set([...METHODS, ..."cnupCNUP\r"].map((start) => start.charCodeAt(0)));
  for (let byte = 0; byte < 256; byte++) {
    const expected = byte === 0x7b || byte === 0x1e
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
    assertEquals(detect(method, "\n"), ["text", 1], "a user may have that name");
    assertEquals(detect(`${method}X`)[0], "text");
    assertEquals(detect(`${method.toLowerCase()} / HTTP/1.1\r\n`)[0], "text");
  });
}

for (const command of ["CAP", "NICK", "USER", "PASS", "nick"]) {
  Deno.test(`detection: ${command} is IRC with its space, and not before`, () => {
    assertEquals(detect(`${command} LS\r\n`), ["irc", 0]);
    assertEquals(detect(...`${command} bob`), ["irc", command.length]);
    assertEquals(detect(command)[0], undefined);
    assertEquals(detect(command, "\n"), ["text", 1], "a user may have that name");
    assertEquals(detect(`${command}X`)[0], "text");
  });
}

for (const start of ["PROXY ", "\r\n\r\n\0\r\nQUIT\n"]) {
  Deno.test(`detection: ${JSON.stringify(start)} is the start of a PROXY header`, () => {
    assertEquals(detect(`${start}TCP4`), ["proxy", 0]);
    assertEquals(detect(...`${start}TCP4`), ["proxy", start.length - 1]);
    for (let length = 1; length < start.length; length++) {
      const part = start.slice(0, length);
      assertEquals(detect(part)[0], undefined, part);
      assertEquals(detect(`${part}#`)[0], "text", part);
      const detector = new Detector();
      assertEquals(detector.mayBecomeProxy, false);
      detector.push(part);
      assertEquals(detector.mayBecomeProxy, true, part);
      detector.push("#");
      assertEquals(detector.mayBecomeProxy, false, part);
    }
  });
}

Deno.test("detection: a name that starts like a method or a PROXY header", () => {
  for (
    const name of [
      "PROXY\n",
      "PROX\n",
      "PROXYS ",
      "\rA\n",
      "\r\n\r\nAnn\n",
      "Gert\n",
      "GE\n",
      "G\r\n",
      "PO\n",
      "PATRICK\n",
      "GET\tx",
      "HEADS ",
    ]
  ) {
    assertEquals(detect(name)[0], "text", name);
    assertEquals(detect(...name)[0], "text", `${name} byte by byte`);
  }
});

Deno.test("detection: no bytes are undecided", () => {
  assertEquals(detect("")[0], undefined);
  assertEquals(detect("", "GE", "", "T ")[0], "http");
});
