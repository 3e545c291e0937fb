/**
 * Streams of the messages of a room over HTTP: GET /rooms/ROOM/events.
 */

import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { addAccount } from "../support/accounts.ts";
import { eventually } from "../support/eventually.ts";
import { readMetric, untilMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** Sends messages to a room as a script. */
async function post(port: number, texts: readonly string[], room = "lobby"): Promise<void> {
  for (const body of texts) {
    const answer = await fetch(`http://127.0.0.1:${port}/rooms/${room}`, { method: "POST", body });
    assertEquals([answer.status, await answer.text() !== ""], [201, true]);
  }
}

/** Follows a room, and passes the head of the answer. */
async function follow(
  port: number,
  path = "/rooms/lobby/events",
  headers: readonly string[] = [],
): Promise<{ client: RawClient; head: string }> {
  const client = await RawClient.connect(port);
  const common = ["Host: localhost", "Connection: close"];
  client.send([`GET ${path} HTTP/1.1`, ...common, ...headers, "", ""].join("\r\n"));
  const head = await client.until("\r\n\r\n");
  return { client, head };
}

/** The ids and the texts of the next events; those of other types with it. */
async function events(client: RawClient, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const block = await client.until("\n\n");
    const [, type, id, data] = /^(?:event: (\w+)\n)?id: (\d+)\ndata: (.*)\n\n$/.exec(block) ?? [];
    if (data === undefined) continue;
    const { text, seq, from, to } = JSON.parse(data);
    if (type === undefined) assertEquals(String(seq), id);
    found.push(type === undefined ? `${id} ${text}` : `${type} ${from} to ${to}`);
  }
  return found;
}

Deno.test("a stream has each message once, from the request on, and is no user", async () => {
  await using server = await startServer();
  await post(server.port, ["before"]);
  const bob = await RawClient.join(server.port, "Bob");
  const { client, head } = await follow(server.port);
  assert(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
  for (
    const header of [
      "Content-Type: text/event-stream",
      "Cache-Control: no-store",
      "X-Accel-Buffering: no",
      "Connection: close",
    ]
  ) assertStringIncludes(head, `${header}\r\n`);
  assert(!/content-length|transfer-encoding/i.test(head), head);
  assertEquals(await client.until("\n\n"), "retry: 2000\nid: 1\n\n");
  bob.send("/topic new\nhello\n/me wäves\n");
  assertEquals(await events(client, 2), ["2 hello", "3 wäves"]);
  await post(server.port, ["from a script"]);
  assertEquals(await events(client, 1), ["4 from a script"]);
  bob.send("/users\n");
  const seen = await bob.until("Online users (1): Bob\n");
  assert(!seen.includes("joined"), seen);
  client.close();
  await server.logged("left", undefined!);
  bob.close();
});

Deno.test("a stream resumes after the number of a message, in the history and beyond", async () => {
  await using server = await startServer({ historyLimit: 150 });
  await post(server.port, Array.from({ length: 200 }, (_, at) => `m${at + 1}`));
  const from = async (path: string, headers: string[] = []) => {
    const { client } = await follow(server.port, `/rooms/lobby/events${path}`, headers);
    const got = await events(client, 3);
    client.close();
    return got;
  };
  assertEquals(await from("", ["Last-Event-ID: 100"]), ["101 m101", "102 m102", "103 m103"]);
  assertEquals(await from("?since=100"), ["101 m101", "102 m102", "103 m103"]);
  assertEquals(await from("?since=5", ["Last-Event-ID: 100"]), [
    "101 m101",
    "102 m102",
    "103 m103",
  ]);
  const kept = ["skipped 1 to 50", "51 m51", "52 m52"];
  assertEquals(await from("?since=0"), kept);
  // The numbers have begun again.
  assertEquals(await from("?since=201"), kept);
  assertEquals(await from("", ["Last-Event-ID: 999999999999999"]), kept);
  const { client } = await follow(server.port, "/rooms/lobby/events", ["Last-Event-ID: 120"]);
  await post(server.port, ["m201"]);
  const got = await events(client, 81);
  assertEquals(got, Array.from({ length: 81 }, (_, at) => `${at + 121} m${at + 121}`));
  client.close();
});

Deno.test("NDJSON has a line per message", async () => {
  await using server = await startServer({ pingMilliseconds: 120 });
  await post(server.port, ["one", "two\nlines"]);
  const accept = ["Accept: application/x-ndjson"];
  const { client, head } = await follow(server.port, "/rooms/Lobby/events?since=0", accept);
  assertStringIncludes(head, "Content-Type: application/x-ndjson\r\n");
  const next = async () => {
    while (true) {
      const line = await client.until("\n");
      if (line !== "\n") return JSON.parse(line);
    }
  };
  const { time: _, ...first } = await next();
  assertEquals(first, { type: "message", seq: 1, room: "lobby", from: "script", text: "one" });
  assertEquals((await next()).text, "two\nlines");
  await client.until("\n\n"); // heartbeats
  await post(server.port, ["three"]);
  assertEquals((await next()).seq, 3);
  client.close();
});

Deno.test("a silent stream has heartbeats", async () => {
  await using server = await startServer({ pingMilliseconds: 120 });
  const { client } = await follow(server.port);
  await client.until("\n\n:\n\n:\n\n:\n\n:\n\n");
  await post(server.port, ["still here"]);
  assertEquals(await events(client, 1), ["1 still here"]);
  client.close();
});

/** Sends so much to a client that does not read that messages must be skipped for it. */
async function overtake(port: number, total: number): Promise<RawClient> {
  const { client: reader } = await follow(port);
  const talker = await RawClient.join(port, "talker");
  const text = "x".repeat(4000);
  for (let number = 1; number <= total; number += 16) {
    for (let offset = 0; offset < 16; offset++) talker.send(`${number + offset} ${text}\n`);
    await reader.until(`id: ${number + 15}\n`);
    reader.forget();
  }
  reader.close();
  return talker;
}

const SLOW = {
  outbox: { softBytes: 64 * 1024, softMilliseconds: 60_000, hardBytes: 256 * 1024 },
  historyLimit: 10_000,
};

Deno.test("a stream that is read too slowly loses nothing", async () => {
  await using server = await startServer(SLOW);
  const { client } = await follow(server.port);
  client.socket.pause();
  const total = 4000;
  const talker = await overtake(server.port, total);
  assertGreater(await readMetric(server.port, "hubbub_skipped_messages_total"), 100);
  client.socket.resume();
  const reached = client.until(`id: ${total}\n`);
  talker.send("while it catches up\n");
  await reached;
  await client.until("while it catches up");
  talker.send("live again\n");
  await client.until("live again");
  const ids = [...client.received.matchAll(/^id: (\d+)\ndata/gm)].map(([, id]) => Number(id));
  assertEquals(ids, Array.from({ length: total + 2 }, (_, at) => at + 1));
  for (const each of [client, talker]) each.close();
});

Deno.test("a server that closes slow clients ends a stream, which resumes", async () => {
  await using server = await startServer({ ...SLOW, slowClients: "close" });
  const { client } = await follow(server.port);
  client.socket.pause();
  const talker = await overtake(server.port, 4000);
  client.socket.resume();
  await client.untilEnd();
  const ids = [...client.received.matchAll(/^id: (\d+)\ndata.*\n\n/gm)].map(([, id]) => Number(id));
  const { client: next } = await follow(server.port, `/rooms/lobby/events?since=${ids.at(-1)}`);
  await next.until(/^id: 4000\ndata.*\n\n/m);
  const others = [...next.received.matchAll(/^id: (\d+)\ndata/gm)].map(([, id]) => Number(id));
  assertEquals([...ids, ...others], Array.from({ length: 4000 }, (_, at) => at + 1));
  for (const each of [client, next, talker]) each.close();
});

Deno.test("a stream that accepts nothing is closed", async () => {
  await using server = await startServer({ ...SLOW, pingMilliseconds: 300 });
  const { client } = await follow(server.port);
  client.socket.pause();
  const talker = await overtake(server.port, 4000);
  await untilMetric(server.port, "hubbub_silent_total", 1);
  client.socket.resume();
  await eventually(() => client.isEnded, "the end");
  for (const each of [client, talker]) each.close();
});

Deno.test("clients of one address come back at once, also more than the rate allows", async () => {
  await using server = await startServer({ rate: { burst: 3, perSecond: 0.001 } });
  await post(server.port, ["1"]);
  const clients = [];
  for (let count = 0; count < 10; count++) {
    const { client, head } = await follow(server.port, "/rooms/lobby/events?since=0");
    assertStringIncludes(head, "200 OK");
    assertEquals(await events(client, 1), ["1 1"]);
    clients.push(client);
  }
  await post(server.port, ["2"]);
  for (const client of clients) assertEquals(await events(client, 1), ["2 2"]);
  for (const client of clients) client.close();
});

Deno.test("refused streams have a status and a problem", async () => {
  await using server = await startServer({
    allowedOrigins: ["https://ok.example"],
    serverPassword: "sesame",
    maxClients: 1,
  });
  const password = ["Server-Password: sesame"];
  const refusal = async (path: string, headers: readonly string[] = password) => {
    const { client, head } = await follow(server.port, path, headers);
    const body = await client.untilEnd();
    client.close();
    assertStringIncludes(head, "Content-Type: application/problem+json\r\n");
    return `${/^HTTP\/1.1 (\d+)/.exec(head)![1]} ${JSON.parse(body).code}`;
  };
  const lobby = "/rooms/lobby/events";
  const last = (value: string) => [...password, `Last-Event-ID: ${value}`];
  assertEquals(await refusal(lobby, []), "401 server_password_wrong");
  assertEquals(await refusal("/rooms/nowhere/events"), "404 no_such_room");
  assertEquals(await refusal("/rooms/a%20b/events"), "404 no_such_room");
  assertEquals(await refusal("/rooms/%ff/events"), "400 room_invalid");
  for (const value of ["x", "-1", "1.5", "1e3", "0x1", "1".repeat(16), "1 2", "٣"]) {
    assertEquals(await refusal(lobby, last(value)), "400 invalid_frame", value);
  }
  const repeated = [...last("1"), "Last-Event-ID: 2"];
  assertEquals(await refusal(lobby, repeated), "400 invalid_frame");
  assertEquals(await refusal(`${lobby}?since=-1`), "400 invalid_frame");
  assertEquals(
    await refusal(lobby, [...password, "Origin: https://other.example"]),
    "403 origin_refused",
  );
  const { client, head } = await follow(server.port, lobby, [
    ...last(""),
    "Origin: https://ok.example",
  ]);
  assertStringIncludes(head, "Access-Control-Allow-Origin: https://ok.example\r\n");
  await client.until("id: 0\n\n");
  assertEquals(await refusal(lobby), "503 server_full");
  client.close();
  await server.logged("left", undefined!);
});

Deno.test("HEAD has the head of a stream, and other methods are refused", async () => {
  await using server = await startServer();
  const ask = async (method: string, path = "/rooms/lobby/events") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    await response.body?.cancel();
    return [response.status, response.headers.get("content-type")];
  };
  assertEquals(await ask("HEAD"), [200, "text/event-stream"]);
  assertEquals(await ask("HEAD", "/rooms/nowhere/events"), [404, "application/problem+json"]);
  assertEquals(await ask("POST"), [405, "application/problem+json"]);
});

Deno.test("a ban of the address, a deleted room and the end of the server end a stream", async () => {
  const data = await Deno.makeTempDir();
  await addAccount(data, "op", "the operator");
  await using server = await startServer({ data, operators: ["op"] });
  const op = await RawClient.connect(server.port);
  op.sendFrame({ type: "hello", name: "op", password: "the operator" });
  await op.frame("welcome");
  await post(server.port, ["x"], "tea");
  const { client: tea } = await follow(server.port, "/rooms/tea/events");
  await tea.until("id: 1\n\n");
  op.sendFrame({ type: "delete_room", room: "tea" });
  assertEquals(await tea.untilEnd(), "");
  const { client: banned } = await follow(server.port);
  await banned.until("\n\n");
  op.sendFrame({ type: "ban", target: "127.0.0.1", force: true });
  assertEquals(await banned.untilEnd(), "");
  const { client: again, head } = await follow(server.port);
  assert(head.startsWith("HTTP/1.1 403 "), head);
  op.sendFrame({ type: "unban", target: "127.0.0.1" });
  while (!/no longer banned/.test((await op.frame("notice")).text));
  const { client: last } = await follow(server.port);
  await last.until("\n\n");
  await server.server.stop();
  assertEquals(await last.untilEnd(), "");
  for (const client of [op, tea, banned, again, last]) client.close();
  await Deno.remove(data, { recursive: true });
});

Deno.test("a stream keeps its room in use, and not longer", async () => {
  await using server = await startServer();
  const bob = await RawClient.join(server.port, "Bob");
  bob.send("/join tea\n");
  await bob.until("You are now in tea.\n");
  const { client } = await follow(server.port, "/rooms/Tea/events");
  bob.send("one\n/leave\n");
  await bob.until("You are now in lobby.\n");
  assertEquals(await events(client, 1), ["1 one"]);
  const exists = async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/rooms/tea/messages`);
    await answer.body?.cancel();
    return answer.status === 200;
  };
  assertEquals(await exists(), true);
  client.close();
  await eventually(async () => !await exists(), "the end of the room");
  bob.close();
});

Deno.test("a ban ends the streams of a client behind a trusted proxy, and no others", async () => {
  const data = await Deno.makeTempDir();
  await addAccount(data, "op", "the operator");
  {
    const trustedProxies = ["127.0.0.1"];
    await using server = await startServer({ data, operators: ["op"], trustedProxies });
    const { client: op } = await RawClient.hello(server.port, {
      ...{ name: "op", password: "the operator" },
    });
    const of = async (address: string) => {
      const headers = [`X-Forwarded-For: ${address}`];
      const { client } = await follow(server.port, "/rooms/lobby/events", headers);
      await client.until("\n\n");
      return client;
    };
    const [banned, other] = [await of("203.0.113.9"), await of("203.0.113.10")];
    op.sendFrame({ type: "ban", target: "203.0.113.9" });
    await banned.untilEnd();
    await post(server.port, ["x"]);
    assertEquals(await events(other, 1), ["1 x"]);
    for (const client of [op, banned, other]) client.close();
  }
  await Deno.remove(data, { recursive: true });
});

Deno.test("a stream is the last answer of a connection", async () => {
  await using server = await startServer();
  const client = await RawClient.connect(server.port);
  client.send(
    "GET /rooms/lobby/messages HTTP/1.1\r\nHost: localhost\r\n\r\n" +
      "GET /rooms/lobby/events HTTP/1.1\r\nHost: localhost\r\n\r\n" +
      "GET /rooms/lobby/messages HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );
  await client.until('"more":false}\n');
  assertStringIncludes(await client.until("\r\n\r\n"), "Connection: close\r\n");
  await client.until("id: 0\n\n");
  await post(server.port, ["x"]);
  assertEquals(await events(client, 1), ["1 x"]);
  client.close();
});

Deno.test("clients that go, send more or close early leave nothing behind", async () => {
  await using server = await startServer();
  const value = (name: string) => readMetric(server.port, name);
  const streams = 'hubbub_sessions{kind="events"}';
  const { client: reset } = await follow(server.port);
  const { client: flood } = await follow(server.port);
  const { client: half } = await follow(server.port);
  assertEquals(await value(streams), 3);
  reset.reset();
  half.socket.end();
  flood.send("x".repeat(200_000));
  await flood.untilEnd();
  await eventually(async () => await value(streams) === 0, "no streams");
  const early = await RawClient.connect(server.port);
  early.socket.end("GET /rooms/lobby/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await early.untilEnd();
  const gone = await RawClient.connect(server.port);
  gone.send("GET /rooms/lobby/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  gone.reset();
  await eventually(async () => await value("hubbub_connections") <= 2, "only the own connection");
  assertEquals(await value(streams), 0);
  assertEquals(await value("hubbub_internal_errors_total"), 0);
  for (const client of [flood, half, early]) client.close();
});
