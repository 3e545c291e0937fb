/**
 * IRC on the port of all clients: bytes of IRC over TCP and TLS, beside users of text lines and programs.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { connectTls } from "../support/tls_client.ts";

/** Registers with a name, and enters rooms. */
async function register(client: RawClient, nick: string, rooms = "#lobby"): Promise<void> {
  client.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await client.until(` 376 ${nick} :End of /MOTD command\r\n`);
  if (rooms === "") return;
  client.send(`JOIN ${rooms}\r\n`);
  for (const room of rooms.split(",")) await client.until(` 366 ${nick} ${room} :`);
  await client.until("\r\n");
}

async function join(port: number, nick: string, rooms?: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await register(client, nick, rooms);
  return client;
}

Deno.test("IRC: two rooms at once, with a user of nc and a program in them", async () => {
  await using server = await startServer();
  const bob = await join(server.port, "bob", "#lobby,#tea");
  const ann = await RawClient.join(server.port, "Ann");
  const { client: json } = await RawClient.hello(server.port, { name: "json", rooms: ["tea"] });
  assertEquals(await bob.until("\r\n"), ":Ann!user@hubbub JOIN #lobby\r\n");
  assertEquals(await bob.until("\r\n"), ":json!user@hubbub JOIN #tea\r\n");
  bob.send("PRIVMSG #lobby :to nc\r\nPRIVMSG #tea :to JSON\r\nPRIVMSG ann :psst\r\n");
  assertMatch(await ann.until("psst\n"), /bob: to nc\n.*\[WHISPER from bob\]: psst\n$/s);
  assertEquals((await json.frame("message")).text, "to JSON");
  ann.send("from nc\n/whisper bob back\n");
  assertEquals(
    await bob.until("back\r\n"),
    [
      ":Ann!user@hubbub PRIVMSG #lobby :from nc\r\n",
      ":Ann!user@hubbub PRIVMSG bob :back\r\n",
    ].join(""),
  );
  json.sendFrame({ type: "message", text: "one\ntwo" });
  await bob.until(":json!user@hubbub PRIVMSG #tea :two\r\n");
  bob.send("NICK Robert\r\n");
  assertEquals(await bob.until("\r\n"), ":bob!user@hubbub NICK :Robert\r\n");
  await ann.until("*** bob is now known as Robert. ***\n");
  bob.send("QUIT :gone fishing\r\n");
  assertEquals(await bob.untilEnd(), "ERROR :Goodbye, Robert!\r\n");
  await ann.until("*** Robert has left the chat (gone fishing). ***\n");
  for (const client of [ann, json]) client.close();
});

Deno.test("IRC: history on joining, also after the connection was lost", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "Ann");
  const first = await join(server.port, "bob");
  first.reset();
  await ann.until("*** bob has left the chat");
  ann.send("while you were away\n");
  await ann.until("\n");
  const again = await RawClient.connect(server.port);
  again.send("CAP REQ :server-time batch\r\nCAP END\r\n");
  await register(again, "bob");
  await again.until(":hubbub BATCH -1\r\n");
  assertMatch(
    again.received,
    /366 bob #lobby :.*\r\n:hubbub BATCH \+1 chathistory #lobby\r\n@batch=1;time=\S+Z :Ann!user@hubbub PRIVMSG #lobby :while you were away\r\n:hubbub BATCH -1\r\n$/,
  );
  for (const client of [ann, again]) client.close();
});

Deno.test("IRC: inside TLS, and refused without it where TLS is required", async () => {
  const credentials = await createSelfSigned([], Date.now());
  await using server = await startServer({ tls: credentials, tlsOnly: true });
  const bob = await connectTls(server.port, credentials.cert);
  await register(bob, "bob");
  bob.close();
  const plain = await RawClient.connect(server.port);
  plain.send("NICK bob\r\n");
  assertMatch(await plain.untilEnd(), /^ERROR :This server requires TLS\. .*\r\n$/);
});

Deno.test("IRC: a client that is later than the prompt", async () => {
  await using server = await startServer();
  const bob = await RawClient.connect(server.port);
  await bob.until("Enter your username: ");
  await register(bob, "bob");
  bob.send("PING 1\r\n");
  await bob.until(":hubbub PONG hubbub :1\r\n");
  bob.close();
});

Deno.test("IRC: byte by byte, and all in one segment", async () => {
  await using server = await startServer();
  const bob = await RawClient.connect(server.port);
  for (const byte of "NICK bob\r\nUSER b 0 * :B\r\n") await bob.sendSegment(byte);
  await bob.until(" 376 bob ");
  const ann = await RawClient.connect(server.port);
  ann.send("NICK ann\nUSER a 0 * :A\nJOIN #lobby\nPRIVMSG bob :psst\n");
  await bob.until(":ann!user@hubbub PRIVMSG bob :psst\r\n");
  for (const client of [ann, bob]) client.close();
});

Deno.test("IRC: SASL logs in to an account", async () => {
  await withData({}, async (server) => {
    await addAccount(server.data, "Owner", "long enough");
    const bob = await RawClient.connect(server.port);
    bob.send("CAP LS 302\r\nNICK bob\r\nUSER b 0 * :B\r\nCAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\n");
    await bob.until("AUTHENTICATE +\r\n");
    bob.send(`AUTHENTICATE ${btoa("\0Owner\0long enough")}\r\nCAP END\r\n`);
    assertMatch(await bob.until(" 376 Owner "), / 900 .* 903 .* 001 Owner :/s);
    bob.close();
  });
});

Deno.test("IRC: the end of the server, and a silent client that is pinged", async () => {
  const server = await startServer({ pingMilliseconds: 200 });
  const bob = await join(server.port, "bob");
  assertMatch(await bob.until(/PING :\d+\r\n/), /^PING :\d+\r\n$/);
  await server.server.stop("restart");
  assertMatch(await bob.untilEnd(), /ERROR :The server is restarting\.\r\n$/);
});

/** Bytes of a client in a room, and the start of the answer. */
const BAD_INPUT: readonly (readonly [why: string, bytes: string, answer: string])[] = [
  ["a line end without CR", "PING 1\n", ":hubbub PONG hubbub :1"],
  ["a CR within a line", "PING a\rb\n", ":hubbub PONG hubbub :ab"],
  ["NUL within a line", "PING a\0b\r\n", ":hubbub PONG hubbub :ab"],
  ["empty lines", "\r\n\n\r\nPING 2\r\n", ":hubbub PONG hubbub :2"],
  ["spaces alone", "    \r\nPING 3\r\n", ":hubbub PONG hubbub :3"],
  ["a source alone", ":bob\r\nPING 4\r\n", ":hubbub PONG hubbub :4"],
  ["tags alone", "@a=b\r\nPING 5\r\n", ":hubbub PONG hubbub :5"],
  ["a line of 511 bytes", `PING ${"x".repeat(506)}\r\n`, ":hubbub 417 bob :The line is too long"],
  [
    "tags of 8192 bytes",
    `@${"t".repeat(8190)} PING 6\r\n`,
    ":hubbub 417 bob :The line is too long",
  ],
  ["a megabyte", `${"m".repeat(1_000_000)}\r\n`, ":hubbub 417 bob :The line is too long"],
  ["no command", "FLY away\r\n", ":hubbub 421 bob FLY :"],
  ["a command of numbers", "001 x\r\n", ":hubbub 421 bob 001 :"],
];

Deno.test("IRC: bad input is answered, and the client stays", async () => {
  await using server = await startServer();
  const bob = await join(server.port, "bob");
  for (const [why, bytes, answer] of BAD_INPUT) {
    bob.send(bytes);
    const line = await bob.until("\r\n");
    assert(line.startsWith(answer), `${why}: ${line}`);
  }
  bob.send(new Uint8Array([...new TextEncoder().encode("PRIVMSG #lobby :"), 0xff, 13, 10]));
  assertMatch(await bob.until("\r\n"), /^FAIL \* INVALID_UTF8 :/);
  bob.close();
});

Deno.test("IRC: half a registration ends with the time for it, and holds no name", async () => {
  await using server = await startServer({ registrationMilliseconds: 1000 });
  const half = await RawClient.connect(server.port);
  half.send("CAP LS 302\r\nNICK bob\r\nUSER b 0 * :B\r\nCAP REQ :sasl\r\n");
  const bob = await join(server.port, "bob");
  assertMatch(await half.untilEnd(), /\r\nERROR :No name was sent within .*\r\n$/);
  bob.close();
});

Deno.test("IRC: a flood is slowed and nothing of it is lost", async () => {
  await using server = await startServer({ rate: { perSecond: 1000, burst: 10 } });
  const bob = await join(server.port, "bob");
  const ann = await join(server.port, "ann");
  const lines = Array.from({ length: 300 }, (_, index) => `PRIVMSG #lobby :${index}\r\n`);
  ann.send(lines.join(""));
  const received = await bob.until(":299\r\n");
  assertEquals(
    received.split("\r\n").filter((line) => line.includes("PRIVMSG")).map((line) =>
      Number(line.split(":").at(-1))
    ),
    lines.map((_, index) => index),
  );
  assert(!ann.isEnded);
  for (const client of [ann, bob]) client.close();
});
