/**
 * `hubbub chat` in a pipe, as a real process: what it sends, prints, and exits with.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";
import { freePort } from "../support/addresses.ts";

const encoder = new TextEncoder();

Deno.test("lines of standard input are said, lines of the chat printed, and it exits 0", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "person");
  await using chat = startProgram(["chat", "127.0.0.1", String(server.port), "--name", "bot"]);
  await person.until("bot has joined the chat! ***\n");
  person.send("hello bot\n/whisper bot psst\n");
  await chat.stdout.until(/person: hello bot\n.*\[WHISPER from person\]: psst\n/);
  await chat.stdin.write(encoder.encode("one\n/me waves\nthree, without a newline"));
  await chat.stdin.close();
  await person.until("bot: one\n");
  await person.until("* bot waves\n");
  await person.until("bot: three, without a newline\n");
  assertEquals(await chat.exit, 0);
  const printed = await chat.stdout.all();
  assert(!printed.includes("\u001b"), "no escape codes in a pipe");
  assertMatch(printed, /^\[\d\d:\d\d:\d\d\] \[SYSTEM\]: Welcome, bot!/);
  assertEquals(await chat.stderr.all(), "");
  person.close();
});

Deno.test("a thousand piped lines arrive once, in order, though the server slows them", async () => {
  await using server = await startServer({ rate: { perSecond: 1000, burst: 40 } });
  const person = await RawClient.join(server.port, "person");
  await using chat = startProgram(["chat", `127.0.0.1:${server.port}`, "--name", "bot"]);
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  await chat.stdin.write(encoder.encode(lines.map((line) => line + "\n").join("")));
  await chat.stdin.close();
  assertEquals(await chat.exit, 0);
  await person.until("bot has left the chat. ***\n");
  const said = [...person.received.matchAll(/bot: (line \d+)\n/g)].map(([, line]) => line);
  assertEquals(said, lines);
  person.close();
});

Deno.test("E1 what goes wrong is one line, and the exit code tells which", async () => {
  await using refused = startProgram(["chat", "127.0.0.1:1", "--name", "bot"]);
  assertEquals(await refused.exit, 3);
  assertEquals(
    await refused.stderr.all(),
    "Cannot connect to 127.0.0.1:1: connection refused. Is the server running?\n",
  );
  await using unknown = startProgram(["chat", "no.such.host.invalid", "--name", "bot"]);
  assertEquals(await unknown.exit, 3);
  assertMatch(await unknown.stderr.all(), /^Cannot connect to no\.such\.host\.invalid:8080: .+\n$/);
  await using badPort = startProgram(["chat", "127.0.0.1:port"]);
  assertEquals(await badPort.exit, 2);

  await using server = await startServer();
  const person = await RawClient.join(server.port, "taken");
  const at = `127.0.0.1:${server.port}`;
  for (const command of sampleOf([["chat", at], ["send", at, "hi"], ["tail", at]], 1)) {
    await using taken = startProgram([...command, "--name", "Taken"]);
    assertEquals(await taken.exit, 1);
    assertMatch(await taken.stderr.all(), /The name "Taken" is taken\. Choose another\.\n$/);
    await using invalid = startProgram([...command, "--name", "two words"]);
    assertEquals(await invalid.exit, 1);
    assertMatch(await invalid.stderr.all(), /name/);
  }
  person.close();
});

Deno.test({
  name: "when the server goes down, --no-reconnect says so and exits 1",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using serve = await startServe();
    await using chat = startProgram(
      ["chat", `127.0.0.1:${serve.port}`, "--name", "bot", "--no-reconnect"],
    );
    await chat.stdout.until(/Welcome, bot!/);
    serve.child.kill("SIGINT");
    await chat.stdout.until(/\[SYSTEM\]: The server is shutting down\.\n/);
    assertEquals(await chat.exit, 1);
    assertEquals(await serve.exit, 0);
  },
});

Deno.test({
  name: "a killed server is waited for, and what was piped meanwhile is said, once",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const data = await Deno.makeTempDir();
    try {
      const port = freePort();
      await using chat = await (async () => {
        await using serve = await startServe(["--data", data, "--port", String(port)]);
        const chat = startProgram(["chat", `127.0.0.1:${port}`, "--name", "bot"]);
        await chat.stdin.write(encoder.encode("before\n"));
        const witness = await RawClient.join(port, "witness");
        witness.send("/history\n");
        await witness.until("bot: before");
        serve.child.kill("SIGKILL");
        await serve.exit;
        await chat.stderr.until(/Lost the connection to .* Trying again in \d+ s\. \*\*\*\n/);
        witness.close();
        return chat;
      })();
      await chat.stdin.write(encoder.encode("meanwhile\n"));
      await using serve = await startServe(["--data", data, "--port", String(port)]);
      await chat.stderr.until(/\*\*\* Connected again\. \*\*\*\n/);
      await chat.stdin.write(encoder.encode("after\n"));
      await chat.stdin.close();
      assertEquals(await chat.exit, 0);
      const witness = await RawClient.join(serve.port, "late");
      witness.send("/history\n/users\n");
      const told = await witness.until("Online users");
      assertEquals(told.match(/bot: \w+/g), ["bot: before", "bot: meanwhile", "bot: after"]);
      witness.close();
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});
