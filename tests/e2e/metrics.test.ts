/**
 * What `/metrics` tells, and what it does not.
 */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import parsePrometheus from "parse-prometheus-text-format";
import { Server } from "../../server/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { upgradeRequest } from "../support/websocket_frames.ts";
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
  web.sendFrame({ type: "hello", name: "web", rooms: ["den"] });
  await web.frame("welcome");
  const refused = await RawClient.connect(server.port);
  refused.sendFrame({ type: "hello", name: "refused" });
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
  assertEquals(value("hubbub_deliveries_total"), 3, "a lone member's messages are not delivered");
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

Deno.test("/metrics with a token is for those who send it", async () => {
  await using server = await startServer({ metricsToken: "s3cret" });
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers });
    return { response, text: await response.text() };
  };
  const { response, text } = await ask({});
  assertEquals(response.status, 401);
  assertEquals(response.headers.get("www-authenticate"), 'Bearer realm="metrics"');
  assert(!text.includes("hubbub_"), text);
  assertEquals((await ask({ Authorization: "Bearer wrong" })).response.status, 401);
  const right = await ask({ Authorization: "Bearer s3cret" });
  assertEquals(right.response.status, 200);
  assert(right.text.includes('hubbub_refused_total{reason="metrics_token"} 2\n'), right.text);
});

Deno.test("/metrics on a port of its own is on no other", async () => {
  const metricsListen = { host: "127.0.0.1", port: 0 };
  const server = new Server({ port: 0, metricsListen, metricsToken: "s3cret" });
  const { port, metrics } = await server.start();
  assert(metrics !== undefined && metrics.port !== port);
  const status = async (port: number, path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  const authorization = { Authorization: "Bearer s3cret" };
  assertEquals(await status(port, "/metrics", authorization), 404);
  assertEquals(await status(port, "/healthz"), 200);
  assertEquals(await status(metrics.port, "/metrics"), 401);
  assertEquals(await status(metrics.port, "/metrics", authorization), 200);
  assertEquals(await status(metrics.port, "/healthz"), 200);
  assertEquals(await status(metrics.port, "/"), 404);
  const foreign = await RawClient.connect(metrics.port);
  foreign.send("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  assert((await foreign.untilEnd()).startsWith("HTTP/1.1 421 "));
  const upgrade = await RawClient.connect(metrics.port);
  upgrade.send(upgradeRequest(metrics.port));
  assert((await upgrade.untilEnd()).startsWith("HTTP/1.1 404 "), "there is no chat on that port");
  // A silent client there does not keep the server from stopping.
  const silent = await RawClient.connect(metrics.port);
  await server.stop();
  await silent.untilEnd();
});

Deno.test("a port of the metrics that is taken is an error at the start, and nothing is left open", async () => {
  await using other = await startServer();
  const metricsListen = { host: "127.0.0.1", port: other.port };
  const server = new Server({ port: 0, metricsListen });
  const error = await assertRejects(() => server.start(), Error) as NodeJS.ErrnoException;
  assertEquals(
    error.message,
    `Cannot listen on 127.0.0.1:${other.port} for the metrics: the port is in use. ` +
      "Choose another one with --metrics-listen.",
  );
  assertEquals(error.code, "EADDRINUSE");
  // With the port of the chat taken, that of the metrics is free again.
  const second = new Server({ port: other.port, metricsListen: { host: "127.0.0.1", port: 0 } });
  await assertRejects(() => second.start(), Error, "EADDRINUSE");
});

Deno.test("on the port of the metrics the oldest of 16 silent connections makes room", async () => {
  const server = new Server({ port: 0, metricsListen: { host: "127.0.0.1", port: 0 } });
  const { metrics } = await server.start();
  const clients: RawClient[] = [];
  for (let count = 0; count < 16; count++) clients.push(await RawClient.connect(metrics!.port));
  const newest = await RawClient.connect(metrics!.port);
  assertEquals(await clients[0]!.untilEnd(), "");
  newest.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert((await newest.untilEnd()).startsWith("HTTP/1.1 200 "));
  assertEquals(clients[1]!.isEnded, false);
  for (const client of clients) client.close();
  await server.stop();
});
