/**
 * `--trace`, `--trace-delay` and `--segment` on the real programs: every read and write is printed, and
 * messages arrive unchanged.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";

/** Starts `hubbub echo` on a free port. */
async function startEcho(...parameters: string[]) {
  const program = startProgram(["echo", "--port", "0", ...parameters]);
  const [, port] = await program.stdout.until(/^Listening on 127\.0\.0\.1:(\d+)$/m);
  return { ...program, port: Number(port) };
}

Deno.test("echo --trace: a line for each read and write, and where messages end in them", async () => {
  await using echo = await startEcho("--trace", "--quiet");
  const client = await RawClient.connect(echo.port);
  const peer = `127\\.0\\.0\\.1:${client.socket.localPort}`;
  const line = (told: string) => new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ${peer} ${told}$`, "m");
  await client.sendSegment("first\nsecond\nthird");
  await echo.stderr.until(
    line('read 18 bytes = 2 messages \\+ 5 bytes of a third: "first\\\\nsecond\\\\nthird"'),
  );
  await echo.stderr.until(line("wrote 18 bytes = 2 messages \\+ 5 bytes of a third: .+"));
  await client.sendSegment("\x1b[2J\n");
  await echo.stderr.until(
    line('read 5 bytes = the last 5 bytes of a message: "\\\\x1b\\[2J\\\\n"'),
  );
  client.socket.end();
  await echo.stderr.until(line("read the end"));
  assertEquals(await client.untilEnd(), "first\nsecond\nthird\x1b[2J\n");
});

Deno.test("echo --segment 1: the answer is written byte by byte, and is the same", async () => {
  await using echo = await startEcho("--trace", "--quiet", "--segment", "1");
  const client = await RawClient.connect(echo.port);
  client.socket.end("hi\n");
  assertEquals(await client.untilEnd(), "hi\n");
  const wrote = (await echo.stderr.until(/read the end/)).input.match(/wrote .+/g);
  assertEquals(wrote, [
    'wrote 1 byte = 1 byte of a message: "h"',
    'wrote 1 byte = 1 more byte of a message: "i"',
    'wrote 1 byte = the last 1 byte of a message: "\\n"',
  ]);
});

Deno.test("without --trace nothing is printed", async () => {
  await using echo = await startEcho("--quiet", "--segment", "2");
  const client = await RawClient.connect(echo.port);
  client.socket.end("hello\n");
  assertEquals(await client.untilEnd(), "hello\n");
  echo.child.kill("SIGKILL");
  assertEquals(await echo.stderr.all(), "");
});

Deno.test("--trace-delay: one pause after the other", async () => {
  await using echo = await startEcho("--quiet", "--segment", "1", "--trace-delay", "50ms");
  const client = await RawClient.connect(echo.port);
  const start = performance.now();
  client.send("hello\n");
  await client.until("\n");
  // One after the read, and one after each of the first five writes.
  assert(performance.now() - start >= 6 * 45);
  client.close();
});

Deno.test("serve --trace --segment: people, programs and browsers chat as ever", async () => {
  await using serve = await startServe(["--trace", "--segment", "7", "--trace-delay", "1ms"]);
  const alice = await RawClient.join(serve.port, "Alice");
  const { client: program } = await RawClient.hello(serve.port, { name: "program" });
  const browser = await RawWebSocket.open(serve.port);
  browser.sendFrame({ type: "hello", name: "browser" });
  await alice.until("browser has joined");
  await alice.sendSegment("first\nsecond\nthi");
  assertEquals((await program.frame("message")).text, "first");
  assertEquals((await program.frame("message")).text, "second");
  const peer = `127\\.0\\.0\\.1:${alice.socket.localPort}`;
  await serve.stderr.until(
    new RegExp(`${peer} read 16 bytes = 2 messages \\+ 3 bytes of a third: "first`),
  );
  await alice.sendSegment("rd\n");
  assertEquals((await program.frame("message")).text, "third");
  await serve.stderr.until(new RegExp(`${peer} wrote 7 bytes = 7 bytes of a message: "Enter y"`));
  for (const client of [alice, program]) client.close();
  browser.close();
});

Deno.test("serve --trace: frames with a length before them are counted as such", async () => {
  await using serve = await startServe(["--trace"]);
  const client = await RawClient.connect(serve.port, "latin1");
  const hello = '{"type":"hello","name":"Alice"}';
  client.socket.write(`\0\0\0${String.fromCharCode(hello.length)}${hello}\0\0`, "latin1");
  await serve.stderr.until(
    /read 37 bytes = 1 message \+ 2 bytes of a second: "\\x00\\x00\\x00\\x1f/,
  );
  await serve.stderr.until(/wrote \d+ bytes = \d messages?: "\\x00\\x00/);
  client.close();
});

Deno.test("serve: a large page survives --segment, byte by byte in order", async () => {
  await using plain = await startServe();
  await using serve = await startServe(["--segment", "100"]);
  const page = async (port: number) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    return text.replaceAll(new RegExp(`\\b${port}\\b`, "g"), "");
  };
  assertEquals(await page(serve.port), await page(plain.port));
});

Deno.test("chat joins a server that writes byte by byte, and knows an echo that does", async () => {
  await using serve = await startServe(["--segment", "1"]);
  await using echo = await startEcho("--quiet", "--segment", "1");
  for (const [port, told] of [[serve.port, /Welcome, Alice!/], [echo.port, /^hello$/m]] as const) {
    await using chat = startProgram(["chat", `127.0.0.1:${port}`, "--name", "Alice"]);
    await chat.stdin.write(new TextEncoder().encode("hello\n"));
    await chat.stdout.until(told);
    await chat.stdin.close();
    assertEquals(await chat.exit, 0);
    const isEcho = port === echo.port;
    assertEquals((await chat.stderr.all()).includes("as an echo server does"), isEcho);
  }
});

Deno.test("chat --trace: what the client reads and writes, on standard error alone", async () => {
  await using serve = await startServe();
  await using chat = startProgram(
    ["chat", `127.0.0.1:${serve.port}`, "--name", "Alice", "--trace", "--segment", "20"],
  );
  await chat.stdin.write(new TextEncoder().encode("hello\n"));
  await chat.stdin.close();
  assertEquals(await chat.exit, 0);
  const told = await chat.stderr.all();
  const peer = `127\\.0\\.0\\.1:${serve.port}`;
  assertMatch(told, new RegExp(`${peer} wrote 20 bytes = 20 bytes of a message: "{`));
  assertMatch(told, new RegExp(`${peer} read \\d+ bytes = \\d+ messages?: "{`));
  assert(!(await chat.stdout.all()).includes("wrote"));
});
