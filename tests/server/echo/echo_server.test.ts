import { assertEquals } from "@std/assert";
import type { Acceptor, EchoConnection } from "../../../server/echo/acceptor.ts";
import { type EchoMode, EchoServer } from "../../../server/echo/echo_server.ts";

/** A client on a transport that exists only here. */
class FakeConnection implements EchoConnection {
  written = "";
  writeIsClosed = false;
  isClosed = false;
  reads = 0;
  /** Writes wait for this. */
  canWrite = Promise.resolve();
  #chunks: (string | null)[] = [];
  #wake = () => {};

  constructor(readonly peer: string) {}

  /** The next bytes of the client; `null` closes its side. */
  sends(...chunks: (string | null)[]): void {
    this.#chunks.push(...chunks);
    this.#wake();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    this.reads++;
    while (this.#chunks.length === 0) {
      if (this.isClosed) throw new Error("closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const chunk = this.#chunks.shift()!;
    return chunk === null ? null : new TextEncoder().encodeInto(chunk, buffer).written;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.canWrite;
    this.written += new TextDecoder().decode(bytes);
  }

  closeWrite(): Promise<void> {
    this.writeIsClosed = true;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#wake();
  }
}

/** A queue of clients, and a server that is run on it. */
function setUp(
  mode: EchoMode,
  clients: (EchoConnection | Error)[],
  prefix = "",
  { lineTimeoutMilliseconds = 0, monotonic = (): number => 0 } = {},
) {
  const log: string[] = [];
  const queue = [...clients];
  const delays: { milliseconds: number; pass: () => void }[] = [];
  let close = (_?: undefined) => {};
  const acceptor: Acceptor = {
    accept() {
      const next = queue.shift();
      if (next instanceof Error) return Promise.reject(next);
      return next ? Promise.resolve(next) : new Promise((resolve) => close = resolve);
    },
    close: () => close(),
  };
  const server = new EchoServer(acceptor, {
    mode,
    prefix,
    monotonic,
    lineTimeoutMilliseconds,
    log: (line) => log.push(line),
    delay: (milliseconds) =>
      new Promise((pass) => {
        delays.push({ milliseconds, pass });
      }),
  });
  const finished = server.run();
  return { server, log, queue, delays, finished };
}

/** Lets everything happen that can. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("echo: all bytes are echoed, also those before the end", async () => {
  const client = new FakeConnection("a:1");
  const { server, log, finished } = setUp("concurrent", [client]);
  client.sends("one", "two", null);
  await settled();
  assertEquals(client.written, "onetwo");
  assertEquals([client.writeIsClosed, client.isClosed], [true, true]);
  assertEquals(log, [
    "New connection from a:1",
    "Received from a:1: one",
    "Received from a:1: two",
    "Connection closed for a:1",
  ]);
  server.stop();
  await finished;
  assertEquals(server.totals, { clients: 1, bytes: 6 });
});

Deno.test("echo: a client that does not read is not read", async () => {
  const client = new FakeConnection("a:1");
  const { promise, resolve } = Promise.withResolvers<void>();
  client.canWrite = promise;
  setUp("concurrent", [client]);
  client.sends("one", "two", "three");
  await settled();
  assertEquals(client.reads, 1);
  resolve();
  await settled();
  assertEquals(client.written, "onetwothree");
});

Deno.test("echo: concurrent accepts all clients at once", async () => {
  const clients = [new FakeConnection("a:1"), new FakeConnection("a:2")];
  setUp("concurrent", clients);
  clients[1]!.sends("second");
  await settled();
  assertEquals(clients[1]!.written, "second");
});

Deno.test("echo: iterative accepts the next client when the first has left", async () => {
  const clients = [new FakeConnection("a:1"), new FakeConnection("a:2")];
  const { queue } = setUp("iterative", clients);
  clients[1]!.sends("second");
  clients[0]!.sends("one", "two");
  await settled();
  assertEquals([clients[0]!.written, clients[1]!.written, queue.length], ["onetwo", "", 1]);
  clients[0]!.sends(null);
  await settled();
  assertEquals(clients[1]!.written, "second");
});

Deno.test("echo: once answers one message, and accepts the next client at once", async () => {
  const clients = [new FakeConnection("a:1"), new FakeConnection("a:2")];
  setUp("once", clients, "> ");
  clients[0]!.sends("one\n", "two\n");
  clients[1]!.sends("three\n");
  await settled();
  assertEquals([clients[0]!.written, clients[1]!.written], ["> one\n", "> three\n"]);
  assertEquals(clients[0]!.writeIsClosed, true);
});

Deno.test("echo: once ends a message without a line feed after a pause", async () => {
  const clients = [new FakeConnection("a:1"), new FakeConnection("a:2")];
  const { delays } = setUp("once", clients);
  clients[0]!.sends("hel");
  await settled();
  clients[0]!.sends("lo");
  await settled();
  clients[1]!.sends("x\n");
  await settled();
  assertEquals([clients[0]!.written, clients[1]!.written], ["hello", ""]);
  for (const { pass } of delays.splice(0)) pass();
  await settled();
  assertEquals(clients[1]!.written, "x\n");
});

Deno.test("echo: with a line timeout a pause ends the line of any client", async () => {
  const client = new FakeConnection("a:1");
  let time = 0;
  const options = { lineTimeoutMilliseconds: 50, monotonic: () => time };
  setUp("concurrent", [client], "> ", options);
  let expected = "";
  for (const message of ["a", "b", "a line\nand its end", "c"]) {
    client.sends(message);
    await settled();
    expected += `> ${message.split("\n").join("\n> ")}`;
    assertEquals(client.written, expected);
    time += 50;
  }
  assertEquals(client.written, "> a> b> a line\n> and its end> c");
});

Deno.test("echo: with a line timeout a shorter pause ends no line", async () => {
  const client = new FakeConnection("a:1");
  let time = 0;
  const options = { lineTimeoutMilliseconds: 50, monotonic: () => time };
  setUp("concurrent", [client], "> ", options);
  for (const message of ["a", "b", "a line\nand", " its end"]) {
    client.sends(message);
    await settled();
    time += 49;
  }
  assertEquals(client.written, "> aba line\n> and its end");
});

Deno.test("echo: an error ends only its client", async () => {
  const clients = [new FakeConnection("a:1"), new FakeConnection("a:2")];
  clients[0]!.canWrite = Promise.reject(new Error("Broken pipe"));
  const { log } = setUp("concurrent", clients);
  clients[0]!.sends("x");
  clients[1]!.sends("y");
  await settled();
  assertEquals([clients[0]!.isClosed, clients[1]!.written], [true, "y"]);
  assertEquals(log.includes("Lost the connection to a:1: Broken pipe"), true);
});

Deno.test("echo: a failure of accept is reported once and tried again", async () => {
  const client = new FakeConnection("a:1");
  const full = new Error("Too many open files");
  const { log, delays } = setUp("concurrent", [full, full, client]);
  await settled();
  delays[0]!.pass();
  await settled();
  delays[1]!.pass();
  await settled();
  assertEquals(log, [
    "Cannot accept a client, trying again: Too many open files",
    "New connection from a:1",
  ]);
});

Deno.test("echo: stopping closes all clients", async () => {
  const client = new FakeConnection("a:1");
  const { server, log, finished } = setUp("concurrent", [client]);
  await settled();
  server.stop();
  await finished;
  assertEquals(client.isClosed, true);
  assertEquals(log.at(-1), "Connection closed for a:1");
});

Deno.test("echo: a client that was accepted while the server stopped is closed too", async () => {
  const client = new FakeConnection("a:1");
  const { server, log, finished } = setUp("once", [client]);
  server.stop(); // the client has been taken out of the queue, but not been received of yet
  await finished;
  assertEquals(client.isClosed, true);
  assertEquals(log, []);
});
