import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PassThrough } from "node:stream";
import { runLinePipe } from "../../../client/scripts/line_pipe.ts";
import { runLineTerminal } from "../../../client/terminal/line_terminal.ts";
import { Terminal } from "../../../client/terminal/terminal.ts";
import type { OpenTransport, TransportListener } from "../../../client/core/transport.ts";
import { FakeClock, settle, Sink } from "../fakes.ts";

/** Lines with a password for hubbub, and those that other servers get. */
const SECRETS = [
  "/register hunter2",
  "  /REGISTER hunter2",
  "/nick Bob hunter2",
  "/name Bob hunter2",
  "/registr hunter2",
];
const HARMLESS = ["hello", "/nick Bob", "/color red", "/login", "/msg Bob hi", "register me"];

/** An echo server whose socket can be full. */
function fakeServer() {
  const server = {
    written: "",
    isFull: false,
    listener: undefined as unknown as TransportListener, // set by `open`
  };
  const open: OpenTransport = (_endpoint, listener) => {
    server.listener = listener;
    queueMicrotask(() => listener.opened());
    return {
      write(bytes) {
        server.written += bytes;
        return !server.isFull;
      },
      pause() {},
      resume() {},
      end: () => queueMicrotask(() => listener.closed()),
      destroy: () => queueMicrotask(() => listener.closed()),
    };
  };
  return { server, open };
}

const PEER = { description: "it is an echo server", isEcho: true };

/** A pipe that has joined. */
async function pipeWith() {
  const { server, open } = fakeServer();
  const [input, errors, clock] = [new PassThrough(), new Sink(), new FakeClock()];
  const outcome = runLinePipe({
    ...{ input, output: new Sink(), errors, clock, openTransport: open },
    ...{ name: "guest", isNameMadeUp: true, peer: PEER },
  });
  await settle();
  clock.advance(500);
  await settle();
  clock.advance(500);
  await settle();
  return { server, input, errors, outcome };
}

Deno.test("line pipe: passwords for hubbub are not sent to other servers", async () => {
  const { server, input, errors, outcome } = await pipeWith();
  input.end([...SECRETS, ...HARMLESS].map((line) => line + "\n").join(""));
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: SECRETS.length });
  assertEquals(server.written, HARMLESS.map((line) => line + "\n").join(""));
  assertStringIncludes(
    errors.text,
    "Not sent: /nick, since this is not a hubbub server and may show the password.\n",
  );
});

Deno.test("line terminal: passwords for hubbub are not sent to other servers", async () => {
  const { server, open } = fakeServer();
  const [input, output, clock] = [new PassThrough(), new Sink(), new FakeClock()];
  const terminal = new Terminal(input, output, clock);
  const outcome = runLineTerminal(terminal, { clock, openTransport: open, peer: PEER });
  for (let wait = 0; wait < 2; wait++) {
    await settle();
    clock.advance(500);
  }
  for (const line of [...SECRETS, ...HARMLESS]) {
    input.write(line + "\r");
    await settle();
  }
  assertEquals(server.written, HARMLESS.map((line) => line + "\n").join(""));
  assertStringIncludes(output.text, "Not sent: /nick, since this is not a hubbub server");
  terminal.leave("command");
  await settle();
  await outcome;
  await terminal.close();
});

Deno.test("line pipe: a slow server pauses the input", async () => {
  const { server, input, outcome } = await pipeWith();
  server.isFull = true;
  const chunk = ("x".repeat(999) + "\n").repeat(10);
  for (let chunks = 0; chunks < 100; chunks++) {
    input.write(chunk);
    await settle();
  }
  assertEquals(server.written.length, 1000);
  assert(input.readableLength + input.writableLength > 900_000);
  server.listener.drained!();
  await settle();
  assertEquals(server.written.length, 2000, "one line at a time while it stays full");
  server.isFull = false;
  input.end();
  server.listener.drained!();
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: 0 });
  assertEquals(server.written.length, 1_000_000);
});

Deno.test("line pipe: lines after quit are neither sent nor refused", async () => {
  const { server, input, errors, outcome } = await pipeWith();
  input.end("one\nquit\ntwo\n/register hunter2\nthree");
  assertEquals(await outcome, { type: "quit", by: "command", refused: 0 });
  assertEquals([server.written, errors.text], ["one\n", ""]);
});

Deno.test("line pipe: a read error of the input is reported, and the incomplete line not sent", async () => {
  const { server, input, errors, outcome } = await pipeWith();
  input.write("one\ntw");
  await settle();
  input.destroy(Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" }));
  assertEquals(await outcome, { type: "unreadable" });
  assertEquals(server.written, "one\n");
  assertEquals(errors.text, "Cannot read the input: EIO: i/o error, read.\n");
});
