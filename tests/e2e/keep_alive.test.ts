/** Several requests on one connection with HTTP. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { hasCommand, run } from "../support/commands.ts";
import { eventually } from "../support/eventually.ts";
import { hasProxy, startNginx } from "../support/front_proxy.ts";
import { type HttpAnswer, HttpClient, httpRequest } from "../support/http_answers.ts";
import { readMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { clientFrame, upgradeRequest } from "../support/websocket_frames.ts";

const TOKEN = "0123456789abcdef";
const hooks = [{ room: "alerts", token: TOKEN }];

const HEALTHZ = httpRequest("GET /healthz");

const post = (text: string, headers: readonly string[] = [], room = "lobby") =>
  httpRequest(`POST /rooms/${room}`, [`Content-Length: ${text.length}`, ...headers], text);

const inChunks = (line: string, ...chunks: readonly string[]) =>
  httpRequest(
    line,
    ["Transfer-Encoding: chunked"],
    [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join(""),
  );

const statuses = (answers: readonly HttpAnswer[]) => answers.map(({ status }) => status);

Deno.test("keep-alive: requests of any kind follow each other, in one write or byte by byte", async () => {
  const data = await Deno.makeTempDir();
  try {
    await using server = await startServer({ hooks, data, storeFilesBytes: 1_000_000 });
    const file = "a stored file, ".repeat(10_000);
    const kinds: readonly (readonly [request: string, status: number, body: string | RegExp])[] = [
      [HEALTHZ, 200, "ok\n"],
      [httpRequest("HEAD /healthz"), 200, ""],
      [post("one"), 201, /"seq":1,/],
      ["\r\n" + inChunks("POST /rooms/lobby", "t", "wo"), 201, /"seq":2,/],
      [post(""), 400, /"text_empty"/],
      [httpRequest("GET /rooms/lobby/messages?limit=1", ["Accept: text/plain"]), 200, / two\n$/],
      [httpRequest("HEAD /rooms/none/messages"), 404, ""],
      [httpRequest("GET /rooms/none/messages"), 404, /"no_such_room"/],
      [httpRequest("GET /rooms/lobby/messages", ["If-None-Match: *"]), 304, ""],
      [httpRequest("OPTIONS /rooms/lobby"), 204, ""],
      [httpRequest("GET /nothing"), 404, /^Not found/],
      [httpRequest("HEAD /nothing"), 404, ""],
      [httpRequest("GET /page.js"), 404, /./],
      [httpRequest("GET /", ["Accept-Encoding: gzip"]), 200, /^.\x8b/],
      [httpRequest("GET /", ["Connection: upgrade", "Upgrade: h2c"]), 200, /^<!/],
      [inChunks(`POST /hooks/${TOKEN}`, '{"text":', '"x"}'), 200, "ok"],
      [
        httpRequest("PUT /rooms/lobby/files/a.txt", [`Content-Length: ${file.length}`], file),
        201,
        /"size":150000,/,
      ],
      [inChunks("PUT /rooms/lobby/files/b.txt", file.slice(0, 7), file.slice(7)), 201, /"b.txt"/],
      [httpRequest("GET /metrics"), 200, /hubbub_/],
    ];
    using once = await HttpClient.connect(server.port);
    const answers = await once.answers(...kinds.map(([request]) => request));
    for (const [index, [request, status, body]] of kinds.entries()) {
      const answer = answers[index]!;
      const what = `${request.slice(0, 60)}: ${answer.body.slice(0, 300)}`;
      assertEquals(answer.status, status, what);
      if (typeof body === "string") assertEquals(answer.body, body, what);
      else assert(body.test(answer.body), what);
      assertEquals(answer.headers.get("connection"), "keep-alive", what);
      assertEquals(answer.headers.get("keep-alive"), "timeout=10", what);
    }
    const { hash } = JSON.parse(answers[16]!.body);
    const read = (headers: string[], method = "GET") =>
      httpRequest(`${method} /files/${hash}/a.txt`, headers);
    const parts = await once.answers(
      read([]),
      read(["Range: bytes=2-7"]),
      read([], "HEAD"),
      read([`If-None-Match: "${hash}"`]),
      read(["Range: bytes=150000-"]),
      HEALTHZ,
    );
    assertEquals(statuses(parts), [200, 206, 200, 304, 416, 200]);
    assertEquals([parts[0]!.body === file, parts[1]!.body], [true, "stored"]);
    assertEquals(parts[2]!.headers.get("content-length"), "150000");
    using slow = await HttpClient.connect(server.port);
    const requests = [HEALTHZ, inChunks("POST /rooms/lobby", "x", "yz"), post("abc"), HEALTHZ];
    for (const byte of requests.join("")) await slow.raw.sendSegment(byte);
    assertEquals(statuses(await slow.answers()), []);
    for (const request of requests) {
      const { status } = await slow.answer();
      assertEquals(status, request === HEALTHZ ? 200 : 201, request);
    }
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("keep-alive: a client and a request end the connection, and nothing behind is a request", async () => {
  await using server = await startServer({ requestMilliseconds: 2000 });
  const evil = post("evil");
  const cases: readonly (readonly [what: string, request: string, statuses: number[]])[] = [
    ["close", httpRequest("GET /healthz", ["Connection: close"]) + evil, [200]],
    ["a list with close", httpRequest("GET /healthz", ["Connection: te, Close"]) + evil, [200]],
    ["HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n" + evil, [200]],
    ["an unread body", httpRequest("GET /healthz", [`Content-Length: ${evil.length}`], evil), [
      200,
    ]],
    ["unread chunks", inChunks("GET /healthz", evil), [200]],
    ["a wrong method with a body", inChunks("DELETE /rooms/lobby", evil), [405]],
    [
      "a body that is too large",
      httpRequest("POST /rooms/lobby", ["Content-Length: 40000"], evil),
      [413],
    ],
    [
      "chunks that are too large",
      httpRequest("POST /rooms/lobby", ["Transfer-Encoding: chunked"], "8001\r\n" + evil),
      [413],
    ],
    [
      "invalid chunks",
      httpRequest("POST /rooms/lobby", ["Transfer-Encoding: chunked"], "x\r\n" + evil),
      [400],
    ],
    [
      "a length beside chunks",
      httpRequest(
        "POST /rooms/lobby",
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        "0\r\n\r\n" + evil,
      ),
      [400],
    ],
    [
      "two lengths",
      httpRequest(
        "POST /rooms/lobby",
        ["Content-Length: 0", `Content-Length: ${evil.length}`],
        evil,
      ),
      [400],
    ],
    [
      "two codings",
      httpRequest(
        "POST /rooms/lobby",
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        "0\r\n\r\n" + evil,
      ),
      [400],
    ],
    ["an unknown coding", httpRequest("POST /rooms/lobby", ["Transfer-Encoding: identity"], evil), [
      501,
    ]],
    ["chunks of HTTP/1.0", inChunks("POST /rooms/lobby", "x").replace("1.1", "1.0") + evil, [400]],
    ["a foreign host", HEALTHZ.replace("localhost", "evil.example") + evil, [421]],
    ["a request without a host", "GET /healthz HTTP/1.1\r\n\r\n" + evil, [400]],
    ["a request that is none", "GET nonsense\r\n\r\n" + evil, [400]],
    ["a refused WebSocket", upgradeRequest(server.port, { Origin: "http://evil.example" }) + evil, [
      403,
    ]],
    ["CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n" + evil, [404]],
    ["over 100 headers", httpRequest("GET /healthz", Array(150).fill("X: y")) + evil, [431]],
    ["a second request that is none", HEALTHZ + "nonsense\r\n" + evil, [200, 400]],
    ["half a request", HEALTHZ + "GET / HTTP/1.1\r\n", [200, 408]],
  ];
  for (const [what, request, expected] of cases) {
    using client = await HttpClient.connect(server.port);
    client.send(request);
    for (const [index, status] of expected.entries()) {
      const answer = await client.answer();
      assertEquals(answer.status, status, what);
      const isLast = index === expected.length - 1;
      assertEquals(answer.headers.get("connection"), isLast ? "close" : "keep-alive", what);
    }
    assertEquals(await client.raw.untilEnd(), "", what);
  }
  using reader = await HttpClient.connect(server.port);
  const [{ body }] = await reader.answers(httpRequest("GET /rooms/lobby/messages")) as [HttpAnswer];
  assertEquals(JSON.parse(body).messages, []);
});

Deno.test("keep-alive: HTTP/1.0 asks for it; a client that has closed its side gets all answers", async () => {
  await using server = await startServer();
  using old = await HttpClient.connect(server.port);
  const request = "GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
  for (const answer of await old.answers(request, request)) {
    assertEquals([answer.status, answer.headers.get("connection")], [200, "keep-alive"]);
  }
  using half = await HttpClient.connect(server.port);
  half.raw.socket.end(HEALTHZ + post("x") + HEALTHZ);
  const ends = [await half.answer(), await half.answer(), await half.answer()];
  assertEquals(statuses(ends), [200, 201, 200]);
  assertEquals(await half.raw.untilEnd(), "");
});

Deno.test("keep-alive: an idle connection is closed without a word", async () => {
  await using server = await startServer({ requestMilliseconds: 300 });
  using idle = await HttpClient.connect(server.port);
  const [first] = await idle.answers(HEALTHZ);
  assertEquals(first!.headers.get("keep-alive"), "timeout=0");
  assertEquals(await idle.raw.untilEnd(), "");
  assertEquals(await readMetric(server.port, 'hubbub_refused_total{reason="http"}'), 0);
});

Deno.test("keep-alive: a connection has a last request", async () => {
  await using server = await startServer();
  using busy = await HttpClient.connect(server.port);
  busy.send(HEALTHZ.repeat(1100));
  for (let number = 1; number <= 1000; number++) {
    const { headers } = await busy.answer();
    assertEquals(headers.get("connection"), number < 1000 ? "keep-alive" : "close", `${number}`);
  }
  assertEquals(await busy.raw.untilEnd(), "");
});

Deno.test("keep-alive: a client that does not read its answers gets no further ones", async () => {
  await using server = await startServer({ requestMilliseconds: 500 });
  using greedy = await HttpClient.connect(server.port);
  const [page] = await greedy.answers(httpRequest("GET /"));
  const [, script] = /src="(page-\w+\.js)"/.exec(page!.body)!;
  greedy.raw.socket.pause();
  // Hundreds of kilobytes each: more than the system keeps for both sides.
  greedy.send((httpRequest(`GET /${script}`) + post("x")).repeat(400));
  // No requests meanwhile: their client would share the event loop with a server that has much to do.
  await eventually(() => {
    greedy.send("x");
    return greedy.raw.isEnded;
  }, "the end of the connection");
  assertLess(await readMetric(server.port, "hubbub_messages_total"), 400);
});

Deno.test("keep-alive: a stop of the server closes idle connections at once", async () => {
  const server = await startServer();
  using idle = await HttpClient.connect(server.port);
  await idle.answers(HEALTHZ);
  const start = performance.now();
  await server[Symbol.asyncDispose]();
  assertLess(performance.now() - start, 2000);
  assertEquals(await idle.raw.untilEnd(), "");
});

Deno.test("keep-alive: a stop lets bodies and downloads end, and does not wait for clients without an end", async () => {
  const data = await Deno.makeTempDir();
  try {
    const server = await startServer({
      data,
      storeFilesBytes: 200_000_000,
      maxFileBytes: 100_000_000,
    });
    const base = `http://127.0.0.1:${server.port}/rooms/lobby/files/big`;
    const size = 16 * 1024 * 1024; // more than the system takes for a client that does not read
    const posted = await fetch(base, { method: "PUT", body: new Uint8Array(size) });
    const { hash } = await posted.json();
    const ann = await RawClient.join(server.port, "Ann");
    ann.socket.allowHalfOpen = true; // like `nc`, which closes with its input
    const reader = await RawClient.connect(server.port, "latin1");
    reader.send(httpRequest(`GET /files/${hash}/big`));
    await reader.until("HTTP/1.1 200 OK\r\n");
    reader.socket.pause();
    const bodies = [
      ["POST /rooms/lobby", "Content-Length: 4", "half"],
      ["POST /rooms/lobby", "Transfer-Encoding: chunked", "4\r\nhalf\r\n0\r\n\r\n"],
      ["PUT /rooms/lobby/files/a", "Content-Length: 4", "half"],
    ] as const;
    const clients = await Promise.all(bodies.map(async ([line, header]) => {
      const client = await HttpClient.connect(server.port);
      client.send(httpRequest(line, [header, "Expect: 100-continue"]));
      await client.raw.until("100 Continue\r\n\r\n");
      return client;
    }));
    const start = performance.now();
    const stopped = server[Symbol.asyncDispose]();
    await ann.until("The server is shutting down.");
    for (const [index, client] of clients.entries()) client.send(bodies[index]![2]);
    const answers = await Promise.all(clients.map((client) => client.answer()));
    assertEquals(statuses(answers), [201, 201, 201]);
    reader.socket.resume();
    assert((await reader.untilEnd()).length > size);
    await stopped;
    assertLess(performance.now() - start, 4000);
    for (const client of [ann, reader, ...clients.map(({ raw }) => raw)]) client.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("keep-alive: a WebSocket follows other requests on its connection", async () => {
  await using server = await startServer();
  for (const isPipelined of [true, false]) {
    using client = await HttpClient.connect(server.port);
    const name = isPipelined ? "Ann" : "Bob";
    const socket = [upgradeRequest(server.port), clientFrame(`{"type":"hello","name":"${name}"}`)];
    if (isPipelined) {
      client.send(HEALTHZ);
      for (const bytes of socket) client.send(bytes);
      assertEquals((await client.answer()).status, 200);
    } else {
      assertEquals(statuses(await client.answers(HEALTHZ)), [200]);
      for (const bytes of socket) client.send(bytes);
    }
    await client.raw.until("HTTP/1.1 101 ");
    await client.raw.until('"welcome"');
  }
});

Deno.test("keep-alive: each request of a trusted proxy counts for its own client", async () => {
  await using server = await startServer({
    ...{ trustedProxies: ["127.0.0.1"], maxPerAddress: 1, rate: { burst: 1, perSecond: 0.001 } },
  });
  using proxy = await HttpClient.connect(server.port);
  const from = (address: string, text = "x") => post(text, [`X-Forwarded-For: ${address}`]);
  const answers = await proxy.answers(
    from("192.0.2.1"),
    from("192.0.2.1"),
    from("192.0.2.2"),
    from("192.0.2.2"),
    HEALTHZ,
  );
  assertEquals(statuses(answers), [201, 429, 201, 429, 200]);
  assertEquals(answers[0]!.headers.get("keep-alive"), "timeout=75");
  // The idle connection takes the place of no client.
  using other = await HttpClient.connect(server.port);
  const [answer] = await other.answers(httpRequest("GET /healthz", ["X-Forwarded-For: 192.0.2.2"]));
  assertEquals(answer!.status, 200);
  assertEquals(await readMetric(server.port, 'hubbub_refused_total{reason="http"}'), 2);
});

Deno.test("keep-alive: an idle connection takes a place of its address", async () => {
  await using server = await startServer({ maxPerAddress: 1 });
  using idle = await HttpClient.connect(server.port);
  assertEquals(statuses(await idle.answers(HEALTHZ)), [200]);
  using refused = await HttpClient.connect(server.port);
  assertEquals(statuses(await refused.answers(HEALTHZ)), [429]);
  assertEquals(statuses(await idle.answers(HEALTHZ)), [200]);
});

Deno.test({
  name: "keep-alive: curl uses its connection again",
  ignore: !hasCommand("curl"),
  fn: async () => {
    await using server = await startServer();
    const url = `http://127.0.0.1:${server.port}`;
    const text = ["-d", "x", `${url}/rooms/lobby`];
    const { stdout, stderr } = await run(
      "curl",
      "-vsS",
      "-m",
      "20",
      ...text,
      "--next",
      "-vsS",
      ...text,
    );
    assertEquals(stdout.match(/"seq":\d/g), ['"seq":1', '"seq":2']);
    assert(/Re-using existing (http: )?connection/.test(stderr), stderr);
    assertEquals(await readMetric(server.port, "hubbub_connections_total"), 2);
  },
});

Deno.test({
  name: "keep-alive: nginx keeps its connections for requests of several clients",
  ignore: !hasProxy("nginx"),
  fn: async () => {
    await using server = await startServer({ trustedProxies: ["127.0.0.1"] });
    const port = await freePort();
    const document = await Deno.readTextFile(new URL("../../docs/HTTP.md", import.meta.url));
    const configuration = /```nginx\n([^]*?)```/.exec(document)![1]!
      .replace("127.0.0.1:8080", `127.0.0.1:${server.port}`)
      .replace("listen 80", `listen 127.0.0.1:${port}`)
      .replace("$proxy_add_x_forwarded_for", "$http_x_client");
    await using _nginx = await startNginx(configuration, [port]);
    for (let number = 1; number <= 20; number++) {
      const response = await fetch(`http://127.0.0.1:${port}/rooms/lobby`, {
        method: "POST",
        headers: { "X-Client": `192.0.2.${number}` },
        body: `${number}`,
      });
      assertEquals([response.status, (await response.json()).seq], [201, number]);
    }
    const total = await readMetric(server.port, "hubbub_connections_total");
    assertLess(total, 5, "connections of 20 requests and of the metrics");
  },
});
