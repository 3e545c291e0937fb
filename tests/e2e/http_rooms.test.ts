/**
 * The chat over HTTP for scripts: POST /rooms/ROOM and GET /rooms/ROOM/messages.
 */

import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { addAccount } from "../support/accounts.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Requests by their path, from one server. */
function requests(port: number) {
  return async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

const basic = (name: string, password = "") => ({
  Authorization: `Basic ${btoa(`${name}:${password}`)}`,
});

/** The code of a refused request, with its status. */
function refusal({ status, headers, text }: Answer): string {
  assertEquals(headers.get("content-type"), "application/problem+json");
  return `${status} ${JSON.parse(text).code}`;
}

/** What a server answers to bytes. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const client = await RawClient.connect(port);
  client.send(bytes);
  const answer = await client.untilEnd();
  client.close();
  return answer;
}

Deno.test("a script posts to a room, whose members receive it, and reads it", async () => {
  await using server = await startServer();
  const request = requests(server.port);
  const bob = await RawClient.join(server.port, "Bob");
  bob.send("/join alerts\n");
  await bob.until("You are now in alerts.\n");
  const posted = await request("/rooms/alerts", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "backup done\n",
  });
  assertEquals([posted.status, posted.headers.get("content-type")], [201, "application/json"]);
  const { time, ...rest } = JSON.parse(posted.text);
  assertEquals(rest, { room: "alerts", seq: 1, from: "script" });
  await bob.until("] script: backup done\n");
  const json = { "Content-Type": "application/json", ...basic("cron") };
  const body = JSON.stringify({ text: "wäves\u001b", action: true });
  assertEquals(
    (await request("/rooms/alerts", { method: "POST", headers: json, body })).status,
    201,
  );
  await bob.until("] * cron wäves\n");
  assertEquals(JSON.parse((await request("/rooms/Alerts/messages")).text), {
    room: "alerts",
    messages: [
      { type: "message", seq: 1, room: "alerts", from: "script", text: "backup done", time },
      {
        ...{ type: "message", seq: 2, room: "alerts", from: "cron", text: "wäves" },
        ...{
          time: JSON.parse((await request("/rooms/alerts/messages?since=1")).text).messages[0].time,
        },
        action: true,
      },
    ],
    more: false,
  });
  const text = await request("/rooms/alerts/messages?limit=1", {
    headers: { Accept: "text/plain" },
  });
  assert(/^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\] \* cron wäves\n$/.test(text.text), text.text);
  bob.send("/users\n");
  await bob.until("Online users (1): Bob\n");
  bob.close();
});

Deno.test("an unchanged answer is not sent again, and HEAD has no body", async () => {
  await using server = await startServer();
  const request = requests(server.port);
  const post = (body: string) => request("/rooms/lobby", { method: "POST", body });
  await post("one");
  const first = await request("/rooms/lobby/messages");
  const tag = first.headers.get("etag")!;
  const again = await request("/rooms/lobby/messages", {
    headers: { "If-None-Match": `W/${tag}` },
  });
  assertEquals([again.status, again.text, again.headers.get("etag")], [304, "", tag]);
  assertEquals(again.headers.get("content-length"), String(first.text.length));
  const head = await request("/rooms/lobby/messages", { method: "HEAD" });
  assertEquals([head.status, head.text, head.headers.get("etag")], [200, "", tag]);
  assertEquals(head.headers.get("content-length"), String(first.text.length));
  await post("two");
  const changed = await request("/rooms/lobby/messages", { headers: { "If-None-Match": tag } });
  assertEquals([changed.status, JSON.parse(changed.text).messages.length], [200, 2]);
  const pages = [];
  for (const query of ["limit=1", "limit=1&before=2", "since=0&limit=1", "since=9"]) {
    const { messages, more } = JSON.parse((await request(`/rooms/lobby/messages?${query}`)).text);
    pages.push([messages.map(({ text }: { text: string }) => text).join(), more]);
  }
  assertEquals(pages, [["two", true], ["one", false], ["one", true], ["", false]]);
});

Deno.test("refused requests have a status and a problem", async () => {
  await using server = await startServer({ allowedOrigins: ["https://ok.example"] });
  const request = requests(server.port);
  const bob = await RawClient.join(server.port, "Bob");
  const post = (init: RequestInit = {}, path = "/rooms/lobby") =>
    request(path, { method: "POST", body: "x", ...init });
  const cases: readonly (readonly [string, Promise<Answer>])[] = [
    ["404 no_such_room", request("/rooms/nowhere/messages")],
    ["400 invalid_frame", request("/rooms/lobby/messages?limit=-1")],
    ["400 invalid_frame", request("/rooms/lobby/messages?since=1e3")],
    ["405 method_not_allowed", request("/rooms/lobby", { method: "DELETE" })],
    ["405 method_not_allowed", request("/rooms/lobby")],
    ["405 method_not_allowed", post({}, "/rooms/lobby/messages")],
    ["400 room_invalid", post({}, "/rooms/%ff")],
    ["400 room_invalid", post({}, "/rooms/a%20b")],
    ["400 text_empty", post({ body: " \n" })],
    ["413 text_too_long", post({ body: "x".repeat(4097) })],
    ["413 text_too_long", post({ body: "x".repeat(40_000) })],
    ["400 too_many_lines", post({ body: "x\n".repeat(300) })],
    ["400 invalid_utf8", post({ body: new Uint8Array([0xff, 0xfe]) })],
    ["400 invalid_json", post({ body: "{", headers: { "Content-Type": "application/json" } })],
    ["400 invalid_frame", post({ body: "[]", headers: { "Content-Type": "application/json" } })],
    ["409 name_taken", post({ headers: basic("bob") })],
    ["400 name_invalid", post({ headers: basic("a b") })],
    ["401 wrong_password", post({ headers: { Authorization: "Digest x" } })],
    ["401 wrong_password", post({ headers: { Authorization: "Basic !" } })],
    ["403 origin_refused", post({ headers: { Origin: "https://other.example" } })],
    ["403 origin_refused", post({ headers: { Origin: "null" } })],
    ["403 origin_refused", request("/rooms/lobby/messages", { headers: { Origin: "http://x" } })],
  ];
  for (const [expected, answer] of cases) assertEquals(refusal(await answer), expected);
  const unsent = await post({ headers: { Authorization: "Digest x" } });
  assertEquals(unsent.headers.get("www-authenticate"), 'Basic realm="hubbub", charset="UTF-8"');
  const allowed = await post({ headers: { Origin: "https://ok.example" } });
  assertEquals(
    [allowed.status, allowed.headers.get("access-control-allow-origin")],
    [201, "https://ok.example"],
  );
  const preflight = await request("/rooms/lobby", {
    method: "OPTIONS",
    headers: { Origin: "https://ok.example", "Access-Control-Request-Method": "POST" },
  });
  assertEquals(
    [preflight.status, preflight.headers.get("access-control-allow-methods")],
    [204, "POST"],
  );
  bob.close();
});

Deno.test("the sentences of refused requests are for clients of HTTP", async () => {
  await using server = await startServer();
  const request = requests(server.port);
  const post = (init: RequestInit) => request("/rooms/lobby", { method: "POST", ...init });
  const cases: readonly (readonly [string, Promise<Answer>])[] = [
    ["no room of this name", request("/rooms/nowhere/messages")],
    ["no room of this name", request("/rooms/nowhere/events")],
    ["follow at /rooms/ROOM/events", request("/rooms/lobby")],
    ["Only GET and HEAD are possible here.", request("/rooms/lobby/events", { method: "POST" })],
    ["a form is no message. Send text, with curl -d.", post({ body: new FormData() })],
    ["Only POST is possible here.", request("/rooms/lobby", { method: "DELETE" })],
    ["Write a % of the name as %25.", request("/rooms/100%/messages")],
    ["Write a % of the name as %25.", request("/rooms/lobby/files/100%", { method: "PUT" })],
    ["Send Basic with", post({ body: "x", headers: { Authorization: `Basic ${btoa(":x")}` } })],
    ["Send Basic with", post({ body: "x", headers: { Authorization: "Digest x" } })],
    ["The body is not valid UTF-8", post({ body: new Uint8Array([0xff]) })],
    ["body is not JSON", post({ body: "{", headers: { "Content-Type": "application/json" } })],
  ];
  for (const [expected, answer] of cases) {
    const { detail } = JSON.parse((await answer).text);
    assertStringIncludes(detail, expected);
    assertNotMatch(detail, /terminal|\bline\b|\/rooms lists/);
  }
  assertStringIncludes((await request("/rooms/lobby/")).text, "/openapi.json");
});

Deno.test("a body is bounded, complete and in time", async () => {
  await using server = await startServer({ requestMilliseconds: 1000 });
  const head = "POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  const cases = [
    ["Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "201"],
    ["Transfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n1\r\ny\r\n0\r\nA: b\r\n\r\n", "201"],
    ["Transfer-Encoding: chunked\r\n\r\n8001\r\n", "413"],
    ["Transfer-Encoding: chunked\r\n\r\n8\n", "400"],
    ["Transfer-Encoding: chunked\r\n\r\n8\r\nabc", "408"],
    ["\r\n", "411"],
    ["Content-Length: 99999999999\r\n\r\n", "413"],
    ["Content-Length: 5\r\n\r\nabc", "408"],
    ["Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", "201"],
    ["Content-Length: 0\r\n\r\n", "400"],
    ["Content-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n", "201"],
  ];
  for (const [rest, status] of cases) {
    const answer = await answerTo(server.port, head + rest);
    assert(answer.startsWith(`HTTP/1.1 ${status} `), `${rest}: ${answer}`);
  }
  // The form of a request to a proxy (RFC 9112, section 3.2.2).
  const whole = head.replace("/rooms", "http://localhost/rooms");
  const answer = await answerTo(server.port, `${whole}Content-Length: 1\r\n\r\nx`);
  assert(answer.startsWith("HTTP/1.1 201 "), answer);
});

Deno.test("a client that asks first sends its body once it is wanted", async () => {
  await using server = await startServer();
  const client = await RawClient.connect(server.port);
  client.send(
    "POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\n" +
      "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
  );
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("later");
  await client.until("HTTP/1.1 201 Created\r\n");
  client.close();
});

Deno.test("a script needs the passwords of its name and of the server, and obeys bans and mutes", async () => {
  const data = await Deno.makeTempDir();
  try {
    await addAccount(data, "Op", "correct horse");
    await using server = await startServer({
      ...{ data, serverPassword: "open sesame", operators: ["Op"] },
    });
    const request = requests(server.port);
    const { client } = await RawClient.hello(server.port, {
      ...{ name: "Backup", serverPassword: "open sesame" },
    });
    client.sendFrame({ type: "register", password: "correct horse" });
    await client.frame("notice");
    const post = (headers: Record<string, string>) =>
      request("/rooms/lobby", { method: "POST", body: "x", headers });
    const pass = { "Server-Password": "open sesame" };
    assertEquals(refusal(await request("/rooms/lobby/messages")), "401 server_password_wrong");
    assertEquals(
      refusal(await post(basic("Backup", "correct horse"))),
      "401 server_password_wrong",
    );
    assertEquals(refusal(await post({ ...pass, ...basic("backup") })), "401 password_needed");
    assertEquals(
      refusal(await post({ ...pass, ...basic("backup", "wrong horse") })),
      "401 wrong_password",
    );
    // Its user is online, and stays so.
    const posted = await post({ ...pass, ...basic("backup", "correct horse") });
    assertEquals([posted.status, JSON.parse(posted.text).from], [201, "backup"]);
    assertEquals((await client.frame("message")).from, "backup");
    const op = await RawClient.hello(server.port, {
      ...{ name: "Op", password: "correct horse", serverPassword: "open sesame" },
    });
    assertEquals((await post({ ...pass, ...basic("cron") })).status, 201);
    op.client.sendFrame({ type: "mute", name: "Backup" });
    op.client.sendFrame({ type: "ban", target: "cron" });
    for (let count = 0; count < 2; count++) await op.client.frame("notice");
    assertEquals(
      refusal(await post({ ...pass, ...basic("backup", "correct horse") })),
      "403 muted",
    );
    assertEquals(refusal(await post({ ...pass, ...basic("cron") })), "403 banned");
    op.client.close();
    client.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("the requests of an address are limited", async () => {
  await using server = await startServer({ rate: { burst: 3, perSecond: 0.001 } });
  const request = requests(server.port);
  const statuses = [];
  for (let count = 0; count < 4; count++) {
    statuses.push((await request("/rooms/lobby", { method: "POST", body: "x" })).status);
  }
  assertEquals(statuses, [201, 201, 201, 429]);
  const refused = await request("/rooms/lobby/messages");
  assertEquals(refusal(refused), "429 too_many_requests");
  assert(Number(refused.headers.get("retry-after")) > 1);
});
