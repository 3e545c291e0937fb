/**
 * The text protocol over raw sockets: each line to the letter of its specification.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** A time stamp; the lines around it are exact. */
const stampless = (text: string) => text.replaceAll(/\[\d\d:\d\d:\d\d\]/g, "[T]");

Deno.test("T8 T9 T11 two people chat, and every line is as specified", async () => {
  await using server = await startServer();
  const alice = await RawClient.connect(server.port);
  assertEquals(await alice.until("Enter your username: "), "Enter your username: ");
  alice.send("Alice\n");
  const welcome = await alice.until("\n");
  assertMatch(
    welcome,
    /^\[\d\d:\d\d:\d\d\] \[SYSTEM\]: Welcome, Alice! Type \/help for available commands\.\n$/,
  );

  const bob = await RawClient.join(server.port, "Bob");
  assertEquals(stampless(await alice.until("\n")), "[T] *** Bob has joined the chat! ***\n");

  bob.send("Hey Alice!\n");
  assertEquals(stampless(await alice.until("\n")), "[T] Bob: Hey Alice!\n");

  bob.send("/whisper alice Hey!\n");
  assertEquals(stampless(await alice.until("\n")), "[T] [WHISPER from Bob]: Hey!\n");
  assertEquals(stampless(await bob.until("\n")), "[T] [WHISPER to Alice]: Hey!\n");

  for (const command of ["/users", "/list"]) {
    bob.send(`${command}\n`);
    assertEquals(
      stampless(await bob.until("\n")),
      "[T] [SYSTEM]: Online users (2): Alice, Bob\n",
    );
  }

  bob.send("/whisper Carol hi\n");
  assertEquals(
    stampless(await bob.until("\n")),
    '[T] [ERROR]: No user named "Carol" is online.\n',
  );

  bob.send("/me waves\n");
  assertEquals(stampless(await alice.until("\n")), "[T] * Bob waves\n");

  bob.send("/nick Robert\n");
  for (const client of [alice, bob]) {
    assertEquals(stampless(await client.until("\n")), "[T] *** Bob is now known as Robert. ***\n");
  }

  bob.send("quit\n");
  assertEquals(stampless(await bob.untilEnd()), "[T] [SYSTEM]: Goodbye, Robert!\n");
  assertEquals(stampless(await alice.until("\n")), "[T] *** Robert has left the chat. ***\n");
  alice.close();
});

Deno.test("whispers are answered by /reply, and /msg and /w are /whisper", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const bob = await RawClient.join(server.port, "Bob");
  await alice.until("Bob has joined the chat! ***\n");
  bob.send("/reply too early\n");
  await bob.until("[ERROR]: No user has whispered to you yet.");
  await bob.until("\n");
  alice.send("/msg Bob one\n");
  assertEquals(stampless(await bob.until("\n")), "[T] [WHISPER from Alice]: one\n");
  bob.send("/reply two\n");
  await alice.until("[WHISPER to Bob]: one\n");
  assertEquals(stampless(await alice.until("\n")), "[T] [WHISPER from Bob]: two\n");
  alice.send("/w bob three\n");
  await bob.until("[WHISPER from Alice]: three\n");
  alice.close();
  bob.close();
});

Deno.test("a taken name is refused, whatever its case, and asked for again", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const other = await RawClient.connect(server.port);
  await other.until("Enter your username: ");
  other.send("ALICE\n");
  assertEquals(
    stampless(await other.until("Enter your username: ")),
    '[T] [ERROR]: The name "ALICE" is taken. Choose another.\nEnter your username: ',
  );
  other.send("Alina\n");
  await other.until("Welcome, Alina!");
  alice.close();
  other.close();
});

Deno.test("the third refused name closes the connection", async () => {
  await using server = await startServer();
  const client = await RawClient.connect(server.port);
  client.send("two words\n\n/slash\n");
  const all = stampless(await client.untilEnd());
  assertEquals(all.split("Enter your username: ").length - 1, 3, "one prompt a try");
  assert(all.endsWith("3 names or passwords were refused. Connect again to try others.\n"), all);
});

Deno.test("name and three messages in the first segment", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const hasty = await RawClient.connect(server.port);
  hasty.send("Hasty\none\ntwo\nthree\n");
  await alice.until("Hasty has joined the chat! ***\n");
  for (const text of ["one", "two", "three"]) {
    assertEquals(stampless(await alice.until("\n")), `[T] Hasty: ${text}\n`);
  }
  assertEquals(
    stampless(await hasty.until("\n")),
    "Enter your username: [T] [SYSTEM]: Welcome, Hasty! Type /help for available commands.\n",
  );
  alice.close();
  hasty.close();
});

Deno.test("E5 byte by byte, with CR LF, and a character cut in two", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const slow = await RawClient.connect(server.port);
  for (const byte of new TextEncoder().encode("Zoë\r\nhällo 🎈\r\n")) {
    await slow.sendSegment(new Uint8Array([byte]));
  }
  await alice.until("*** Zoë has joined the chat! ***\n");
  assertEquals(stampless(await alice.until("\n")), "[T] Zoë: hällo 🎈\n");
  alice.close();
  slow.close();
});

Deno.test("E5 many lines in one segment arrive in order", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const bob = await RawClient.join(server.port, "Bob");
  await alice.until("Bob has joined the chat! ***\n");
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  bob.send(lines.map((line) => line + "\n").join(""));
  for (const line of lines) assertEquals(stampless(await alice.until("\n")), `[T] Bob: ${line}\n`);
  alice.close();
  bob.close();
});

Deno.test("T10 T13 a client that vanishes leaves the list, and the others are notified", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const fin = await RawClient.join(server.port, "Fin");
  const rst = await RawClient.join(server.port, "Rst");
  await alice.until("Rst has joined the chat! ***\n");
  fin.close();
  await alice.until("*** Fin has left the chat. ***\n");
  rst.reset();
  await alice.until("*** Rst has left the chat. ***\n");
  alice.send("/users\n");
  assertEquals(stampless(await alice.until("\n")), "[T] [SYSTEM]: Online users (1): Alice\n");
  alice.close();
});

Deno.test("what a client says before it closes its side is still said", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const brief = await RawClient.connect(server.port);
  brief.send("Brief\nhello and goodbye\nno newline at the end");
  brief.socket.end();
  await alice.until("Brief: hello and goodbye\n");
  await alice.until("Brief: no newline at the end\n");
  await alice.until("*** Brief has left the chat. ***\n");
  alice.close();
});

Deno.test("control characters reach no client, and a name cannot hold them", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  const mallory = await RawClient.join(server.port, "Mallory");
  await alice.until("Mallory has joined the chat! ***\n");
  mallory.send("a\u001b[31mred\u0007\u009b2J\u202etxt\tend\u0000\u007f\n");
  assertEquals(stampless(await alice.until("\n")), "[T] Mallory: a[31mred2Jtxt\tend\n");
  mallory.send("/nick \u001b[31mred\n");
  await mallory.until("[ERROR]: A name");
  alice.close();
  mallory.close();
});

Deno.test("/help lists every command, and a wrong one gets the nearest named", async () => {
  await using server = await startServer();
  const alice = await RawClient.join(server.port, "Alice");
  alice.send("/help\n");
  const help = await alice.until("//text sends /text.\n");
  for (const command of ["/help", "/users", "/list", "/whisper", "/msg", "/w", "/reply", "/me"]) {
    assert(help.includes(command), command);
  }
  alice.send("/whsiper Bob hi\n");
  await alice.until("There is no command /whsiper. Did you mean /whisper? /help lists all");
  alice.send("//help is a command\n/users\n");
  await alice.until("Online users (1)");
  alice.close();
});
