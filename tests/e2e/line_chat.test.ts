/**
 * `hubbub chat` with servers that are not hubbub but speak in lines: echo servers, `ncat --chat`, the
 * chats of the first lessons. It says so, and talks by plain lines.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type AddressInfo, createServer } from "node:net";
import { freePort } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { startCommand } from "../support/foreign_server.ts";
import { type Program, PROJECT, startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const withoutPython = !hasCommand("python3", "--version");
const NOTICE = /^127\.0\.0\.1:\d+ is not a hubbub server: .+\. Plain lines from here on\.$/m;

async function startEcho(...parameters: string[]): Promise<Program & { port: number }> {
  const program = startProgram(["echo", "--port", "0", "--quiet", ...parameters]);
  const [, port] = await program.stdout.until(/^Listening on 127\.0\.0\.1:(\d+)$/m);
  return { ...program, port: Number(port) };
}

function startFixture(kind: string) {
  return startCommand(
    "python3",
    [`${PROJECT}tests/fixtures/chat_server.py`, kind],
    /^Listening on port (\d+)$/m,
  );
}

async function write(chat: Program, text: string): Promise<void> {
  await chat.stdin.write(new TextEncoder().encode(text));
}

for (const mode of ["concurrent", "iterative"]) {
  Deno.test(`P2 chat in a pipe with hubbub echo --mode ${mode}: all comes back, exit code 0`, async () => {
    await using echo = await startEcho("--mode", mode, "--prefix", "Server received: ");
    await using chat = startProgram(["chat", `127.0.0.1:${echo.port}`]);
    await write(chat, "hello\nGrüße\nno line feed");
    await chat.stdin.close();
    assertEquals(
      await chat.stdout.all(),
      "Server received: hello\nServer received: Grüße\nServer received: no line feed\n",
    );
    assertEquals(await chat.exit, 0);
    assertMatch(await chat.stderr.all(), NOTICE);
  });
}

Deno.test("chat in a pipe with an echo server: lines that cannot be sent are named, exit code 1", async () => {
  await using echo = await startEcho();
  await using chat = startProgram(["chat", `127.0.0.1:${echo.port}`]);
  const most = "x".repeat(4096);
  const input = `first\n${most}y\n${most}\r\nGr\xfc\xdfe\n${most}\r`;
  await chat.stdin.write(Uint8Array.from(input, (character) => character.charCodeAt(0)));
  await chat.stdin.close();
  assertEquals(await chat.stdout.all(), `first\n${most}\n${most}\n`);
  assertEquals(await chat.exit, 1);
  const [, ...told] = (await chat.stderr.all()).trimEnd().split("\n");
  assertEquals(told, [
    "Not sent: line 2, since it is over 4096 bytes. Split it.",
    "Not sent: line 4, since it is not valid UTF-8. Convert the input to UTF-8.",
  ]);
});

Deno.test("chat in a pipe with an echo server of one message: the exit code reports the end", async () => {
  await using echo = await startEcho("--mode", "once");
  await using chat = startProgram(["chat", `127.0.0.1:${echo.port}`]);
  await write(chat, "only\n");
  assertEquals(await chat.stdout.all(), "only\n");
  assertEquals(await chat.exit, 1);
});

Deno.test("chat in a pipe with a server that breaks off behind the last line: told, exit code 1", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("end", () => socket.resetAndDestroy());
    socket.resume();
    socket.write("Welcome to the chat\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await using chat = startProgram(["chat", `127.0.0.1:${port}`]);
    await write(chat, "one\ntwo\n");
    await chat.stdin.close();
    assertEquals(await chat.exit, 1);
    assertEquals(await chat.stdout.all(), "Welcome to the chat\n");
    assertMatch(
      await chat.stderr.all(),
      /^Lost the connection to .+: the other side reset the connection\.$/m,
    );
  } finally {
    server.close();
  }
});

Deno.test({
  name: "chat in a pipe with chats of the first lessons: the name is given when they ask for it",
  ignore: withoutPython,
  fn: async (t) => {
    for (const kind of ["name", "username", "names", "reads"]) {
      await t.step(kind, async () => {
        await using server = await startFixture(kind);
        await using alice = startProgram(["chat", `127.0.0.1:${server.port}`, "--name", "Alice"]);
        await alice.stderr.until(NOTICE);
        await alice.stdout.until(/Alice has joined/);
        const bob = await RawClient.connect(server.port);
        await bob.until(/Enter (your )?(user)?name/);
        bob.send("Bob\n");
        await alice.stdout.until(/Bob has joined/);
        bob.send("hello Alice\n");
        await alice.stdout.until(/Bob: hello Alice\n/);
        await write(alice, "hello Bob\n");
        await bob.until("Alice: hello Bob\n");
        await write(alice, "quit\n");
        assertEquals(await alice.exit, 0);
        await bob.until("Alice has left");
        bob.close();
      });
    }
  },
});

Deno.test({
  name: "chat in a pipe with ncat --chat",
  ignore: !hasCommand("ncat", "--version"),
  fn: async () => {
    const port = freePort();
    await using _ncat = await startCommand(
      "ncat",
      ["-v", "--chat", "-l", "127.0.0.1", String(port)],
      /Listening on 127\.0\.0\.1:(\d+)/,
    );
    await using chat = startProgram(["chat", `127.0.0.1:${port}`, "--name", "Alice"]);
    await chat.stderr.until(NOTICE);
    await chat.stdout.until(/already connected: /);
    const other = await RawClient.connect(port);
    await chat.stdout.until(/is connected as <user\d+>/);
    other.send("hello\n");
    await chat.stdout.until(/<user\d+> hello\n/);
    await write(chat, "hi there\n");
    await other.until(/<user\d+> hi there\n/);
    await chat.stdin.close();
    assertEquals(await chat.exit, 0);
    other.close();
  },
});

Deno.test("a hubbub server that refuses is still recognized", async () => {
  await using serve = await startServe(["--max-clients", "1"]);
  const first = await RawClient.join(serve.port, "Alice");
  await using chat = startProgram(["chat", `127.0.0.1:${serve.port}`, "--name", "Bob"]);
  await chat.stdin.close();
  assertEquals(await chat.exit, 1);
  assert(!(await chat.stderr.all()).includes("Plain lines"));
  first.close();
});

Deno.test({
  name: "P2 P5 chat on a terminal with an echo server: what is typed, and what comes back",
  ignore: !hasTmux(),
  fn: async () => {
    await using echo = await startEcho("--prefix", "Server received: ");
    await using terminal = await Tmux.start(["chat", `127.0.0.1:${echo.port}`]);
    await terminal.until(/Plain lines from here on\.\n> /);
    await terminal.line("hello");
    await terminal.until(/^> hello\nServer received: hello\n>/m);
    await terminal.line("quit");
    await terminal.until(/^Disconnected from server\.\nexit code 0/m);
  },
});

Deno.test({
  name: "chat on a terminal with a chat that asks for a name: its question is the prompt",
  ignore: !hasTmux() || withoutPython,
  fn: async () => {
    await using server = await startFixture("name");
    await using terminal = await Tmux.start(["chat", `127.0.0.1:${server.port}`]);
    await terminal.until(/^Enter your name: $|^Enter your name:$/m);
    await terminal.line("Alice");
    await terminal.until(/Alice has joined the chat/);
    const bob = await RawClient.connect(server.port);
    await bob.until("Enter your name: ");
    bob.send("Bob\n\x1b[2Jhello\n");
    await terminal.until(/Bob: \[2Jhello/);
    await terminal.line("hi Bob");
    await bob.until("Alice: hi Bob\n");
    await terminal.press("C-c");
    await terminal.until(/^Disconnected from server\.\nexit code 130/m);
    await bob.until("Alice has left");
    bob.close();
  },
});
