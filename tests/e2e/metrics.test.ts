/**
 * What `/metrics` tells, and what it does not.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import parsePrometheus from "parse-prometheus-text-format";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { startServer, type TestServer } from "../support/server.ts";

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  // deno-lint-ignore no-explicit-any -- counters and histograms have different fields
  readonly metrics: readonly any[];
}

async function scrape(server: TestServer): Promise<Map<string, Family>> {
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  const families: Family[] = parsePrometheus(await response.text());
  return new Map(families.map((family) => [family.name, family]));
}

Deno.test("/metrics counts what happened", async () => {
  await using server = await startServer({ maxClients: 3 });
  const text = await RawClient.join(server.port, "text");
  const json = await RawClient.connect(server.port);
  json.sendFrame({ type: "hello", name: "json" });
  await json.frame("welcome");
  const web = await RawWebSocket.open(server.port);
  web.sendFrame({ type: "hello", name: "web", room: "den" });
  await web.frame("welcome");
  const refused = await RawClient.connect(server.port);
  refused.send("{}\n");
  await refused.untilEnd();
  for (let number = 1; number <= 3; number++) {
    json.sendFrame({ type: "message", text: "x", id: String(number) });
    await text.until("json: x\n");
  }
  web.sendFrame({ type: "message", text: "alone", id: "1" });
  await web.frame("ack");

  const families = await scrape(server);
  const value = (name: string, labels?: Record<string, string>) => {
    const family = families.get(name);
    assert(family !== undefined, name);
    const sample = family.metrics.find((metric) =>
      Object.entries(labels ?? {}).every(([label, text]) => metric.labels?.[label] === text)
    );
    return Number(sample?.value);
  };
  assertEquals(value("hubbub_connections_total"), 5, "this scrape is the fifth");
  assertEquals(value("hubbub_connections"), 4);
  assertEquals(value("hubbub_sessions", { kind: "text" }), 1);
  assertEquals(value("hubbub_sessions", { kind: "json" }), 1);
  assertEquals(value("hubbub_sessions", { kind: "length" }), 0);
  assertEquals(value("hubbub_sessions", { kind: "websocket" }), 1);
  assertEquals(value("hubbub_members"), 3);
  assertEquals(value("hubbub_rooms"), 2, "lobby and den");
  assertEquals(value("hubbub_messages_total"), 4);
  assertEquals(value("hubbub_deliveries_total"), 3, "nobody hears somebody who is alone");
  assertEquals(value("hubbub_skipped_messages_total"), 0);
  assertEquals(value("hubbub_refused_total", { reason: "server_full" }), 1);
  assertEquals(value("hubbub_refused_total", { reason: "origin" }), 0);
  assert(value("hubbub_received_bytes_total") > 100);
  assert(value("hubbub_sent_bytes_total") > 300);
  assert(value("process_resident_memory_bytes") > 1e6);
  assertLess(Math.abs(value("process_start_time_seconds") - Date.now() / 1000), 3600);
  for (const [name, { type, help }] of families) {
    assert(help.length > 5, name);
    assertEquals(type === "COUNTER", name.endsWith("_total"), `${name} is a ${type}`);
  }
  const { metrics: [delay] } = families.get("hubbub_event_loop_delay_seconds")!;
  assertEquals(Number(delay.buckets["+Inf"]), Number(delay.count));
  for (const client of [text, json, web]) client.close();
});

Deno.test("/metrics tells no names, rooms or addresses", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "Nebuchadnezzar");
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await response.text();
  for (const secret of ["Nebuchadnezzar", "lobby", "127.0.0.1"]) {
    assert(!text.includes(secret), secret);
  }
  person.close();
});
