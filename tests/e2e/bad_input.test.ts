/**
 * Bad input of every kind. Each gets its documented answer, and a client beside it keeps chatting.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Two people who chat while something bad happens, and afterwards. */
async function besideChat(
  misbehave: (server: TestServer) => Promise<void>,
  options: Parameters<typeof startServer>[0] = {},
): Promise<void> {
  await using server = await startServer(options);
  const ann = await RawClient.join(server.port, "ann");
  const ben = await RawClient.join(server.port, "ben");
  await ann.until("ben has joined the chat! ***\n");
  let isOver = false;
  const chat = (async () => {
    let rounds = 0;
    while (!isOver || rounds < 3) {
      ann.send(`ping ${rounds}\n`);
      await ben.until(`ann: ping ${rounds}\n`);
      ben.send(`pong ${rounds}\n`);
      await ann.until(`ben: pong ${rounds}\n`);
      rounds++;
    }
  })();
  try {
    await misbehave(server);
  } finally {
    isOver = true;
    await chat;
  }
  ann.close();
  ben.close();
}

Deno.test("E6 rubbish bytes: refused as names, and the third closes", () =>
  besideChat(async ({ port }) => {
    const rubbish = await RawClient.connect(port);
    rubbish.send(new Uint8Array([0x80, 0xff, 0xfe, 0x0a, 0x01, 0x02, 0x0a, 0xc0, 0xaf, 0x0a]));
    const told = await rubbish.untilEnd();
    assert(told.includes("[ERROR]: The line is not valid UTF-8 and was not sent."), told);
    assert(
      told.endsWith("3 names or passwords were refused. Connect again to try others.\n"),
      told,
    );
  }));

Deno.test("E6 a megabyte of random bytes, from several clients", () =>
  besideChat(async ({ port }) => {
    // A fixed sequence (a linear congruential generator), so that a failure comes again.
    let state = 12345;
    const random = Uint8Array.from({ length: 1 << 20 }, () => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state >> 16;
    });
    for (const first of ["", "{", "\0\0\0\x10", "name\n"]) {
      const client = await RawClient.connect(port);
      client.send(first);
      client.send(random);
      await client.until(/\[ERROR\]|"error"/);
      client.close();
    }
  }));

Deno.test("E6 invalid UTF-8 in a message: an error, and the connection lives", () =>
  besideChat(async ({ port }) => {
    const client = await RawClient.join(port, "latin");
    client.send(new Uint8Array([0x68, 0xe9, 0x0a])); // "hé" in Latin-1
    await client.until("[ERROR]: The line is not valid UTF-8 and was not sent.");
    client.send("/users\n");
    await client.until("Online users (3)");
    client.close();
  }));

Deno.test("E6 a line of 10 MB without newline: one error, then the connection goes on", () =>
  besideChat(async ({ port }) => {
    for (const start of ["", '{"type":"hello","name":"json"}\n']) {
      const client = start === ""
        ? await RawClient.join(port, "long")
        : await RawClient.connect(port);
      client.send(start);
      const megabyte = "x".repeat(1 << 20);
      for (let count = 0; count < 10; count++) await client.sendSegment(megabyte);
      await client.until(start === "" ? "[ERROR]: The line is over 4096 bytes" : "frame_too_long");
      client.send(start === "" ? "\n/users\n" : '\n{"type":"users"}\n');
      await client.until(start === "" ? "Online users (3)" : '"total":3');
      assertEquals(client.rest.includes("over"), false, "it was reported once");
      client.close();
      await client.untilEnd();
    }
  }));

Deno.test("a line of exactly the limit is said, one byte more is not", () =>
  besideChat(async ({ port }) => {
    const client = await RawClient.join(port, "exact");
    const other = await RawClient.join(port, "other");
    await client.until("other has joined");
    client.send("x".repeat(4096) + "\r\n");
    await other.until(`exact: ${"x".repeat(4096)}\n`);
    client.send("y".repeat(4097) + "\n");
    await client.until("[ERROR]: The line is over 4096 bytes and was not sent. Split it.\n");
    client.close();
    other.close();
  }));

Deno.test("a declared frame length of 4 GB: refused before anything is buffered", () =>
  besideChat(async ({ port }) => {
    const client = await RawClient.connect(port, "latin1");
    const hello = '{"type":"hello","name":"big"}';
    client.send(new Uint8Array([0, 0, 0, hello.length, ...new TextEncoder().encode(hello)]));
    await client.until('"type":"welcome"');
    client.send(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x7b]));
    assert((await client.untilEnd()).includes('"code":"frame_too_long"'));
  }));

Deno.test("JSON that is no frame, and frames that are not right", () =>
  besideChat(async ({ port }) => {
    const client = await RawClient.connect(port);
    const answerTo = async (line: string) => {
      client.send(line + "\n");
      const { code, ref } = await client.frame("error");
      return ref === undefined ? code : `${code} ${ref}`;
    };
    assertEquals(await answerTo("{nonsense"), "invalid_json");
    assertEquals(await answerTo('["array"]'), "invalid_json");
    assertEquals(await answerTo("12"), "invalid_json");
    assertEquals(await answerTo("{}"), "invalid_frame");
    assertEquals(await answerTo('{"type":"dance","id":"7"}'), "unknown_type 7");
    assertEquals(await answerTo('{"type":"__proto__"}'), "unknown_type");
    assertEquals(await answerTo('{"type":"message","text":"hi","id":"8"}'), "not_registered 8");
    assertEquals(await answerTo('{"type":"hello"}'), "invalid_frame");
    assertEquals(await answerTo('{"type":"hello","name":7}'), "invalid_frame");
    assertEquals(await answerTo('{"type":"hello","name":"a b"}'), "name_invalid");
    client.sendFrame({ type: "hello", name: "json" });
    await client.frame("welcome");
    assertEquals(await answerTo('{"type":"hello","name":"again"}'), "already_registered");
    assertEquals(await answerTo('{"type":"message","text":"","id":"9"}'), "text_empty 9");
    assertEquals(await answerTo('{"type":"message","text":" \\u0000 "}'), "text_empty");
    const long = JSON.stringify({ type: "message", text: "é".repeat(2049), id: "10" });
    assertEquals(await answerTo(long), "text_too_long 10");
    assertEquals(await answerTo(`{"type":"whisper","to":"absent","text":"x"}`), "no_such_user");
    assertEquals(await answerTo("[".repeat(10_000)), "invalid_json");
    client.close();
  }));

Deno.test("1000 connections that never say a name are closed in time", () =>
  besideChat(async ({ port }) => {
    const silent = await RawClient.connectMany(port, 1000);
    await Promise.all(silent.map(async (client) => {
      const told = await client.untilEnd();
      assert(
        /\[ERROR\]: No name was sent within 5 seconds\. Connect again and send one\.\n$/.test(told),
        told,
      );
      client.close();
    }));
  }, { maxClients: 2000, registrationMilliseconds: 5000 }));
