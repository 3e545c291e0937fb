/** Programs that send their first byte when the server has taken them for a person already. */

import { assertEquals } from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { ChatClient } from "../../mod.ts";
import { PROMPT_MILLISECONDS } from "../../protocol/mod.ts";
import { AUTHORITY, SIGNED } from "../support/certificates.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { startServer } from "../support/server.ts";
import { connectTls } from "../support/tls_client.ts";

const PROMPT = "Enter your username: ";

Deno.test("late program: the prompt ends in a line of its own, and frames follow", async () => {
  await using server = await startServer({ maxClients: 2 });
  const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
  const late = await RawClient.connect(server.port);
  await late.until(PROMPT);
  late.sendFrame({ type: "hello", name: "late" });
  await late.until("\n");
  assertEquals((await late.frame("welcome")).name, "late");
  assertEquals(late.received.slice(0, PROMPT.length + 2), `${PROMPT}\n{`);
  assertEquals((await witness.frame("joined")).name, "late");
  late.sendFrame({ type: "message", text: "sorry" });
  assertEquals((await witness.frame("message")).text, "sorry");

  // It has one place, neither none nor two.
  const third = await RawClient.connect(server.port);
  await third.until("Server is full (2 of 2)");
  third.close();
  late.sendFrame({ type: "quit" });
  await witness.frame("left");
  const next = await RawClient.connect(server.port);
  await next.until(PROMPT);
  next.send("next\n");
  await next.until("Welcome, next!");
  next.close();
  witness.close();
});

Deno.test("late program: a person may not begin with a brace, and anything later is text", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "Ann");
  const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
  person.send('{"type":"message"}\n');
  assertEquals((await witness.frame("message")).text, '{"type":"message"}');
  person.close();
  witness.close();
});

Deno.test("late program: a ChatClient whose first bytes are held up joins", async () => {
  await using server = await startServer();
  const sockets: Socket[] = [];
  const between = createServer((inside) => {
    const outside = connect({ host: "127.0.0.1", port: server.port });
    inside.on("error", () => {});
    outside.on("error", () => {});
    inside.pause();
    outside.once("data", (prompt: Uint8Array) => {
      inside.write(prompt);
      outside.on("data", (chunk: Uint8Array) => void inside.write(chunk));
      inside.on("data", (chunk: Uint8Array) => void outside.write(chunk));
      inside.resume();
    });
    outside.on("end", () => inside.end());
    sockets.push(inside, outside);
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", () => resolve()));
  try {
    const { port } = between.address() as { port: number };
    const chat = await ChatClient.connect({ port, name: "slow" });
    const { seq } = await chat.send("here I am");
    assertEquals([chat.name, seq], ["slow", 1]);
    await chat.quit();
  } finally {
    for (const socket of sockets) socket.destroy();
    between.close();
  }
});

/** Messages of each direction: over 300 KB, several times the unread bytes at which a socket is paused.
 * They go out a few at a time: a socket that is paused by nothing but a former owner is not resumed. */
const MESSAGES = 320;
const MESSAGES_AT_ONCE = 8;
const TEXT = "x".repeat(1000);

/** Sends many messages one way, and waits until each has arrived at the other end. */
async function flood(send: (text: string) => void, to: RawClient) {
  for (let first = 1; first <= MESSAGES; first += MESSAGES_AT_ONCE) {
    const texts = Array.from({ length: MESSAGES_AT_ONCE }, (_, at) => `${first + at} ${TEXT}`);
    for (const text of texts) send(text);
    for (const text of texts) await to.until(text);
  }
}

const asJson = (text: string) => `${JSON.stringify({ type: "message", text })}\n`;
const asText = (text: string) => `${text}\n`;

/** How a client connects that sends nothing until the server prompts it, and how it joins then. */
const SILENT: Readonly<
  Record<string, {
    readonly connect: (port: number) => Promise<RawClient>;
    readonly hello: string | Uint8Array;
    readonly toLine: (text: string) => string;
  }>
> = {
  "a program": {
    connect: (port) => RawClient.connect(port),
    hello: '{"type":"hello","name":"late"}\n',
    toLine: asJson,
  },
  "a program over TLS": {
    connect: (port) => connectTls(port, AUTHORITY),
    hello: '{"type":"hello","name":"late"}\n',
    toLine: asJson,
  },
  "a program behind a PROXY header": {
    connect: async (port) => {
      const client = await RawClient.connect(port);
      client.send("PROXY TCP4 203.0.113.9 127.0.0.1 4242 8080\r\n");
      return client;
    },
    hello: '{"type":"hello","name":"late"}\n',
    toLine: asJson,
  },
  "a telnet client": {
    connect: (port) => RawClient.connect(port),
    hello: Uint8Array.from([0xff, 0xfb, 0x1f, ...new TextEncoder().encode("late\n")]),
    toLine: asText,
  },
};

for (const [who, { connect, hello, toLine }] of Object.entries(SILENT)) {
  Deno.test(`late program: ${who} exchanges 300 KB each way after a silent start`, async () => {
    await using server = await startServer({ tls: SIGNED, trustedProxies: ["127.0.0.1"] });
    const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
    const late = await connect(server.port);
    await late.until(PROMPT);
    late.send(hello);
    await witness.frame("joined");
    await flood((text) => late.send(toLine(text)), witness);
    await flood((text) => witness.send(asJson(text)), late);
    await flood((text) => late.send(toLine(text)), witness);
    late.close();
    witness.close();
  });
}

Deno.test("late program: a WebSocket exchanges 300 KB each way after a silent start", async () => {
  await using server = await startServer();
  const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
  const late = await RawWebSocket.open(server.port);
  await new Promise((resolve) => setTimeout(resolve, 2 * PROMPT_MILLISECONDS));
  late.send(JSON.stringify({ type: "hello", name: "late" }));
  await witness.frame("joined");
  await flood((text) => late.sendFrame({ type: "message", text }), witness);
  await flood((text) => witness.send(asJson(text)), late.client);
  late.client.close();
  witness.close();
});
