import { assertEquals } from "@std/assert";
import { Trace } from "../../../protocol/mod.ts";
import type { EchoConnection } from "../../../server/echo/acceptor.ts";
import { tracedConnection } from "../../../server/echo/traced_connection.ts";

const encoder = new TextEncoder();

Deno.test("traced connection: traces, pauses after each read and write, and cuts writes", async () => {
  const happened: string[] = [];
  const reads = ["hi\n"];
  const connection: EchoConnection = {
    peer: "127.0.0.1:5000",
    read(buffer) {
      const text = reads.shift();
      if (text === undefined) return Promise.resolve(null);
      buffer.set(encoder.encode(text));
      return Promise.resolve(text.length);
    },
    write: (bytes) => Promise.resolve(void happened.push(`write ${bytes.length}`)),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
  const trace = new Trace(
    connection.peer,
    () => 0,
    (line) => happened.push(line.replace(/^\S+ \S+ /, "")),
  );
  const traced = tracedConnection(
    connection,
    trace,
    { lines: true, delayMilliseconds: 7, segmentBytes: 2 },
    (milliseconds) => Promise.resolve(void happened.push(`pause ${milliseconds}`)),
  );
  const buffer = new Uint8Array(10);
  const count = await traced.read(buffer);
  await traced.write(buffer.subarray(0, count!));
  assertEquals(await traced.read(buffer), null);
  assertEquals(happened, [
    'read 3 bytes = 1 message: "hi\\n"',
    "pause 7",
    "write 2",
    'wrote 2 bytes = 2 bytes of a message: "hi"',
    "pause 7",
    "write 1",
    'wrote 1 byte = the last 1 byte of a message: "\\n"',
    "pause 7",
    "read the end",
  ]);
});
