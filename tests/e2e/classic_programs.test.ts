/**
 * The programs that people write when they learn sockets, by the commands of docs/FROM_PYTHON.md: each
 * shows what its namesake is known for.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasCommand } from "../support/commands.ts";
import { canAskKernel, establishedTo, listeningSocket } from "../support/kernel_sockets.ts";
import { startEcho, startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const isWindows = Deno.build.os === "windows";
const withoutTmux = !hasTmux();

/** Runs `nc` to its end, with this as its input, and returns what it printed. */
async function netcat(port: number, input: string): Promise<string> {
  const child = new Deno.Command("nc", {
    args: ["127.0.0.1", String(port)],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

const withoutNetcat = !hasCommand("nc", "-h");

Deno.test("the one-shot echo server: one message, closed, and the next client", async () => {
  await using echo = await startEcho("--mode", "once");
  for (const name of ["first", "second", "third"]) {
    const client = await RawClient.connect(echo.port);
    client.send(`I am the ${name}\n`);
    assertEquals(await client.untilEnd(), `I am the ${name}\n`);
    client.close();
  }
});

Deno.test({
  name: "the echo client in ten lines is nc: what is said comes back, and it ends",
  ignore: withoutNetcat,
  fn: async () => {
    // The server closes, so that every kind of nc ends.
    await using echo = await startEcho("--mode", "once");
    assertEquals(await netcat(echo.port, "Hello, Server!\n"), "Hello, Server!\n");
  },
});

Deno.test("the echo client is hubbub chat, too: it finds that nothing greets it", async () => {
  await using echo = await startEcho();
  await using chat = startProgram(["chat", "127.0.0.1", String(echo.port), "--name", "Ann"]);
  await chat.stderr.until(/is not a hubbub server: .+ echo server.+ Plain lines from here on\.\n/);
  await chat.stdin.write(new TextEncoder().encode("Hello, Server!\n"));
  await chat.stdout.until(/^Hello, Server!$/m);
  await chat.stdin.close();
  assertEquals(await chat.exit, 0);
});

Deno.test({
  name: "the threaded chat for plain nc: a name, a message, a last line",
  ignore: withoutNetcat,
  fn: async () => {
    await using serve = await startServe();
    const listener = await RawClient.join(serve.port, "Listener");
    const printed = await netcat(serve.port, "Ann\nhello from nc\n/quit\n");
    assertMatch(printed, /^Enter your username: \[[\d:]+\] \[SYSTEM\]: Welcome, Ann!/);
    assertMatch(printed, /Goodbye, Ann!\n$/);
    await listener.until("Ann has joined the chat!");
    await listener.until("Ann: hello from nc\n");
    await listener.until("Ann has left the chat.");
    listener.close();
  },
});

Deno.test("the threaded echo server: its prefix, many messages, and its log", async () => {
  await using echo = await startEcho("--prefix", "Server received: ");
  const [one, two] = [await RawClient.connect(echo.port), await RawClient.connect(echo.port)];
  for (let round = 0; round < 3; round++) {
    one.send(`one ${round}\n`);
    two.send(`two ${round}\n`);
    assertEquals(await one.until("\n"), `Server received: one ${round}\n`);
    assertEquals(await two.until("\n"), `Server received: two ${round}\n`);
  }
  const peer = `127\\.0\\.0\\.1:${one.socket.localPort}`;
  one.close();
  await echo.stderr.until(
    new RegExp(
      `^New connection from ${peer}$[^]*^Received from ${peer}: one 0$[^]*^Connection closed for ${peer}$`,
      "m",
    ),
  );
  two.close();
});

Deno.test({
  name: "the interactive client: a prompt, messages arrive while typing, quit leaves",
  ignore: withoutTmux,
  fn: async () => {
    await using serve = await startServe();
    const bob = await RawClient.join(serve.port, "Bob");
    await using terminal = await Tmux.start(["chat", "127.0.0.1", String(serve.port)]);
    await terminal.until(new RegExp(`^Connected to server at 127\\.0\\.0\\.1:${serve.port}$`, "m"));
    await terminal.line("Ann");
    await terminal.until(/Welcome, Ann![^]*^> ?$/m);
    await terminal.type("half a li");
    bob.send("hello\n");
    await terminal.until(/Bob: hello\n> half a li/);
    await terminal.line("ne");
    await bob.until("Ann: half a line\n");
    await terminal.until(/You: half a line$/m);
    await terminal.line("quit");
    await terminal.until(/^Disconnected from server\.$[^]*^exit code 0$/m);
    bob.close();
  },
});

Deno.test("the client in test mode: a scripted set, a verdict each, and an exit code", async () => {
  // However long a busy machine pauses within a message, it is one.
  const parameters = ["--prefix", "Server received: ", "--quiet", "--line-timeout", "1m"];
  await using echo = await startEcho(...parameters);
  await using check = startProgram(["check", "127.0.0.1", String(echo.port)]);
  const printed = await check.stdout.all();
  assertMatch(printed, /^PASS {2}one message comes back once$/m);
  assertMatch(printed, /^11 passed, 0 failed, 0 skipped$/m);
  assertEquals(await check.exit, 0);
});

Deno.test({
  name: "the chat server: a banner with limits and how to stop, a full house, Ctrl+C",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe(["--max-clients", "2"]);
    await serve.stdout.until(
      /room for +2 clients, 128 waiting to be accepted\n +stop with +Ctrl\+C/,
    );
    const [ann, bob] = [
      await RawClient.join(serve.port, "Ann"),
      await RawClient.join(serve.port, "Bob"),
    ];
    const third = await RawClient.connect(serve.port);
    assertMatch(await third.untilEnd(), /Server is full \(2 of 2\)/);
    serve.child.kill("SIGINT");
    await Promise.all([ann, bob].map((client) => client.until(/shutting down/i)));
    assertEquals(await serve.exit, 0);
    for (const client of [ann, bob, third]) client.close();
  },
});

Deno.test("the client for the command line, in a pipe: lines in, lines out, no escape codes", async () => {
  await using serve = await startServe();
  const bob = await RawClient.join(serve.port, "Bob");
  await using chat = startProgram(["chat", "127.0.0.1", String(serve.port), "--name", "Ann"]);
  await chat.stdout.until(/Welcome, Ann!/);
  bob.send("hello\n");
  await chat.stdout.until(/Bob: hello\n/);
  await chat.stdin.write(new TextEncoder().encode("hi Bob\n"));
  await bob.until("Ann: hi Bob\n");
  await chat.stdin.close();
  assertEquals(await chat.exit, 0);
  assert(!chat.stdout.text.includes("\x1b"));
  bob.close();
});

Deno.test("the client with windows: its page, with server, name, messages and people", async () => {
  await using serve = await startServe();
  const answer = await fetch(`http://127.0.0.1:${serve.port}/`);
  assertEquals(answer.status, 200);
  const page = await answer.text();
  for (const part of ["join-server", "join-name", "log", "people"]) {
    assertMatch(page, new RegExp(`id="${part}"`));
  }
});

Deno.test("the basic echo server: one client from its beginning to its end", async () => {
  await using echo = await startEcho("--mode", "iterative");
  const client = await RawClient.connect(echo.port);
  for (const text of ["one", "two", "three"]) {
    client.send(`${text}\n`);
    assertEquals(await client.until("\n"), `${text}\n`);
  }
  client.socket.end();
  assertEquals(await client.untilEnd(), "");
  await echo.stderr.until(/^Connection closed for /m);
});

Deno.test({
  name: "the iterative server: two of three are connected, and unserved until the first leaves",
  ignore: !canAskKernel,
  fn: async () => {
    await using echo = await startEcho("--mode", "iterative");
    const first = await RawClient.connect(echo.port);
    first.send("first\n");
    await first.until("first\n");
    const [second, third] = [
      await RawClient.connect(echo.port),
      await RawClient.connect(echo.port),
    ];
    second.send("second\n");
    third.send("third\n");
    // An answered client proves that the server is awake, and that it serves no other meanwhile.
    first.send("still here\n");
    await first.until("still here\n");
    assertEquals(
      establishedTo(echo.port),
      [first, second, third].map(({ socket }) => socket.localPort!).sort(),
    );
    assertEquals(listeningSocket(echo.port).waiting, 2);
    assertEquals([second.received, third.received], ["", ""]);

    first.close();
    assertEquals(await second.until("\n"), "second\n");
    assertEquals([listeningSocket(echo.port).waiting, third.received], [1, ""]);
    second.close();
    assertEquals(await third.until("\n"), "third\n");
    third.close();
  },
});

Deno.test("the threaded server: an echo to each at once, or a broadcast to the others", async () => {
  await using echo = await startEcho("--quiet");
  await using serve = await startServe();
  const echoed = [await RawClient.connect(echo.port), await RawClient.connect(echo.port)];
  for (const [index, client] of echoed.toReversed().entries()) {
    client.send(`${index}\n`);
    assertEquals(await client.until("\n"), `${index}\n`);
  }
  const [ann, bob, cleo] = [
    await RawClient.join(serve.port, "Ann"),
    await RawClient.join(serve.port, "Bob"),
    await RawClient.join(serve.port, "Cleo"),
  ];
  ann.send("to all\n");
  await Promise.all([bob, cleo].map((client) => client.until("Ann: to all\n")));
  ann.send("/quit\n");
  assert(!(await ann.untilEnd()).includes("to all"), "a sender does not get its own message");
  for (const client of [...echoed, ann, bob, cleo]) client.close();
});

Deno.test("the sandbox: host and port, lengths as frames, /nick, /quit, and a time-out", async () => {
  await using serve = await startServe(["--host", "127.0.0.1", "--registration-timeout", "1s"]);
  const bob = await RawClient.join(serve.port, "Bob");
  const framed = await RawClient.connect(serve.port, "latin1");
  const frame = (text: string) => `\0\0\0${String.fromCharCode(text.length)}${text}`;
  framed.send(frame('{"type":"hello","name":"Ann"}'));
  await framed.until(/^\0\0[^]{2}\{"type":"welcome"/);
  framed.send(frame('{"type":"message","text":"by length"}'));
  await bob.until("Ann: by length\n");
  bob.send("/nick Robert\n");
  await framed.until('"Robert"');
  bob.send("/quit\n");
  assertMatch(await bob.untilEnd(), /Goodbye, Robert!\n$/);
  const nameless = await RawClient.connect(serve.port);
  assertMatch(await nameless.untilEnd(), /No name was sent within 1 seconds?/);
  for (const client of [bob, framed, nameless]) client.close();
});

Deno.test("the chat of an assignment: all addresses, a line of 4096 bytes, several at once", async () => {
  await using serve = startProgram(["serve", "--host", "0.0.0.0", "--port", "0"]);
  const [, port] = await serve.stdout.until(/^Listening on 0\.0\.0\.0:(\d+)$/m);
  const clients: RawClient[] = [];
  for (const name of ["Ann", "Bob", "Cleo"]) {
    clients.push(await RawClient.join(Number(port), name));
  }
  const [ann, ...others] = clients;
  const line = "x".repeat(4096);
  ann!.send(`${line}\n${line}y\n`);
  await Promise.all(others.map((client) => client.until(`Ann: ${line}\n`)));
  await ann!.until("The line is over 4096 bytes");
  for (const client of clients) client.close();
});
