import { assertEquals } from "@std/assert";
import { tracedTransport } from "../../../client/transports/traced_transport.ts";
import type { OpenTransport, TransportListener } from "../../../client/core/transport.ts";
import { Trace } from "../../../protocol/mod.ts";
import { FakeClock } from "../fakes.ts";

/** A traced transport, and its events in order. */
function tracedWith(delayMilliseconds: number, segmentBytes: number) {
  const clock = new FakeClock();
  const happened: string[] = [];
  let server!: TransportListener;
  const open: OpenTransport = (_endpoint, listener) => {
    server = listener;
    return {
      write: (bytes) => void happened.push(`write ${bytes}`),
      pause() {},
      resume() {},
      end: () => void happened.push("end"),
      destroy() {},
    };
  };
  const traceOf = (connection: string) =>
    new Trace(connection, () => 0, (line) => happened.push(line.replace(/^\S+ /, "")));
  const options = { lines: true, delayMilliseconds, segmentBytes };
  const transport = tracedTransport(open, traceOf, options, clock)({ host: "::1", port: 80 }, {
    opened() {},
    received: (bytes) => void happened.push(`received ${bytes}`),
    closed: () => void happened.push("closed"),
  });
  return { clock, happened, server, transport };
}

Deno.test("traced transport: reads and writes are printed, and writes split", () => {
  const { happened, server, transport } = tracedWith(0, 2);
  transport.write("abc");
  server.received("x");
  transport.end();
  server.closed();
  assertEquals(happened, [
    "write ab",
    '[::1]:80 wrote 2 bytes = 2 bytes of a message: "ab"',
    "write c",
    '[::1]:80 wrote 1 byte = 1 more byte of a message: "c"',
    '[::1]:80 read 1 byte = 1 byte of a message: "x"',
    "received x",
    "end",
    "[::1]:80 read the end",
    "closed",
  ]);
});

Deno.test("traced transport: a pause after each, the end in its place", () => {
  const { clock, happened, transport } = tracedWith(100, 1);
  transport.write("ab");
  transport.end();
  const writes = () => happened.filter((line) => /^(write|end)/.test(line));
  assertEquals(writes(), ["write a"]);
  clock.advance(100);
  assertEquals(writes(), ["write a", "write b"]);
  clock.advance(99);
  assertEquals(writes(), ["write a", "write b"]);
  clock.advance(1);
  assertEquals(writes(), ["write a", "write b", "end"]);
});
