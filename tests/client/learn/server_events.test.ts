import { assertEquals } from "@std/assert";
import { readServerLine } from "../../../client/learn/server_events.ts";
import { logLine } from "../../../server/observability/log.ts";
import { Trace } from "../../../protocol/trace.ts";
import type { ByteString } from "../../../protocol/byte_string.ts";

const PEER = "127.0.0.1:53032";

Deno.test("server events: the lines of the echo server", () => {
  const read = (line: string) => readServerLine(line).event;
  assertEquals(read(`New connection from ${PEER}`), { kind: "connects", peer: PEER });
  assertEquals(read(`Received from ${PEER}: New connection from x`), {
    kind: "sends",
    peer: PEER,
    text: "New connection from x",
  });
  assertEquals(read(`Connection closed for ${PEER}`), { kind: "closes", peer: PEER });
  // The line of its end follows.
  assertEquals(read(`Lost the connection to ${PEER}: reset`), undefined);
  assertEquals(read("Listening on 127.0.0.1:8080"), undefined);
});

Deno.test("server events: the lines of a trace, as it prints them", () => {
  const lines: string[] = [];
  const trace = new Trace(PEER, () => 0, (line) => lines.push(line));
  trace.read('one\ntw"o\\' as ByteString);
  trace.wrote("one\n" as ByteString);
  trace.ended();
  const read = lines.map((line) => readServerLine(line));
  assertEquals(read.map(({ option }) => option), ["--trace", "--trace", "--trace"]);
  assertEquals(read.map(({ event }) => event), [
    { kind: "sends", peer: PEER, text: 'one\ntw"o\\' },
    undefined,
    undefined,
  ]);
});

Deno.test("server events: the entries of the log, as it writes them", () => {
  const line = (level: "info" | "debug", event: string, fields: Record<string, string>) =>
    readServerLine(logLine({ time: 0, level, event, fields }));
  assertEquals(line("info", "joined", { name: "Ann Lee", room: "lobby", address: PEER }), {
    event: { kind: "joins", peer: PEER, text: "Ann Lee" },
    option: undefined,
  });
  assertEquals(line("info", "left", { name: "Ann", address: PEER }).event, {
    kind: "leaves",
    peer: PEER,
    text: "Ann",
  });
  assertEquals(line("debug", "connected", { address: PEER }), {
    event: { kind: "connects", peer: PEER },
    option: "--log-level",
  });
  assertEquals(line("debug", "closed", { address: PEER }).event, { kind: "closes", peer: PEER });
  assertEquals(line("info", "stopped", {}), { event: undefined, option: undefined });
  assertEquals(line("info", "constructor", {}).event, undefined);
});
