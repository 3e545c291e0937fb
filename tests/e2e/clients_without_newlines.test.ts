/**
 * Clients of the first lessons on sockets, written in Python, that send no newline: R1 of a chat, R2 of
 * an echo server.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { hasCommand } from "../support/commands.ts";
import { LineReader, PROJECT, startEcho, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const test = hasCommand("python3", "--version") ? Deno.test : Deno.test.ignore;
const encoder = new TextEncoder();

/** A client in Python; `await using` ends it. */
function startClient(kind: "chat" | "test", port: number) {
  const child = new Deno.Command("python3", {
    args: [`${PROJECT}tests/fixtures/clients.py`, kind, String(port)],
    ...{ stdin: "piped", stdout: "piped" },
  }).spawn();
  const stdin = child.stdin.getWriter();
  const printed = new LineReader(child.stdout);
  return {
    printed,
    says: (text: string) => stdin.write(encoder.encode(`${text}\n`)),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await stdin.close().catch(() => {});
      await child.status;
      await printed.all();
    },
  };
}

test("R1 a client without newlines gets one error that shows how to send them", async () => {
  await using serve = await startServe();
  await using client = startClient("chat", serve.port);
  await client.printed.until(/Enter your username: /);
  await client.says("Alice");
  await client.printed.until(
    /^Enter your username: \n\[\S+\] \[ERROR\]: .+ newline, .+sendall\(b"Hello\\n"\).+--line-timeout 300ms/,
  );
  assertEquals(client.printed.text.split("newline").length, 2);
});

test("R1 with --line-timeout such clients chat, and quit", async () => {
  await using serve = await startServe(["--line-timeout", "100ms"]);
  await using alice = startClient("chat", serve.port);
  await alice.says("Alice");
  await alice.printed.until(/Welcome, Alice!/);
  await using bob = startClient("chat", serve.port);
  await bob.printed.until(/Enter your username: /);
  await bob.says("Bob");
  await bob.printed.until(/Welcome, Bob!/);
  await alice.printed.until(/Bob has joined/);
  await bob.says("Hey Alice!");
  await alice.printed.until(/\] Bob: Hey Alice!$/m);
  await alice.says("/whisper Bob Grüße");
  await bob.printed.until(/\[WHISPER from Alice\]: Grüße$/m);
  await bob.says("quit");
  await bob.printed.until(/Goodbye, Bob!\n(Disconnected from server)/);
  await alice.printed.until(/Bob has left/);
});

test("R2 echo --prefix puts the prefix before every answer, without any newline", async () => {
  await using echo = await startEcho("--quiet", "--prefix", "Server received: ");
  await using client = startClient("test", echo.port);
  const answers = (await client.printed.all()).trimEnd().split("\n");
  assertEquals(
    answers.map((answer) => answer.startsWith("Server received: ")),
    answers.map(() => true),
  );
  assertEquals(answers.length, 6);
  assertEquals(answers[2], "Server received: Grüße, 世界 🌍");
});

Deno.test("echo --line-timeout: a pause ends the line of any client", async () => {
  // The server itself pauses after each read and each write, for longer than the line timeout.
  const pauses = ["--line-timeout", "10ms", "--trace-delay", "20ms"];
  await using echo = await startEcho("--quiet", "--prefix", "> ", ...pauses);
  const client = await RawClient.connect(echo.port);
  for (const message of ["a", "b", "a line\nand its end", "c"]) {
    client.send(message);
    await client.until(`> ${message.split("\n").join("\n> ")}`);
  }
  assertEquals(client.received, "> a> b> a line\n> and its end> c");
  client.close();
});

Deno.test("a program whose JSON has no newline gets an error, and with a line timeout its welcome", async () => {
  for (const lineTimeoutMilliseconds of [0, 50]) {
    await using server = await startServer({ lineTimeoutMilliseconds });
    const client = await RawClient.connect(server.port);
    client.send('{"type":"hello","name":"Ann"}');
    const expected = lineTimeoutMilliseconds === 0 ? "missing_line_end" : '"welcome"';
    assertMatch(await client.until("\n"), new RegExp(expected));
    client.close();
  }
});
