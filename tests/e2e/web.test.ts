/**
 * Browsers on the chat's port: pages, and HTTP that is wrong, slow or too large.
 */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { hostname } from "node:os";
import { DEFAULT_SERVER_OPTIONS } from "../../server/options.ts";
import { hasCommand, run } from "../support/commands.ts";
import { readMetric, untilMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { clientFrame, upgradeRequest } from "../support/websocket_frames.ts";
import { startServer } from "../support/server.ts";

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

/** A request whose answer is the last one of its connection. */
const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: localhost:8080", "Connection: close", ...headers, "", ""]
    .join("\r\n");

/** The head of a request with a body in chunks. */
const CHUNKED = get("/", "Transfer-Encoding: chunked");

Deno.test("the page tells how to join at the address that the browser used", async () => {
  await using server = await startServer();
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const page = await response.text();
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert(page.includes(`<pre>nc 127.0.0.1 ${server.port}</pre>`), page);
  assert(page.includes(`<pre>hubbub chat 127.0.0.1:${server.port}</pre>`), page);
  const [, elsewhere] = parts(await answerTo(server.port, get("/")));
  assert(elsewhere.includes("<pre>nc localhost 8080</pre>"), elsewhere);
});

Deno.test("what a Host header says cannot get into the page or a command", async () => {
  await using server = await startServer();
  for (const host of ["<script>", "a;reboot", "$(reboot)", "a b", "a/../b", "x'y", "@", ""]) {
    const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const [status, page] = parts(await answerTo(server.port, request));
    assertEquals(status, 421, host);
    assert(host === "" || !page.includes(host), page);
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

Deno.test("the page's files are its own, kept for ever, and compressed for clients that accept it", async () => {
  await using server = await startServer();
  const [, page] = parts(await answerTo(server.port, get("/")));
  const paths = [...page.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, path]) => `/${path}`);
  assertEquals(
    new Set(paths.map((path) => path.split(".")[1])),
    new Set(["js", "css", "json", "svg"]),
  );
  for (const path of new Set(paths)) {
    const plain = await answerTo(server.port, get(path));
    assertMatch(plain, /^HTTP\/1.1 200 /, path);
    assertMatch(plain, /^cache-control: public, max-age=31536000, immutable$/im);
    assertMatch(
      plain,
      /^content-type: (text\/javascript|text\/css|application\/manifest\+json|image\/svg\+xml)/im,
    );
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

Deno.test("a user whose name starts like a method", async () => {
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

Deno.test("HTTP that is wrong, too large or too slow gets the reason, and is closed", async () => {
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
        200,
      ],
      ["a body that was announced", get("/", "Content-Length: 70000", "Expect: 100-continue"), 413],
      ["a small body", get("/", "Content-Length: 4") + "body", 200],
      ["a body that never ends", get("/", "Content-Length: 40") + "body", 200],
      ["17 KB in many short headers", get("/", ..."X: y\n".repeat(3000).trim().split("\n")), 431],
      ["over 100 headers", get("/", ..."X:\n".repeat(200).trim().split("\n")), 431],
      ["two Hosts", get("/", "Host: localhost:8080"), 400],
      ["a long target", get("/".padEnd(3000, "x")), 414],
      ["trailers of 20 KB", `${CHUNKED}0\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 200],
      ["headers that never end", "GET / HTTP/1.1\r\nHost: x\r\n", 408],
      ["CONNECT", "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n", 421],
      ["an unknown coding", get("/", "Transfer-Encoding: gzip, chunked"), 501],
      ["a length beside chunks", get("/", "Content-Length: 4", "Transfer-Encoding: chunked"), 400],
      ["two lengths", get("/", "Content-Length: 4", "Content-Length: 4") + "body", 400],
      ["a list of lengths", get("/", "Content-Length: 4, 4") + "body", 400],
      ["a length with a sign", get("/", "Content-Length: +4") + "body", 400],
      ["a folded header", get("/", "X: a", " b"), 400],
      ["a space before a colon", get("/", "X : a"), 400],
      ["a carriage return in a header", get("/", "X: a\rY: b"), 400],
      ["a line feed as line end", get("/").replaceAll("\r\n", "\n"), 400],
      ["CONNECT to here", "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", 404],
    ] as const
  ) {
    const start = performance.now();
    assertEquals(parts(await answerTo(server.port, request))[0], status, what);
    assertLess(performance.now() - start, DEFAULT_SERVER_OPTIONS.requestMilliseconds, what);
  }
});

Deno.test("a slow-loris that sends a header line now and then is closed in time", async () => {
  await using server = await startServer({ requestMilliseconds: 500 });
  const loris = await RawClient.connect(server.port);
  loris.send("GET / HTTP/1.1\r\n");
  const drip = setInterval(() => loris.send("X: y\r\n"), 50);
  const start = performance.now();
  assertEquals(parts(await loris.untilEnd())[0], 408);
  assertLess(performance.now() - start, DEFAULT_SERVER_OPTIONS.requestMilliseconds);
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

Deno.test("every path is closed to a name that was pointed at this machine (DNS rebinding)", async () => {
  await using server = await startServer({ allowedHosts: ["chat.lan"] });
  const { port } = server;
  const paths = ["/", "/healthz", "/metrics", "/ws", "/nothing", "/page.js"];
  for (const path of paths) {
    const ask = (host: string) =>
      answerTo(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const [status, body] = parts(await ask(`evil.example:${port}`));
    assertEquals(status, 421, path);
    assert(body.includes("--allow-host"), body);
    const name = hostname();
    for (
      const host of [`127.0.0.1:${port}`, "[::1]", "localhost", name, `${name}.local`, "chat.lan"]
    ) {
      const [status] = parts(await ask(host));
      assert(status !== 421 && status > 0, `${path} of ${host}: ${status}`);
    }
  }
  const upgrade = upgradeRequest(port, { Host: "evil.example" });
  assertEquals(parts(await answerTo(port, upgrade))[0], 421);
  const twice = upgradeRequest(port).replace("\r\n", "\r\nHost: evil.example\r\n");
  assertEquals(parts(await answerTo(port, twice))[0], 400);
});

Deno.test("forwarding headers: the address and the scheme of the client, from a trusted proxy only", async () => {
  for (const trustedProxies of [[], ["127.0.0.1"]]) {
    await using server = await startServer({ trustedProxies, allowedHosts: ["chat.lan"] });
    const isTrusted = trustedProxies.length > 0;
    const raw = await RawClient.connect(server.port, "latin1");
    raw.send(upgradeRequest(server.port, {
      "Origin": "https://chat.lan",
      "X-Forwarded-For": "203.0.113.9",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "chat.lan",
    }));
    const answer = await raw.until("\r\n\r\n");
    // The page's origin is the one that the browser sees.
    assertMatch(answer, isTrusted ? /^HTTP\/1.1 101 / : /^HTTP\/1.1 403 /);
    if (isTrusted) {
      raw.send(clientFrame('{"type":"hello","name":"Ann"}'));
      await raw.until('"welcome"');
      const joined = server.log.find(({ event }) => event === "joined");
      assertMatch(String(joined?.fields.address), /^203\.0\.113\.9\b/);
    }
    raw.close();
    const [, page] = parts(
      await answerTo(
        server.port,
        get("/", "X-Forwarded-Proto: https", "X-Forwarded-Host: chat.lan"),
      ),
    );
    const command = isTrusted
      ? "openssl s_client -quiet -connect chat.lan:443"
      : "nc localhost 8080";
    assert(page.includes(`<pre>${command}</pre>`), page);
  }
});

Deno.test("web: a connection that is reset, before or after the answer, is no bad request", async () => {
  await using server = await startServer();
  const kept = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (let round = 0; round < 10; round++) {
    for (const request of [kept, get("/healthz"), "GET /healthz HTTP/1.0\r\n\r\n"]) {
      const answered = await RawClient.connect(server.port);
      answered.send(request);
      await answered.until("ok\n");
      answered.socket.resetAndDestroy();
      const unfinished = await RawClient.connect(server.port);
      unfinished.send(request.slice(0, -2));
      await untilMetric(server.port, "hubbub_pending_connections", 2);
      unfinished.socket.resetAndDestroy();
      await untilMetric(server.port, "hubbub_pending_connections", 1);
    }
  }
  assertEquals(await readMetric(server.port, 'hubbub_refused_total{reason="http"}'), 0);
});
