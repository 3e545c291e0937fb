/**
 * Files that a server keeps: posted with PUT, read with GET, by clients that have only HTTP.
 */

import { assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { readMetric } from "../support/metrics.ts";
import { startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { fillDisk, freeDisk, onSmallDisk } from "../support/small_disk.ts";
import { PNG, scene, sha256 } from "../support/stored_files.ts";

/** Sends a request as it stands and returns the whole answer. */
async function answerTo(port: number, request: string, ...more: Uint8Array[]): Promise<string> {
  const client = await RawClient.connect(port);
  client.send(request);
  for (const bytes of more) client.send(bytes);
  const answer = await client.untilEnd();
  client.close();
  return answer;
}

const requestOf = (token: string, headers: string, path = "/rooms/lobby/files/a.txt") =>
  `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`;

Deno.test("a posted file is a message with its address for all clients, and stays one", async () => {
  await using here = await scene();
  const { server: { port }, ann, put } = here;
  const nat = await RawClient.join(port, "Nat");
  const posted = await put("b%C3%BC%20c.png", PNG, { "Host": "x" });
  assertEquals(posted.status, 201);
  const hash = sha256(PNG);
  const url = `http://127.0.0.1:${port}/files/${hash}/b%C3%BC%20c.png`;
  const file = { name: "bü c.png", size: PNG.length, type: "image/png", hash, url };
  const { time, ...rest } = await posted.json();
  assertEquals(rest, { room: "lobby", seq: 1, ...file });
  assertEquals(posted.headers.get("location"), url);
  const message = {
    ...{ type: "message", seq: 1, room: "lobby", from: "Ann", time, file },
    text: `bü c.png (33 bytes) ${url}`,
  };
  assertEquals(await ann.frame("message"), message, "the sender gets it as well");
  assertMatch(await nat.until(/Ann: .*\n/), /\] Ann: bü c\.png \(33 bytes\) http:\/\/\S+\n$/);
  ann.sendFrame({ type: "history" });
  assertEquals((await ann.frame("history")).messages, [message]);
  const { client: late, welcome } = await RawClient.hello(port, {
    ...{ name: "Ann", resume: { session: here.token, rooms: { lobby: 0 } } },
  });
  assertEquals([welcome.resumed, welcome.maxStoredFile], [true, 999_424]);
  assertEquals(await late.frame("message"), message);
  for (const client of [nat, late]) client.close();
});

Deno.test("a stored file is read as a whole, in part, or not again; it has no rights", async () => {
  await using here = await scene();
  await (await here.put("a.html", PNG)).body?.cancel();
  const base = `http://127.0.0.1:${here.server.port}/files/${sha256(PNG)}`;
  const whole = await fetch(`${base}/a.html`);
  assertEquals(Buffer.from(await whole.arrayBuffer()), PNG);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
  const { headers } = whole;
  assertEquals(
    ["content-type", "x-content-type-options", "content-security-policy", "content-disposition"]
      .map((name) => headers.get(name)),
    ["image/png", "nosniff", policy, "inline; filename=\"a.html\"; filename*=UTF-8''a.html"],
  );
  const tag = headers.get("etag")!;
  const answers: readonly (readonly [Record<string, string>, number, string])[] = [
    [{ "If-None-Match": `"x", W/${tag}` }, 304, ""],
    [{ Range: "bytes=1-3" }, 206, "PNG"],
    [{ Range: "bytes=-9" }, 206, "</script>"],
    [{ Range: "bytes=33-" }, 416, "The file has no such bytes.\n"],
    [{ Range: "bytes=1-3", "If-Range": tag }, 206, "PNG"],
    [{ Range: "bytes=1-3", "If-Range": '"x"' }, 200, PNG.toString("latin1")],
  ];
  for (const [headers, status, body] of answers) {
    const answer = await fetch(`${base}/a.html`, { headers });
    const text = Buffer.from(await answer.arrayBuffer()).toString("latin1");
    assertEquals([answer.status, text], [status, body], JSON.stringify(headers));
  }
  const head = await fetch(`${base}/a.html`, { method: "HEAD" });
  assertEquals([head.headers.get("content-length"), await head.text()], ["33", ""]);
  // A name in the address is the client's own: it is never more than a name.
  const named = await fetch(`${base}/${encodeURIComponent('a"\r\nX-Evil: 1/..')}`, {
    method: "HEAD",
  });
  assertEquals(named.headers.get("x-evil"), null);
  assertMatch(named.headers.get("content-disposition")!, /^inline; filename="/);
});

Deno.test("what is not a picture by its bytes is only saved, whatever it is called", async () => {
  await using here = await scene();
  for (const [name, content] of [["a.png", "<html>"], ["a.svg", "<svg>"], ["empty", ""]] as const) {
    const bytes = Buffer.from(content);
    const { url, type } = await (await here.put(name, bytes, { "Content-Type": "image/png" }))
      .json();
    assertEquals(type, "application/octet-stream", name);
    const answer = await fetch(url);
    assertEquals(await answer.text(), content);
    assertEquals(answer.headers.get("content-type"), "application/octet-stream");
    assertMatch(answer.headers.get("content-disposition")!, /^attachment; /);
  }
});

Deno.test("requests for files that are refused have a status, a code and a sentence", async () => {
  await using here = await scene({ maxFileBytes: 100 });
  const { server: { port }, token, stored } = here;
  const { client: listener, welcome } = await RawClient.hello(port, {
    ...{ name: "", listen: true },
  });
  const ok = "Content-Length: 3\r\n";
  const long = "a".repeat(256);
  const cases: readonly (readonly [request: string, status: number, code: string])[] = [
    [requestOf("x", ok), 401, "no_session"],
    [requestOf(welcome.session, ok), 403, "nameless"],
    [requestOf(token, ok, "/rooms/tea/files/a"), 403, "not_in_room"],
    [requestOf(token, ok, `/rooms/lobby/files/${long}`), 400, "file_name_invalid"],
    [requestOf(token, ok, "/rooms/lobby/files/..%2F..%2Fa"), 400, "file_name_invalid"],
    [requestOf(token, ok, "/rooms/lobby/files/%2E%2E"), 400, "file_name_invalid"],
    [requestOf(token, ok, "/rooms/lobby/files/a%5Cb"), 400, "file_name_invalid"],
    [requestOf(token, ok, "/rooms/lobby/files/a%FF"), 400, "file_name_invalid"],
    [requestOf(token, ok, "/rooms/lobby/files/"), 400, "file_name_invalid"],
    [requestOf(token, ""), 411, "file_length_needed"],
    [requestOf(token, "Transfer-Encoding: chunked\r\n") + "x\r\n", 400, "file_incomplete"],
    [requestOf(token, "Transfer-Encoding: chunked\r\n") + "65\r\n", 413, "file_too_large"],
    [requestOf("x", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 401, "no_session"],
    [requestOf(token, "Content-Length: 101\r\n"), 413, "file_too_large"],
    [requestOf(token, "Content-Length: 9007199254740993\r\n"), 400, ""],
    [requestOf(token, "Content-Length: -1\r\n"), 400, ""],
    [requestOf(token, "Content-Length: 3\r\nContent-Length: 4\r\n"), 400, ""],
    [requestOf(token, ok, "/rooms/lobby/files/a/b"), 404, ""],
    [requestOf(token, ok, "/rooms/lobby/files"), 404, ""],
    [requestOf(token, `${ok}Origin: http://evil.example\r\n`), 403, "origin_refused"],
    [requestOf(token, ok).replace("PUT", "POST"), 405, "method_not_allowed"],
  ];
  for (const [request, status, code] of cases) {
    const answer = await answerTo(port, request, Buffer.from("abc"));
    assertEquals(Number(answer.slice(9, 12)), status, request + answer);
    if (code !== "") assertEquals(JSON.parse(answer.split("\r\n\r\n")[1]!).code, code, request);
  }
  const challenge = await answerTo(port, requestOf("x", ok), Buffer.from("abc"));
  assertStringIncludes(challenge, "\r\nWWW-Authenticate: Bearer\r\n");
  await eventually(() => stored().length === 0, "an empty folder");
  for (const path of ["x/a", `${"g".repeat(64)}/a`, `${sha256(PNG)}/a`, "..%2Fhubbub.db/a"]) {
    const answer = await fetch(`http://127.0.0.1:${port}/files/${path}`);
    assertEquals([answer.status, await answer.text()], [
      404,
      "There is no such file. Check the address.\n",
    ]);
  }
  listener.close();
});

Deno.test("a file whose SHA-256 differs from the announced one is not posted", async () => {
  await using here = await scene();
  const digest = (bytes: Uint8Array) =>
    `sha-256=:${Buffer.from(sha256(bytes), "hex").toString("base64")}:`;
  const wrong = await here.put("a", PNG, { "Repr-Digest": digest(Buffer.from("x")) });
  assertEquals([wrong.status, (await wrong.json()).code], [400, "file_hash_wrong"]);
  await eventually(() => here.stored().length === 0, "an empty folder");
  const damaged = await here.put("a", PNG, { "Content-Digest": digest(PNG).slice(0, -2) });
  assertEquals([damaged.status, (await damaged.json()).code], [400, "file_hash_invalid"]);
  const right = await here.put("a", PNG, { "Repr-Digest": digest(PNG) });
  assertEquals([right.status, (await right.json()).seq], [201, 1]);
});

Deno.test("an upload that is cut at any byte leaves nothing, and is not posted", async () => {
  await using here = await scene();
  const { server: { port }, token, stored, put } = here;
  const request = requestOf(token, `Content-Length: ${PNG.length}\r\n`);
  for (let cut = 0; cut < PNG.length; cut++) {
    const client = await RawClient.connect(port);
    await client.sendSegment(request);
    await client.sendSegment(PNG.subarray(0, cut));
    if (cut % 2 === 0) client.reset();
    else {
      client.socket.end();
      assertMatch(await client.untilEnd(), /^HTTP\/1\.1 400 .*file_incomplete/s);
      client.close();
    }
  }
  await eventually(() => stored().length === 0, "an empty folder");
  assertEquals((await (await put("a", PNG)).json()).seq, 1);
});

Deno.test("two uploads of the same file at once are two messages and one file", async () => {
  await using here = await scene();
  const content = Buffer.alloc(300_000, "x");
  const answers = await Promise.all(["a", "b", "c", "d"].map((name) => here.put(name, content)));
  const posted = await Promise.all(answers.map((answer) => answer.json()));
  assertEquals(posted.map(({ seq }) => seq).sort(), [1, 2, 3, 4]);
  assertEquals(here.stored(), [sha256(content)]);
  assertEquals(await readMetric(here.server.port, "hubbub_stored_files"), 1);
});

Deno.test("past the quota the oldest files go, and their addresses answer with 410", async () => {
  await using here = await scene();
  const urls: string[] = [];
  for (const fill of ["a", "b", "c", "d"]) {
    urls.push((await (await here.put(fill, Buffer.alloc(300_000, fill))).json()).url);
  }
  const statuses = () =>
    Promise.all(urls.map(async (url) => {
      const answer = await fetch(url);
      await answer.body?.cancel();
      return answer.status;
    }));
  assertEquals(await statuses(), [410, 200, 200, 200]);
  await eventually(() => here.stored().length === 3, "three files");
  assertEquals(await readMetric(here.server.port, "hubbub_evicted_files_total"), 1);
  here.server.server.change({ storeFilesBytes: 400_000 });
  await eventually(() => here.stored().length === 1, "one file");
  assertEquals(await statuses(), [410, 410, 410, 200]);
  here.server.server.change({ storeFilesBytes: null });
  const refused = await here.put("e", PNG);
  assertEquals([refused.status, (await refused.json()).code], [404, "no_stored_files"]);
  assertEquals(await statuses(), [404, 404, 404, 404]);
});

Deno.test("one more file at a time ends the oldest of its address", async () => {
  await using here = await scene({ maxFileBytes: 24_000_000, storeFilesBytes: 24_000_000 });
  const { server: { port }, token } = here;
  const uploads: RawClient[] = [];
  for (let count = 0; count < 33; count++) {
    const client = await RawClient.connect(port);
    client.send(requestOf(token, "Content-Length: 9\r\nExpect: 100-continue\r\n"));
    uploads.push(client);
    if (count < 32) await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  }
  assertMatch(await uploads[0]!.untilEnd(), /^HTTP\/1\.1 503 .*"files_busy"/s);
  uploads[1]!.send("123456789");
  assertMatch(await uploads[1]!.untilEnd(), /^HTTP\/1\.1 201 /);
  const content = Buffer.alloc(20_000_000);
  const { url } = await (await here.put("large", content)).json();
  const downloads: RawClient[] = [];
  for (let count = 0; count < 65; count++) {
    const client = await RawClient.connect(port, "latin1");
    client.socket.once("data", () => client.socket.pause());
    const path = new URL(url).pathname;
    client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await client.until("HTTP/1.1 200 OK");
    downloads.push(client);
  }
  // It ends without the whole content, and the next one goes on.
  const [first, second] = downloads;
  first!.socket.resume();
  await first!.untilEnd();
  assertLess(first!.received.length, content.length);
  second!.socket.resume();
  await second!.untilEnd();
  assertEquals(second!.received.split("\r\n\r\n")[1]!.length, content.length);
  for (const client of [...uploads, ...downloads]) client.close();
});

Deno.test("a full disk refuses a file, and the chat goes on", async () => {
  await onSmallDisk(async (disk) => {
    await using here = await scene({ data: disk });
    fillDisk(disk, 65_536);
    const full = await here.put("a", Buffer.alloc(500_000));
    assertEquals([full.status, (await full.json()).code], [503, "storage_failed"]);
    here.ann.sendFrame({ type: "message", text: "hi", id: "1" });
    assertEquals((await here.ann.frame("ack")).seq, 1);
    await eventually(() => here.stored().length === 0, "an empty folder");
    freeDisk(disk);
    const again = await here.put("a", Buffer.alloc(100_000));
    assertEquals([again.status, (await again.json()).seq], [201, 2]);
  });
});

Deno.test("the address of a file begins with the host of the request, or with that of the administrator", async () => {
  await using here = await scene({ host: "0.0.0.0" });
  const urlOf = async (name: string) => (await (await here.put(name, PNG)).json()).url as string;
  const path = `/files/${sha256(PNG)}/a`;
  assertEquals(await urlOf("a"), `http://127.0.0.1:${here.server.port}${path}`);
  here.server.server.change({ publicUrl: "https://example.org/chat" });
  assertEquals(await urlOf("a"), `https://example.org/chat${path}`);
});

Deno.test("a server that is killed during an upload starts without it, and with all others", async () => {
  const data = await Deno.makeTempDir();
  const start = async () => {
    const program = startProgram(["serve", "--port", "0", "--data", data, "--store-files", "9MB"]);
    const [, port] = await program.stdout.until(/^Listening on .*:(\d+)$/m);
    return { program, port: Number(port) };
  };
  let url = "";
  {
    const first = await start();
    await using program = first.program;
    const { client, welcome } = await RawClient.hello(first.port, { name: "Ann" });
    const answer = await fetch(`http://127.0.0.1:${first.port}/rooms/lobby/files/a`, {
      ...{ method: "PUT", body: new Uint8Array(PNG) },
      headers: { "Authorization": `Bearer ${welcome.session}` },
    });
    url = (await answer.json()).url;
    const cut = await RawClient.connect(first.port);
    cut.send(requestOf(welcome.session, "Content-Length: 1000\r\n") + "x");
    await eventually(
      () => [...Deno.readDirSync(join(data, "files"))].length === 2,
      "an incomplete file",
    );
    program.child.kill("SIGKILL");
    await program.exit;
    for (const each of [cut, client]) each.close();
  }
  Deno.writeTextFileSync(join(data, "files", "ab".repeat(32)), "of a file without a row");
  const second = await start();
  await using program = second.program;
  assertEquals(Array.from(Deno.readDirSync(join(data, "files")), ({ name }) => name), [
    sha256(PNG),
  ]);
  const { pathname } = new URL(url);
  const answer = await fetch(`http://127.0.0.1:${second.port}${pathname}`);
  assertEquals(Buffer.from(await answer.arrayBuffer()), PNG);
  await program[Symbol.asyncDispose]();
  await Deno.remove(data, { recursive: true });
});

Deno.test("a folder of files that cannot be written to stops the start, with the reason", async () => {
  const data = await Deno.makeTempDir();
  Deno.writeTextFileSync(join(data, "files"), "no folder");
  const failed = await startServer({ data, storeFilesBytes: 1_000_000 }).catch((error) => error);
  assertMatch(failed.message, /^Cannot open the data in .*files: it is not a directory\. /);
  await Deno.remove(data, { recursive: true });
});
