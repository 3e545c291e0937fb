/**
 * What programs speak: JSON lines and length-prefixed JSON, beside people who type text.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { lengthFrame } from "../support/length_frames.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** The next length-prefixed frame, of a client that sees bytes. */
async function nextPrefixed(client: RawClient) {
  const prefix = Buffer.from(await client.until(/^[^]{4}/), "latin1");
  return JSON.parse(await client.until(new RegExp(`^[^]{${prefix.readUInt32BE(0)}}`)));
}

Deno.test("hello, message and ack over JSON lines; a text client sees the message", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "Person");
  const program = await RawClient.connect(server.port);
  program.send('{"type":"hello","name":"u1"}\n');
  const welcome = await program.frame();
  assertEquals({ ...welcome, session: "", server: "" }, {
    type: "welcome",
    name: "u1",
    rooms: [{ room: "lobby", seq: 0 }],
    server: "",
    session: "",
  });
  assertMatch(welcome.session, /^[\w-]{20,}$/);
  program.send('{"type":"message","text":"hi","id":"1"}\n');
  assertEquals(await program.frame(), { type: "ack", id: "1", room: "lobby", seq: 1 });
  await person.until("u1: hi\n");
  person.send("hello u1\n");
  const message = await program.frame();
  assert(Math.abs(Date.now() - message.time) < 60_000);
  assertEquals({ ...message, time: 0 }, {
    type: "message",
    seq: 2,
    room: "lobby",
    from: "Person",
    text: "hello u1",
    time: 0,
  });
  person.close();
  program.close();
});

Deno.test("hello, message and ack over length-prefixed frames, cut anywhere", async () => {
  await using server = await startServer();
  const program = await RawClient.connect(server.port, "latin1");
  for (const byte of lengthFrame({ type: "hello", name: "u1" })) {
    await program.sendSegment(new Uint8Array([byte]));
  }
  assertEquals((await nextPrefixed(program)).type, "welcome");
  program.send(Buffer.concat([
    lengthFrame({ type: "message", text: "one", id: "a" }),
    lengthFrame({ type: "message", text: "two", id: "b" }),
  ]));
  assertEquals(await nextPrefixed(program), { type: "ack", id: "a", room: "lobby", seq: 1 });
  assertEquals(await nextPrefixed(program), { type: "ack", id: "b", room: "lobby", seq: 2 });
  program.close();
});

Deno.test("text, JSON and length-prefixed clients share a room", async () => {
  await using server = await startServer();
  const text = await RawClient.join(server.port, "text");
  const json = await RawClient.connect(server.port);
  json.sendFrame({ type: "hello", name: "json" });
  await json.frame("welcome");
  const length = await RawClient.connect(server.port, "latin1");
  length.send(lengthFrame({ type: "hello", name: "length" }));
  await nextPrefixed(length);
  await text.until("*** length has joined the chat! ***\n");
  assertEquals((await json.frame()).name, "length");

  text.send("from text\n");
  assertEquals((await json.frame()).text, "from text");
  assertEquals((await nextPrefixed(length)).text, "from text");
  json.sendFrame({ type: "message", text: 'from "json" \\ é', id: "1" });
  await text.until('json: from "json" \\ é\n');
  length.send(lengthFrame({ type: "message", text: "from length" }));
  await text.until("length: from length\n");
  assertEquals((await json.frame("message")).text, "from length");
  for (const client of [text, json, length]) client.close();
});

Deno.test("whisper, nick, users, ping, help and quit as frames", async () => {
  await using server = await startServer();
  const a = await RawClient.connect(server.port);
  a.sendFrame({ type: "hello", name: "a", rooms: ["den"] });
  assertEquals((await a.frame()).rooms, [{ room: "den", seq: 0 }]);
  const b = await RawClient.connect(server.port);
  b.sendFrame({ type: "hello", name: "b", rooms: ["den"] });
  await b.frame("welcome");
  assertEquals((await a.frame("joined")).name, "b");
  a.sendFrame({ type: "whisper", to: "B", text: "psst", id: "w" });
  assertEquals(await a.frame(), { type: "ack", id: "w", to: "b" });
  const whisper = await b.frame();
  assertEquals([whisper.type, whisper.from, whisper.to, whisper.text], [
    "whisper",
    "a",
    "b",
    "psst",
  ]);
  b.sendFrame({ type: "reply", text: "yes?" });
  assertEquals((await a.frame("whisper")).text, "yes?");
  a.sendFrame({ type: "nick", name: "anna" });
  const renamed = await b.frame("renamed");
  assertEquals([renamed.from, renamed.to, renamed.room], ["a", "anna", "den"]);
  b.sendFrame({ type: "users" });
  const users = await b.frame("users");
  assertEquals([users.total, users.users], [2, [{ name: "anna" }, { name: "b" }]]);
  b.sendFrame({ type: "ping", t: 42 });
  assertEquals(await b.frame(), { type: "pong", t: 42 });
  b.sendFrame({ type: "help" });
  assert((await b.frame("notice")).text.includes("/whisper NAME TEXT"));
  b.sendFrame({ type: "quit" });
  assertEquals((await b.frame("bye")).reason, "quit");
  assertEquals((await a.frame("left")).name, "b");
  a.close();
});

Deno.test("a message of several lines cannot forge a line of the server's", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "Person");
  const program = await RawClient.connect(server.port);
  program.sendFrame({ type: "hello", name: "u1" });
  await program.frame("welcome");
  program.sendFrame({ type: "message", text: "one\n[12:00:00] [SYSTEM]: forged\r\nthree" });
  await person.until(/u1: one\n\[\d\d:\d\d:\d\d\] u1: \[12:00:00\] \[SYSTEM\]: forged\n/);
  await person.until(/^\[\d\d:\d\d:\d\d\] u1: three\n/);
  person.close();
  program.close();
});

Deno.test("rooms are apart", async () => {
  await using server = await startServer();
  const [here, there] = await Promise.all(["here", "there"].map(async (room) => {
    const client = await RawClient.connect(server.port);
    client.sendFrame({ type: "hello", name: `in-${room}`, rooms: [room] });
    await client.frame("welcome");
    return client;
  })) as [RawClient, RawClient];
  here.sendFrame({ type: "message", text: "only here", id: "1" });
  await here.frame("ack");
  there.sendFrame({ type: "ping", t: 1 });
  assertEquals((await there.frame()).type, "pong", "nothing came before the pong");
  here.close();
  there.close();
});
