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
      pause: () => void happened.push("pause"),
      resume: () => void happened.push("resume"),
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
    drained: () => void happened.push("drained"),
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

/** The events of a traced transport other than lines of the trace. */
const eventsOf = (happened: readonly string[]) =>
  happened.filter((line) => !line.startsWith("[::1]"));

Deno.test("traced transport: delayed bytes wait while the reader has paused", () => {
  const { clock, happened, server, transport } = tracedWith(100, 0);
  for (const bytes of ["a", "b", "c"]) server.received(bytes);
  transport.pause();
  clock.advance(1000);
  assertEquals(eventsOf(happened), ["received a", "pause"]);
  transport.resume();
  clock.advance(1000);
  server.closed();
  assertEquals(eventsOf(happened).slice(2), ["received b", "resume", "received c", "closed"]);
});

Deno.test("traced transport: after destroy nothing is delivered or written but the end", () => {
  const { clock, happened, server, transport } = tracedWith(100, 1);
  for (const bytes of ["a", "b", "c"]) server.received(bytes);
  transport.write("xyz");
  transport.destroy();
  server.received("d");
  clock.advance(1000);
  server.closed();
  assertEquals(eventsOf(happened), ["received a", "write x", "closed"]);
  assertEquals(clock.timers, 0);
});

Deno.test("traced transport: past the bound of delayed bytes the connection is not read", () => {
  const { clock, happened, server } = tracedWith(100, 0);
  for (const bytes of ["a", "b".repeat(65_535), "c"]) server.received(bytes);
  assertEquals(eventsOf(happened), ["received a", "pause"]);
  clock.advance(100);
  assertEquals(eventsOf(happened).at(-1), "resume");
});

Deno.test("traced transport: past the bound of delayed bytes the writer waits", () => {
  const { clock, happened, transport } = tracedWith(100, 0);
  assertEquals(transport.write("a"), true);
  assertEquals(transport.write("b".repeat(65_536)), false);
  assertEquals(happened.includes("drained"), false);
  clock.advance(100);
  assertEquals(happened.includes("drained"), true);
});
