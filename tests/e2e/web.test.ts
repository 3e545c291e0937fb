/**
 * Browsers on the chat's port: pages, WebSocket, and HTTP that is wrong, slow or too large.
 */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import parsePrometheus from "parse-prometheus-text-format";
// @ts-types="@types/ws"
import { WebSocket as WsClient } from "ws";
import { hasCommand, run } from "../support/commands.ts";
import { RawClient } from "../support/raw_client.ts";
import { clientFrame, OPCODE, RawWebSocket, upgradeRequest } from "../support/raw_websocket.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Sends a request as it stands and returns the whole answer. */
async function answerTo(port: number, request: string): Promise<string> {
  const client = await RawClient.connect(port);
  client.send(request);
  const answer = await client.untilEnd();
  client.close();
  return answer;
}

/** Status and body of an answer. */
function parts(answer: string): [status: number, body: string] {
  const [head = "", body = ""] = answer.split(/\r\n\r\n(.*)/s);
  return [Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]), body];
}

const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: chat.example:8080", ...headers, "", ""].join("\r\n");

Deno.test("the page tells how to join at the address that the browser used", async () => {
  await using server = await startServer();
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const page = await response.text();
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert(page.includes(`<pre>nc 127.0.0.1 ${server.port}</pre>`), page);
  assert(page.includes(`<pre>hubbub chat 127.0.0.1:${server.port}</pre>`), page);
  const [, elsewhere] = parts(await answerTo(server.port, get("/")));
  assert(elsewhere.includes("<pre>nc chat.example 8080</pre>"), elsewhere);
});

Deno.test("what a Host header says cannot get into the page or a command", async () => {
  await using server = await startServer();
  for (const host of ["<script>", "a;reboot", "$(reboot)", "a b", "a/../b", "x'y", "@", ""]) {
    const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const [status, page] = parts(await answerTo(server.port, request));
    assertEquals(status, 200, host);
    const command = /<pre>nc (.*)<\/pre>/.exec(page)![1]!;
    assertMatch(command, /^[\w.:-]+ \d+$/, host);
    assertEquals(page.split("<script").length, 2, host);
  }
});

Deno.test("/healthz, what is not there, and methods that are not for here", async () => {
  await using server = await startServer();
  const base = `http://127.0.0.1:${server.port}`;
  for (
    const [method, path, status, text] of [
      ["GET", "/healthz", 200, "ok\n"],
      ["GET", "/healthz?verbose=1", 200, "ok\n"],
      ["HEAD", "/healthz", 200, ""],
      ["HEAD", "/", 200, ""],
      ["GET", "/nothing", 404, undefined],
      ["GET", "/constructor", 404, undefined],
      ["POST", "/nothing", 404, undefined],
      ["POST", "/healthz", 405, undefined],
      ["DELETE", "/", 405, undefined],
      ["OPTIONS", "/", 405, undefined],
      ["GET", "/ws", 426, undefined],
    ] as const
  ) {
    const response = await fetch(base + path, { method });
    const body = await response.text();
    assertEquals(response.status, status, `${method} ${path}`);
    if (text !== undefined) assertEquals(body, text, `${method} ${path}`);
    if (status === 405) assertEquals(response.headers.get("allow"), "GET, HEAD");
  }
});

Deno.test("every answer has the headers that keep a browser from doing more with it", async () => {
  await using server = await startServer();
  const requests = [
    get("/"),
    get("/healthz"),
    get("/nothing"),
    get("/ws"),
    get("/", "Upgrade: h2c", "Connection: Upgrade"),
    get("/", `X: ${"x".repeat(20_000)}`),
    "GET / HTTP/1.1\r\n\r\n",
    "GET nonsense\r\n\r\n",
    upgradeRequest(server.port, { Origin: "http://evil.example" }),
  ];
  for (const request of requests) {
    const head = (await answerTo(server.port, request)).split("\r\n\r\n")[0]!;
    for (
      const header of [
        /^content-security-policy: default-src 'none'; .*frame-ancestors 'none'$/im,
        /^x-content-type-options: nosniff$/im,
        /^referrer-policy: no-referrer$/im,
        /^cross-origin-opener-policy: same-origin$/im,
        /^x-frame-options: DENY$/im,
        /^connection: close$/im,
        /^content-length: \d+$/im,
      ]
    ) assertMatch(head, header, request.slice(0, 60));
  }
});

Deno.test("the page's files are its own, kept for ever, and compressed for whoever takes that", async () => {
  await using server = await startServer();
  const [, page] = parts(await answerTo(server.port, get("/")));
  const paths = [...page.matchAll(/ (?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  assertEquals(new Set(paths.map((path) => path.split(".")[1])), new Set(["js", "css", "svg"]));
  for (const path of new Set(paths)) {
    const plain = await answerTo(server.port, get(path));
    assertMatch(plain, /^HTTP\/1.1 200 /, path);
    assertMatch(plain, /^cache-control: public, max-age=31536000, immutable$/im);
    assertMatch(plain, /^content-type: (text\/javascript|text\/css|image\/svg\+xml)/im);
    assertMatch(plain, /^vary: accept-encoding$/im);
    assert(!/^content-encoding/im.test(plain.split("\r\n\r\n")[0]!), path);
    // `fetch` asks for compression, and takes it off.
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    assertEquals(parts(plain)[1], await response.text());
    const head = await answerTo(server.port, get(path, "Accept-Encoding: br, gzip"));
    assertMatch(head, /^content-encoding: gzip$/im, path);
  }
});

Deno.test("a request byte by byte, slower than the silence of a person", async () => {
  await using server = await startServer();
  const client = await RawClient.connect(server.port);
  for (const byte of get("/healthz").slice(0, 12)) {
    await client.sendSegment(byte);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  client.send(get("/healthz").slice(12));
  assertEquals(parts(await client.untilEnd()), [200, "ok\n"]);
});

Deno.test("somebody whose name starts like a method", async () => {
  await using server = await startServer();
  const person = await RawClient.connect(server.port);
  await person.sendSegment("GE");
  await person.until("Enter your username: ");
  person.send("RT\n");
  await person.until("Welcome, GERT!");
  const other = await RawClient.connect(server.port);
  other.send("GET\n");
  await other.until("Welcome, GET!");
  person.close();
  other.close();
});

Deno.test({
  name: "curl gets pages, and its offer of HTTP/2 is declined",
  ignore: !hasCommand("curl"),
  fn: async () => {
    await using server = await startServer();
    const url = `http://127.0.0.1:${server.port}/healthz`;
    for (const parameters of [[url], ["--http2", url], ["--http1.0", url]]) {
      const { stdout, stderr } = await run("curl", "-sS", "-m", "10", ...parameters);
      assertEquals([stdout, stderr], ["ok\n", ""]);
    }
  },
});

Deno.test("HTTP that is wrong, too large or too slow is told so, and closed", async () => {
  await using server = await startServer({ requestMilliseconds: 500 });
  const body = "x".repeat(70_000);
  for (
    const [what, request, status] of [
      ["headers of more than 16 KB", get("/", `X: ${"x".repeat(20_000)}`), 431],
      ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
      ["no HTTP", "GET nonsense\r\n\r\n", 400],
      ["headers that are none", "GET / HTTP/1.1\r\nno header\r\n\r\n", 400],
      ["a body of 70 KB", get("/", "Content-Length: 70000") + body, 413],
      [
        "a body of 70 KB in chunks",
        get("/", "Transfer-Encoding: chunked") + `11170\r\n${body}\r\n0\r\n\r\n`,
        413,
      ],
      ["a body that was announced", get("/", "Content-Length: 70000", "Expect: 100-continue"), 413],
      ["a small body", get("/", "Content-Length: 4") + "body", 200],
      ["a body that never ends", get("/", "Content-Length: 40") + "body", 408],
      ["headers that never end", "GET / HTTP/1.1\r\nHost: x\r\n", 408],
      ["CONNECT", "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n", 404],
    ] as const
  ) {
    const start = performance.now();
    assertEquals(parts(await answerTo(server.port, request))[0], status, what);
    assertLess(performance.now() - start, 2500, what);
  }
});

Deno.test("a slow-loris that sends a header line now and then is closed in time", async () => {
  await using server = await startServer({ requestMilliseconds: 500 });
  const loris = await RawClient.connect(server.port);
  loris.send("GET / HTTP/1.1\r\n");
  const drip = setInterval(() => loris.send("X: y\r\n"), 50);
  const start = performance.now();
  assertEquals(parts(await loris.untilEnd())[0], 408);
  assertLess(performance.now() - start, 2500);
  clearInterval(drip);
  loris.close();
});

Deno.test("without web pages HTTP gets a sentence, and no WebSocket", async () => {
  await using server = await startServer({ web: false });
  for (const request of [get("/"), get("/metrics"), upgradeRequest(server.port)]) {
    const [status, body] = parts(await answerTo(server.port, request));
    assertEquals([status, body], [
      404,
      "This server is a chat without web pages. Join it with nc.\n",
    ]);
  }
});

/** What a browser's WebSocket gets, message by message. */
class Messages {
  readonly #waiting: ((data: string) => void)[] = [];
  readonly #come: string[] = [];

  constructor(socket: WebSocket) {
    socket.onmessage = ({ data }) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#come.push(data);
      else next(data);
    };
  }

  // deno-lint-ignore no-explicit-any -- a test looks at whatever fields it expects
  async frame(type: string): Promise<any> {
    while (true) {
      const data = this.#come.shift() ??
        await new Promise<string>((resolve) => this.#waiting.push(resolve));
      const frame = JSON.parse(data);
      if (frame.type === type) return frame;
    }
  }
}

/** Opens a WebSocket as a browser does, and gives a name. */
async function join(server: TestServer, name: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
  const messages = new Messages(socket);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.send(JSON.stringify({ type: "hello", name }));
  await messages.frame("welcome");
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  return { socket, messages, closed };
}

Deno.test("P9 a browser's WebSocket talks with a person", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const person = await RawClient.join(server.port, "Person");
  const { socket, messages, closed } = await join(server, "browser");
  await person.until("browser has joined the chat! ***\n");
  socket.send(JSON.stringify({ type: "message", text: "grüß Gott 🌍", id: "1" }));
  assertEquals((await messages.frame("ack")).seq, 1);
  await person.until("browser: grüß Gott 🌍\n");
  person.send("日本\n");
  assertEquals((await messages.frame("message")).text, "日本");
  socket.send(JSON.stringify({ type: "message", text: "last words" }));
  socket.close(1000, "done");
  await person.until("browser: last words\n");
  await person.until("browser has left the chat. ***\n");
  assertEquals((await closed).wasClean, true);
  person.close();
});

Deno.test("when the server stops, a browser is told and closed in order", async () => {
  const server = await startServer();
  const { messages, closed } = await join(server, "browser");
  const stopped = server.server.stop();
  assertEquals((await messages.frame("bye")).reason, "shutdown");
  const { code, wasClean } = await closed;
  assertEquals([code, wasClean], [1000, true]);
  await stopped;
});

Deno.test("quit over WebSocket: bye, then the closing handshake", async () => {
  await using server = await startServer();
  const { socket, messages, closed } = await join(server, "browser");
  socket.send('{"type":"quit"}');
  assertEquals((await messages.frame("bye")).reason, "quit");
  assertEquals((await closed).code, 1000);
});

/** How opening a WebSocket ends for a page of that origin: open, or a status. */
function opens(port: number, origin: string | undefined, host?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new WsClient(`ws://127.0.0.1:${port}/ws`, {
      ...(origin === undefined ? undefined : { origin }),
      headers: { ...(host === undefined ? undefined : { Host: host }) },
    });
    client.on("open", () => {
      client.terminate();
      resolve("open");
    });
    client.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    client.on("error", reject);
  });
}

Deno.test("pages of other origins may not connect, unless they are allowed", async () => {
  await using server = await startServer({ allowedOrigins: ["https://chat.example"] });
  const { port } = server;
  assertEquals(await opens(port, undefined), "open", "no browser");
  assertEquals(await opens(port, `http://127.0.0.1:${port}`), "open", "the server's own page");
  assertEquals(await opens(port, `http://localhost:${port}`, `localhost:${port}`), "open");
  assertEquals(await opens(port, "https://chat.example"), "open", "allowed");
  assertEquals(await opens(port, "http://chat.example"), "403", "not the one that is allowed");
  assertEquals(await opens(port, "http://evil.example"), "403");
  assertEquals(await opens(port, "null"), "403", "a file, or a frame in a sandbox");
  assertEquals(await opens(port, `http://127.0.0.1:${port + 1}`), "403", "another port");
  assertEquals(
    await opens(port, `http://evil.example:${port}`, `evil.example:${port}`),
    "403",
    "a name that was pointed at this machine",
  );
  const refused = server.log.filter(({ event }) => event === "foreign origin refused");
  assertEquals(refused.map(({ fields }) => fields.origin)[1], "http://evil.example");
});

Deno.test("a WebSocket whose first message comes with the request", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port, clientFrame('{"type":"hello","name":"raw"}'));
  assertEquals((await raw.frame()).type, "welcome");
  raw.close();
});

Deno.test("messages in fragments, with pings between, byte by byte", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  const stream = Buffer.concat([
    clientFrame('{"type":"ping",', { isFinal: false }),
    clientFrame("are you there?", { opcode: OPCODE.ping }),
    clientFrame('"t":', { opcode: OPCODE.continuation, isFinal: false }),
    clientFrame("42}", { opcode: OPCODE.continuation }),
  ]);
  for (const byte of stream) await raw.client.sendSegment(new Uint8Array([byte]));
  const pong = await raw.next();
  assertEquals([pong.opcode, pong.payload.toString()], [OPCODE.pong, "are you there?"]);
  assertEquals(await raw.frame(), { type: "pong", t: 42 });
  raw.close();
});

Deno.test("control frames never get into the middle of others", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  const talker = await RawClient.connect(server.port);
  talker.sendFrame({ type: "hello", name: "talker" });
  await talker.frame("welcome");
  let pongs = 0;
  let messages = 0;
  const total = 2000;
  for (let number = 0; number < total; number++) {
    // Texts around the place where the header of a frame grows.
    talker.sendFrame({ type: "message", text: "x".repeat(number % 200), id: String(number) });
    if (number % 100 === 0) raw.send(`ping ${number}`, { opcode: OPCODE.ping });
  }
  while (messages < total - 10 || pongs < total / 100) {
    const { opcode, payload } = await raw.next();
    if (opcode === OPCODE.pong) {
      assertEquals(payload.toString(), `ping ${100 * pongs++}`);
      continue;
    }
    const frame = JSON.parse(payload.toString());
    if (frame.type === "message") assertEquals(frame.seq, ++messages);
  }
  raw.close();
  talker.close();
});

Deno.test("WebSocket frames that are wrong close with the code that says why", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const watcher = await RawClient.join(server.port, "watcher");
  for (
    const [what, code, bytes] of [
      ["a message over the limit", 1009, clientFrame("x".repeat(32_769))],
      [
        "fragments over the limit together",
        1009,
        Buffer.concat([
          clientFrame("x".repeat(20_000), { isFinal: false }),
          clientFrame("x".repeat(20_000), { opcode: OPCODE.continuation }),
        ]),
      ],
      [
        "a declared length of 4 GB",
        1009,
        Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]),
      ],
      ["a binary message", 1003, clientFrame("{}", { opcode: OPCODE.binary })],
      ["a frame without a mask", 1002, clientFrame("{}", { isMasked: false })],
      ["a reserved bit", 1002, clientFrame("{}", { reserved: 4 })],
      ["an unknown opcode", 1002, clientFrame("{}", { opcode: 5 })],
      ["a continuation of nothing", 1002, clientFrame("{}", { opcode: OPCODE.continuation })],
      ["what is not UTF-8", 1007, clientFrame(new Uint8Array([0xff, 0xfe]))],
    ] as const
  ) {
    const raw = await RawWebSocket.open(server.port);
    raw.sendFrame({ type: "hello", name: "wrong" });
    await raw.frame("welcome");
    await watcher.until("wrong has joined the chat! ***\n");
    raw.client.send(bytes);
    assertEquals(await raw.closeCode(), code, what);
    await watcher.until("wrong has left the chat. ***\n");
    raw.send(Buffer.from([code >> 8, code & 0xff]), { opcode: OPCODE.close });
    await raw.client.untilEnd();
    raw.close();
  }
  watcher.send("/users\n");
  await watcher.until("Online users (1): watcher\n");
  watcher.close();
});

Deno.test("JSON over WebSocket that is no frame is an error, and the connection lives", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  for (const [message, code] of [["{", "invalid_json"], ['"x"', "invalid_json"]] as const) {
    raw.send(message);
    assertEquals((await raw.frame()).code, code);
  }
  raw.send("");
  raw.send("x".repeat(32_768));
  assertEquals((await raw.frame()).code, "invalid_json", "the limit itself is taken");
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  raw.close();
});

Deno.test("a WebSocket that ends without a closing frame has left", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const watcher = await RawClient.join(server.port, "watcher");
  for (const end of ["close", "reset", "half"] as const) {
    const raw = await RawWebSocket.open(server.port);
    raw.sendFrame({ type: "hello", name: end });
    await watcher.until(`${end} has joined the chat! ***\n`);
    if (end === "close") raw.client.close();
    else if (end === "reset") raw.client.reset();
    else raw.client.socket.end();
    await watcher.until(`${end} has left the chat. ***\n`);
    raw.close();
  }
  watcher.close();
});

Deno.test("a WebSocket that does not read learns what it missed", async () => {
  await using server = await startServer({
    outbox: { softBytes: 64 * 1024, softMilliseconds: 60_000, hardBytes: 256 * 1024 },
  });
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "stuck" });
  await raw.frame("welcome");
  const talker = await RawClient.connect(server.port);
  talker.sendFrame({ type: "hello", name: "talker" });
  await talker.frame("welcome");
  raw.client.socket.pause();
  const text = "x".repeat(4000);
  const total = 4000;
  for (let number = 1; number <= total; number++) {
    talker.sendFrame({ type: "message", text, id: String(number) });
    if (number % 50 === 0) { while ((await talker.frame("ack")).id !== String(number)); }
  }
  raw.client.socket.resume();
  let got = 0;
  let skipped = 0;
  while (got + skipped < total) {
    const frame = await raw.frame();
    raw.client.forget();
    if (frame.type === "message") got++;
    if (frame.type === "skipped") skipped = frame.count;
  }
  assertEquals(got + skipped, total, "every message was either sent or counted");
  assert(skipped > 0);
  raw.close();
  talker.close();
});

Deno.test("a silent WebSocket is pinged, and dropped when it does not answer", async () => {
  await using server = await startServer({ pingMilliseconds: 60 });
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  for (let count = 0; count < 5; count++) {
    assertEquals((await raw.next()).opcode, OPCODE.ping);
    raw.send("", { opcode: OPCODE.pong });
  }
  await raw.client.untilEnd();
  raw.close();
});

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
