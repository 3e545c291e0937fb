/**
 * The little programs with which people learn sockets, done with the real program. Those that are not
 * here have their number, such as P5, in the name of a test of their own; so have the rows of tests
 * (T) and of errors (E).
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasCommand, run } from "../support/commands.ts";
import { startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

async function startEcho(...parameters: string[]) {
  const program = startProgram(["echo", "--port", "0", ...parameters]);
  const [, port] = await program.stdout.until(/^Listening on 127\.0\.0\.1:(\d+)$/m);
  return { ...program, port: Number(port) };
}

Deno.test({
  name: "P3 a threaded chat for nc: name, message, and the end",
  ignore: Deno.build.os === "windows" || !hasCommand("nc", "-h"),
  fn: async () => {
    await using serve = await startServe();
    const bob = await RawClient.join(serve.port, "Bob");
    const nc = run(
      "bash",
      "-c",
      `printf 'Alice\\nhello Bob\\n/quit\\n' | nc 127.0.0.1 ${serve.port}`,
    );
    await bob.until("Alice has joined the chat! ***\n");
    await bob.until("Alice: hello Bob\n");
    await bob.until("Alice has left the chat. ***\n");
    const { stdout } = await nc;
    assertMatch(stdout, /^Enter your username: .*Welcome, Alice!/m);
    assertMatch(stdout, /Goodbye, Alice!\n$/);
    bob.close();
  },
});

Deno.test("P4 a threaded echo: several clients, many messages a connection, each logged", async () => {
  await using echo = await startEcho("--prefix", "Server received: ");
  const clients = [await RawClient.connect(echo.port), await RawClient.connect(echo.port)];
  for (let number = 0; number < 5; number++) {
    for (const client of clients) {
      client.send(`message ${number}\n`);
      assertEquals(await client.until("\n"), `Server received: message ${number}\n`);
    }
  }
  for (const client of clients) {
    const peer = `127.0.0.1:${client.socket.localPort}`;
    client.close();
    await echo.stderr.until(new RegExp(`^Connection closed for ${peer}$`, "m"));
    assert(echo.stderr.text.includes(`New connection from ${peer}\n`));
    assert(echo.stderr.text.includes(`Received from ${peer}: message 4\n`));
  }
});

Deno.test("P7 a chat server with a banner, a limit, and how to stop it", async () => {
  await using serve = await startServe(["--max-clients", "2"]);
  await serve.stdout.until(/room for +2 clients/);
  await serve.stdout.until(/stop with +Ctrl\+C/);
  const clients = [
    await RawClient.join(serve.port, "Alice"),
    await RawClient.join(serve.port, "Bob"),
  ];
  const third = await RawClient.connect(serve.port);
  assertMatch(await third.untilEnd(), /full/);
  for (const client of [...clients, third]) client.close();
});

Deno.test("P10 a basic echo: one client, many messages, and a clean end", async () => {
  await using echo = await startEcho("--mode", "iterative");
  const client = await RawClient.connect(echo.port);
  for (const message of ["one", "two", "three"]) {
    client.send(`${message}\n`);
    assertEquals(await client.until("\n"), `${message}\n`);
  }
  const peer = `127.0.0.1:${client.socket.localPort}`;
  client.socket.end();
  assertEquals(await client.untilEnd(), "");
  await echo.stderr.until(new RegExp(`^Connection closed for ${peer}$`, "m"));
});

Deno.test("P12 with broadcast or without: all at once, each its own or everybody's", async () => {
  await using echo = await startEcho();
  const alone = await RawClient.connect(echo.port);
  const other = await RawClient.connect(echo.port);
  other.send("mine\n");
  await other.until("mine\n");
  alone.send("alone\n");
  assertEquals(await alone.until("\n"), "alone\n");
  assertEquals(other.received, "mine\n");

  await using serve = await startServe();
  const names = ["Alice", "Bob", "Carol"];
  const clients = await Promise.all(names.map((name) => RawClient.join(serve.port, name)));
  clients[0]!.send("to all\n");
  for (const client of clients.slice(1)) await client.until("Alice: to all\n");
  clients[0]!.send("/users\n");
  await clients[0]!.until("Online users (3)");
  assert(!clients[0]!.received.includes("Alice: to all"));
  for (const client of [alone, other, ...clients]) client.close();
});

Deno.test("P13 the sandbox: host and port, framing by length, /nick, /quit, a time-out", async () => {
  await using serve = await startServe(["--host", "127.0.0.1", "--registration-timeout", "1s"]);
  const silent = await RawClient.connect(serve.port);
  const alice = await RawClient.join(serve.port, "Alice");
  const framed = await RawClient.connect(serve.port, "latin1");
  const hello = '{"type":"hello","name":"framed"}';
  framed.socket.write(`\0\0\0${String.fromCharCode(hello.length)}${hello}`, "latin1");
  await framed.until(/^\0\0.+"type":"welcome"/);
  await alice.until("framed has joined");
  alice.send("/nick Alicia\n");
  await framed.until('"Alicia"');
  alice.send("/quit\n");
  assertMatch(await alice.untilEnd(), /Goodbye, Alicia!\n$/);
  await silent.untilEnd();
  for (const client of [silent, alice, framed]) client.close();
});

Deno.test("P14 a chat for all interfaces, with messages of a whole buffer", async () => {
  await using serve = await startServe(["--host", "0.0.0.0"]);
  await serve.stdout.until(/^Listening on 0\.0\.0\.0:\d+$/m);
  const [alice, bob, carol] = await Promise.all(
    ["Alice", "Bob", "Carol"].map((name) => RawClient.join(serve.port, name)),
  );
  const message = "x".repeat(4096);
  alice!.send(`${message}\n`);
  for (const client of [bob!, carol!]) await client.until(`Alice: ${message}\n`);
  for (const client of [alice!, bob!, carol!]) client.close();
});

Deno.test("T6 T7 a chat's connections, from beginning to end, one after the other", async () => {
  await using serve = await startServe();
  const watcher = await RawClient.join(serve.port, "Watcher");
  for (let round = 0; round < 10; round++) {
    const client = await RawClient.join(serve.port, "Guest");
    await watcher.until("Guest has joined the chat! ***\n");
    client.send(`round ${round}\n`);
    await watcher.until(`Guest: round ${round}\n`);
    client.send("/quit\n");
    await client.untilEnd();
    client.close();
    await watcher.until("Guest has left the chat. ***\n");
  }
  watcher.send("/list\n");
  await watcher.until("Online users (1): Watcher\n");
  watcher.close();
});
