/** An HTTP request with any target and headers takes the server at most 1 ms, and so do bytes after it. */

import { Buffer } from "node:buffer";
import { assert } from "@std/assert";
import { toByteString } from "../../../protocol/mod.ts";
import { upgradeRequest } from "../../support/websocket_frames.ts";
import { BOUND, costOf } from "../stopwatch.ts";
import { WORST_TEXTS } from "../worst_cases.ts";
import { ChunkedDecoder } from "../../../server/web/chunked_decoder.ts";
import { createStage, FLOODED_REQUESTS, floodOf, settled } from "./web_stage.ts";

/** Bytes of a value that leave room for the rest of a request with 16 KiB of headers. */
const VALUE_BYTES = 15_500;

/** Every header that the server or its library reads, and an unknown one. */
const HEADERS = [
  "Host",
  "Origin",
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "X-Forwarded-Host",
  "Forwarded",
  "Authorization",
  "Accept-Encoding",
  "Connection",
  "Upgrade",
  "Expect",
  "Content-Length",
  "Range",
  "If-None-Match",
  "Repr-Digest",
  "Transfer-Encoding",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Extensions",
  "X",
];

const VALUES = WORST_TEXTS.map(({ why, fill }) => ({
  why,
  value: toByteString(fill(VALUE_BYTES, false)).replace(/[\r\n\0]/g, " "),
}));

function request(line: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join("")}\r\n`;
}

/** Measures requests, and fails if one takes too long. */
async function timeAll(requests: Iterable<readonly [why: string, bytes: string]>) {
  const { take } = createStage();
  const slow: string[] = [];
  for (const [why, bytes] of requests) {
    const sockets: ReturnType<typeof take>[] = [];
    const cost = costOf(() => {
      // A new copy each time: unmasking changes the bytes in place.
      const first = Buffer.from(bytes, "latin1");
      return () => sockets.push(take(first));
    }, BOUND);
    if (cost > BOUND) slow.push(`${cost.toFixed(1)} times the reference: ${why}`);
    await settled();
    for (const socket of sockets) socket.destroy();
    await settled();
  }
  assert(slow.length === 0, `${slow.length} are too slow\n${slow.slice(0, 30).join("\n")}`);
}

for (const name of HEADERS) {
  Deno.test(`cost: a request with any ${name} is answered in 1 ms`, async () => {
    await timeAll(VALUES.flatMap(({ why, value }) => [
      [why, request("GET / HTTP/1.1", { Host: "x", [name]: value })],
      [`${why}, of a WebSocket`, upgradeRequest(80, { Host: "x", [name]: value })],
    ]));
  });
}

Deno.test("cost: a request for any target is answered in 1 ms", async () => {
  const headers = { "Host": "x", "Accept-Encoding": "gzip" };
  await timeAll(VALUES.flatMap(({ why, value }) => {
    const target = value.replaceAll(" ", "%20");
    return ["/", "/ws?", "http://", "http://x/", "*"].map((start) =>
      [`${start} ${why}`, request(`GET ${start}${target} HTTP/1.1`, headers)] as const
    );
  }));
});

Deno.test("cost: a request with any number of headers is answered in 1 ms", async () => {
  const lines = (count: number, line: string) =>
    `GET / HTTP/1.1\r\nHost: x\r\n${line.repeat(count)}\r\n`;
  await timeAll([
    ["short ones", lines(2500, "a:\r\n")],
    ["as many as may be", lines(99, `a: ${"b".repeat(150)}\r\n`)],
    ["cookies", lines(99, `cookie: ${"b".repeat(140)}\r\n`)],
    ["hosts", lines(99, "host: x\r\n")],
  ]);
});

Deno.test("cost: a file is compressed once, for any number of requested hosts", async () => {
  const get = (path: string, host: string) =>
    request(`GET ${path} HTTP/1.1`, { "Host": host, "Accept-Encoding": "gzip" });
  const hosts = Array.from({ length: 40 }, (_, number) => `192.0.2.${number}`);
  await timeAll([...hosts, ...hosts].map((host) => [host, get("/", host)]));
});

Deno.test("cost: bytes after a request are dropped in 1 ms", async () => {
  await timeAll(FLOODED_REQUESTS.map(({ request, unit }) => [unit, request + floodOf(unit)]));
});

Deno.test("cost: 64 KiB of a body in chunks are decoded in 1 ms, whatever their size", () => {
  const units = ["1\r\na\r\n", "1;a=b\r\na\r\n", `fff\r\n${"x".repeat(4095)}\r\n`, "1;"];
  for (const unit of units) {
    const bytes = Buffer.from(floodOf(unit));
    const cost = costOf(() => {
      const decoder = new ChunkedDecoder(100_000, () => {});
      return () => decoder.push(bytes);
    }, BOUND);
    assert(cost <= BOUND, `${cost.toFixed(1)} times the reference: ${unit.slice(0, 20)}`);
  }
});
