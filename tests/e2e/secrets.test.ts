/**
 * No password and no token leaves a client before the server has introduced itself as hubbub: the
 * servers that people write when they learn sockets, with every byte that a client sends to them.
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { ChatClient, ConnectionError, runPlainChat, sendLines } from "../../mod.ts";
import { RECORD_SEPARATOR } from "../../protocol/mod.ts";
import { hasCommand } from "../support/commands.ts";
import { eventuallyDone } from "../support/eventually.ts";
import { startCommand } from "../support/foreign_server.ts";
import { type Forwarder, startForwarder } from "../support/forwarder.ts";
import { PROJECT, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { isThorough } from "../support/thorough.ts";
import { freePort, untilFree } from "../support/addresses.ts";

const isQuick = !isThorough("secrets and other people's servers, each kind");
const withoutPython = !hasCommand("python3", "--version");
const SECRETS = { password: "name-s3cret", serverPassword: "server-s3cret" };

type Foreign = AsyncDisposable & { readonly port: number };

function startFixture(file: string, kind: string): Promise<Foreign> {
  const parameters = [`${PROJECT}tests/fixtures/${file}.py`, kind];
  return startCommand("python3", parameters, /^Listening on port (\d+)$/m);
}

/** A server that does this to every client. */
async function startForeign(behave: (socket: Socket) => void): Promise<Foreign> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // "close" follows
    behave(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** A chat in a pipe that has passwords, and what it prints. */
function chatOn(port: number, line = "hello all") {
  const input = new PassThrough();
  const printed = { output: "", errors: "" };
  const sink = (name: keyof typeof printed) =>
    new PassThrough().on("data", (bytes) => printed[name] += bytes);
  const outcome = runPlainChat({
    port,
    name: "Alice",
    ...SECRETS,
    input,
    output: sink("output"),
    errors: sink("errors"),
    connectTimeoutMilliseconds: 3000,
  });
  input.end(line + "\n");
  return { printed, outcome };
}

function assertNoSecrets({ sent }: Forwarder): void {
  for (const bytes of sent) {
    assertNotMatch(bytes, /s3cret/);
    assertNotMatch(bytes, /[{}]|type|hello"|session/, "no JSON either");
    const start = bytes.lastIndexOf(RECORD_SEPARATOR);
    assert(start <= 0, "the separator is sent once at most, and first");
  }
}

for (
  const [what, start] of [
    ["a chat that reads lines", () => startFixture("chat_server", "name")],
    ["a chat that takes a read for a message", () => startFixture("chat_server", "reads")],
    ["a chat with hubbub's own prompt", () => startFixture("chat_server", "names")],
    ["a chat that asks on a line", () => startFixture("chat_server", "username")],
    ["a chat that asks for nothing and reads lines", () => startFixture("chat_server", "unasked")],
    ["a chat that asks for nothing and takes a read", () => startFixture("chat_server", "grabs")],
    ["a relay that is silent", () => startFixture("chat_server", "bare")],
    ["an echo server of reads", () => startFixture("echo_server", "iterative")],
    ["an echo server with a prefix", () => startFixture("echo_server", "threaded")],
    ["an echo server of lines", () => startFixture("echo_server", "lines")],
    ["an echo server of one message", () => startFixture("echo_server", "once")],
    ["an echo server that greets", () => startFixture("echo_server", "greets")],
    ["a server that never answers", () => startFixture("echo_server", "mute")],
    ["SSH", () => startFixture("echo_server", "ssh")],
    [
      "a web server that waits for a line",
      () =>
        startCommand(
          "python3",
          ["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
          /port (\d+)/,
        ),
    ],
    [
      "a web server that answers the first byte",
      () =>
        startForeign((socket) => {
          socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
        }),
    ],
    ["a server that closes at once", () => startForeign((socket) => socket.end())],
    ["a server that resets", () => startForeign((socket) => socket.resetAndDestroy())],
    [
      "a server that lets every client in, as JSON",
      () =>
        startForeign((socket) => {
          const frame = {
            type: "welcome",
            name: "Alice",
            room: "r",
            server: "s",
            session: "t",
            seq: 0,
          };
          socket.write(JSON.stringify(frame) + "\n");
        }),
    ],
    [
      "a server that greets before it says that it is hubbub",
      () =>
        startForeign((socket) => {
          socket.write('Welcome!\n{"type":"server","server":"hubbub","protocol":0}\n');
        }),
    ],
  ] as [string, () => Promise<Foreign>][]
) {
  Deno.test({
    name: `secrets: ${what} gets no password from chat, send and ChatClient, and no JSON`,
    ignore: withoutPython || isQuick,
    fn: async () => {
      await using server = await start();
      await using network = await startForwarder(server.port);
      const { port } = network;
      const chat = chatOn(port);
      await chat.outcome;
      const errors = new PassThrough();
      const options = { port, name: "Alice", ...SECRETS, connectTimeoutMilliseconds: 300 };
      const sent = await sendLines({ ...options, lines: ["hi"], errors });
      assertEquals(sent.type, "failed");
      const error = await ChatClient.connect(options).catch((error) => error);
      assert(error instanceof ConnectionError);
      assertNoSecrets(network);
      assertMatch(chat.printed.errors, /The password was not sent\./);
      assertEquals(chat.printed.errors.includes("s3cret"), false);
    },
  });
}

for (const kind of ["name", "username", "names", "reads"]) {
  Deno.test({
    name:
      `secrets: a chat that prompts (${kind}) sees one connection, with the name and what was typed`,
    ignore: withoutPython || isQuick,
    fn: async () => {
      await using server = await startFixture("chat_server", kind);
      await using network = await startForwarder(server.port);
      const witness = await RawClient.connect(server.port);
      await witness.until(/Enter (your )?(user)?name/);
      witness.send("Witness\n");
      await witness.until("Witness has joined");
      const chat = chatOn(network.port);
      await witness.until("Alice has joined");
      await witness.until("Alice: hello all\n");
      await witness.until("Alice has left");
      await chat.outcome;
      // On a machine that is busy the byte goes out before the prompt is there.
      assertEquals(network.sent.at(-1)?.replace(RECORD_SEPARATOR, ""), "Alice\nhello all\n");
      assertNoSecrets(network);
      witness.close();
    },
  });
}

for (const kind of ["unasked", "grabs"]) {
  Deno.test({
    name: `R3 a chat that takes the first line for the name (${kind}) gets the one that was given`,
    ignore: withoutPython,
    fn: async () => {
      await using server = await startFixture("chat_server", kind);
      const witness = await RawClient.connect(server.port);
      witness.send("Witness\n");
      await witness.until("Witness has joined");
      const chat = chatOn(server.port);
      await witness.until("*** Alice has joined the chat ***\n");
      await witness.until("Alice: hello all\n");
      await chat.outcome;
      witness.close();
    },
  });
}

Deno.test({
  name: "R4 R7 chat with a relay that says nothing goes on by plain lines, and says so",
  ignore: withoutPython,
  fn: async () => {
    await using server = await startFixture("chat_server", "bare");
    await using network = await startForwarder(server.port);
    const witness = await RawClient.connect(server.port);
    await using chat = startProgram(["chat", `127.0.0.1:${network.port}`], {
      env: {
        HUBBUB_NAME_PASSWORD: SECRETS.password,
        HUBBUB_SERVER_PASSWORD: SECRETS.serverPassword,
      },
    });
    await chat.stderr.until(
      /is not a hubbub server: it sends nothing\. The password was not sent\. Plain lines from here on\.\n/,
    );
    await chat.stdin.write(new TextEncoder().encode("hello\n"));
    await witness.until("hello\n");
    witness.send("hi\n");
    await chat.stdout.until(/^hi$/m);
    await chat.stdin.close();
    assertEquals(await chat.exit, 0);
    assertNoSecrets(network);
    assertEquals(
      witness.received.replaceAll(RECORD_SEPARATOR, "").trim(),
      "hello",
      "no name, no JSON",
    );
    witness.close();
  },
});

Deno.test("secrets: a password that a script says to hubbub is not said to another server", async () => {
  await using server = await startForeign((socket) => void socket.pipe(socket));
  await using network = await startForwarder(server.port);
  const chat = chatOn(network.port, "one\n/register s3cret\n /Register s3cret\ntwo");
  assertEquals(await chat.outcome, { type: "quit", by: "end of input", refused: 2 });
  assertEquals(chat.printed.output, "one\ntwo\n");
  assertEquals(chat.printed.errors.match(/^Not sent: .+$/gm)?.length, 2);
  assertNoSecrets(network);
});

for (
  const [does, behave] of [
    ["prompts", (socket: Socket) => void socket.write("Enter your username: ")],
    ["echoes", (socket: Socket) => void socket.pipe(socket)],
    ["is silent", () => {}],
    ["answers in JSON", (socket: Socket) => void socket.write('{"type":"pong","t":0}\n')],
  ] as const
) {
  Deno.test(`secrets: another server that ${does} in hubbub's place gets no token of a session`, async () => {
    const hubbub = await startServer({ port: freePort() });
    const connect = () =>
      ChatClient.connect({
        port: hubbub.port,
        name: "Alice",
        reconnect: { firstDelayMilliseconds: 10, maxDelayMilliseconds: 20 },
        connectTimeoutMilliseconds: 200,
      });
    // Later, too, the client tries again: a busy machine may take longer than so short a time.
    await using chat = await eventuallyDone(connect);
    const token = chat.welcome!.session;
    assert(token.length > 20);
    await hubbub[Symbol.asyncDispose]();
    let bytes = "";
    let connections = 0;
    const third = Promise.withResolvers<void>();
    const sockets = new Set<Socket>();
    const impostor = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", (chunk) => bytes += chunk);
      behave(socket);
      if (++connections === 3) third.resolve();
    });
    await untilFree(hubbub.port);
    await new Promise<void>((resolve) => impostor.listen(hubbub.port, "127.0.0.1", resolve));
    const sent = chat.send("kept for later");
    chat.post({ type: "register", password: SECRETS.password });
    await third.promise;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => impostor.close(resolve));
    assertEquals(bytes.replaceAll(RECORD_SEPARATOR, ""), "");
    assertEquals(bytes.includes(token), false);
    // And hubbub, when it is there again, gets what was kept.
    await untilFree(hubbub.port);
    await using _again = await startServer({ port: hubbub.port });
    assertEquals((await sent).seq, 1);
  });
}

Deno.test("secrets: hubbub gets the passwords, and the client is in", async () => {
  await using server = await startServer({ serverPassword: SECRETS.serverPassword });
  await using network = await startForwarder(server.port);
  const { password: _, ...credentials } = SECRETS;
  await using chat = await ChatClient.connect({
    port: network.port,
    name: "Alice",
    ...credentials,
  });
  assertEquals(chat.name, "Alice");
  assertEquals(
    network.sent,
    [`${RECORD_SEPARATOR}{"type":"hello","name":"Alice","serverPassword":"server-s3cret"}\n`],
  );
});
