/**
 * WebSocket on the chat's port, right and wrong.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/ws"
import { WebSocket as WsClient } from "ws";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { clientFrame, OPCODE } from "../support/websocket_frames.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** What a browser's WebSocket gets, message by message. */
class Messages {
  readonly #waiting: ((data: string) => void)[] = [];
  readonly #come: string[] = [];

  constructor(socket: WebSocket) {
    socket.onmessage = ({ data }) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#come.push(data);
      else next(data);
    };
  }

  // deno-lint-ignore no-explicit-any -- a test looks at whatever fields it expects
  async frame(type: string): Promise<any> {
    while (true) {
      const data = this.#come.shift() ??
        await new Promise<string>((resolve) => this.#waiting.push(resolve));
      const frame = JSON.parse(data);
      if (frame.type === type) return frame;
    }
  }
}

/** Opens a WebSocket as a browser does, and gives a name. */
async function join(server: TestServer, name: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
  const messages = new Messages(socket);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.send(JSON.stringify({ type: "hello", name }));
  await messages.frame("welcome");
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  return { socket, messages, closed };
}

Deno.test("P9 a browser's WebSocket talks with a person", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const person = await RawClient.join(server.port, "Person");
  const { socket, messages, closed } = await join(server, "browser");
  await person.until("browser has joined the chat! ***\n");
  socket.send(JSON.stringify({ type: "message", text: "grüß Gott 🌍", id: "1" }));
  assertEquals((await messages.frame("ack")).seq, 1);
  await person.until("browser: grüß Gott 🌍\n");
  person.send("日本\n");
  assertEquals((await messages.frame("message")).text, "日本");
  socket.send(JSON.stringify({ type: "message", text: "last message" }));
  socket.close(1000, "done");
  await person.until("browser: last message\n");
  await person.until("browser has left the chat. ***\n");
  assertEquals((await closed).wasClean, true);
  person.close();
});

Deno.test("when the server stops, a browser is notified and closed in order", async () => {
  const server = await startServer();
  const { messages, closed } = await join(server, "browser");
  const stopped = server.server.stop();
  assertEquals((await messages.frame("bye")).reason, "shutdown");
  const { code, wasClean } = await closed;
  assertEquals([code, wasClean], [1000, true]);
  await stopped;
});

Deno.test("quit over WebSocket: bye, then the closing handshake", async () => {
  await using server = await startServer();
  const { socket, messages, closed } = await join(server, "browser");
  socket.send('{"type":"quit"}');
  assertEquals((await messages.frame("bye")).reason, "quit");
  assertEquals((await closed).code, 1000);
});

Deno.test("the subprotocol hubbub has the server introduce itself, and no other is confirmed", async () => {
  await using server = await startServer({ serverPassword: "sesame" });
  const open = async (protocols: string[]) => {
    const socket = new WsClient(`ws://127.0.0.1:${server.port}/ws`, protocols);
    const first = Promise.withResolvers<string>();
    socket.on("message", (data) => first.resolve(String(data)));
    socket.on("error", (error) => first.resolve(error.message));
    socket.on("open", () => socket.send('{"type":"ping","t":1}'));
    const message = await first.promise;
    const { protocol } = socket;
    socket.terminate();
    return [protocol, message];
  };
  const introduction =
    '{"type":"server","server":"hubbub","protocol":0,"needs":["serverPassword"]}';
  assertEquals(await open(["hubbub"]), ["hubbub", introduction]);
  assertEquals(await open(["chat", "hubbub"]), ["hubbub", introduction]);
  assertEquals(await open([]), ["", '{"type":"pong","t":1}']);
  assertEquals(await open(["chat"]), ["", "Server sent no subprotocol"]);
});

/** How opening a WebSocket ends for a page of that origin: open, or a status. */
function opens(port: number, origin: string | undefined, host?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new WsClient(`ws://127.0.0.1:${port}/ws`, {
      ...(origin === undefined ? undefined : { origin }),
      headers: { ...(host === undefined ? undefined : { Host: host }) },
    });
    client.on("open", () => {
      client.terminate();
      resolve("open");
    });
    client.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    client.on("error", reject);
  });
}

Deno.test("pages of other origins may not connect, unless they are allowed", async () => {
  await using server = await startServer({ allowedOrigins: ["https://chat.example"] });
  const { port } = server;
  assertEquals(await opens(port, undefined), "open", "no browser");
  assertEquals(await opens(port, `http://127.0.0.1:${port}`), "open", "the server's own page");
  assertEquals(await opens(port, `http://localhost:${port}`, `localhost:${port}`), "open");
  assertEquals(await opens(port, "https://chat.example"), "open", "allowed");
  assertEquals(await opens(port, "http://chat.example"), "403", "not the one that is allowed");
  assertEquals(await opens(port, "http://evil.example"), "403");
  assertEquals(await opens(port, "null"), "403", "a file, or a frame in a sandbox");
  assertEquals(await opens(port, `http://127.0.0.1:${port + 1}`), "403", "another port");
  assertEquals(
    await opens(port, `http://evil.example:${port}`, `evil.example:${port}`),
    "421",
    "a name that was pointed at this machine",
  );
  const refused = server.log.filter(({ event }) => event === "foreign origin refused");
  assertEquals(refused.map(({ fields }) => fields.origin)[1], "http://evil.example");
});

Deno.test("a WebSocket whose first message comes with the request", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port, clientFrame('{"type":"hello","name":"raw"}'));
  assertEquals((await raw.frame()).type, "welcome");
  raw.close();
});

Deno.test("messages in fragments, with pings between, byte by byte", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  const stream = Buffer.concat([
    clientFrame('{"type":"ping",', { isFinal: false }),
    clientFrame("are you there?", { opcode: OPCODE.ping }),
    clientFrame('"t":', { opcode: OPCODE.continuation, isFinal: false }),
    clientFrame("42}", { opcode: OPCODE.continuation }),
  ]);
  for (const byte of stream) await raw.client.sendSegment(new Uint8Array([byte]));
  const pong = await raw.next();
  assertEquals([pong.opcode, pong.payload.toString()], [OPCODE.pong, "are you there?"]);
  assertEquals(await raw.frame(), { type: "pong", t: 42 });
  raw.close();
});

Deno.test("control frames never get into the middle of others", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  const talker = await RawClient.connect(server.port);
  talker.sendFrame({ type: "hello", name: "talker" });
  await talker.frame("welcome");
  let pongs = 0;
  let messages = 0;
  const total = 2000;
  for (let number = 0; number < total; number++) {
    // Texts around the place where the header of a frame grows.
    talker.sendFrame({ type: "message", text: "x".repeat(number % 200), id: String(number) });
    if (number % 100 === 0) raw.send(`ping ${number}`, { opcode: OPCODE.ping });
  }
  while (messages < total - 10 || pongs < total / 100) {
    const { opcode, payload } = await raw.next();
    if (opcode === OPCODE.pong) {
      assertEquals(payload.toString(), `ping ${100 * pongs++}`);
      continue;
    }
    const frame = JSON.parse(payload.toString());
    if (frame.type === "message") assertEquals(frame.seq, ++messages);
  }
  raw.close();
  talker.close();
});

Deno.test("WebSocket frames that are wrong close with the code that says why", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const watcher = await RawClient.join(server.port, "watcher");
  for (
    const [what, code, bytes] of [
      ["a message over the limit", 1009, clientFrame("x".repeat(32_769))],
      [
        "fragments over the limit together",
        1009,
        Buffer.concat([
          clientFrame("x".repeat(20_000), { isFinal: false }),
          clientFrame("x".repeat(20_000), { opcode: OPCODE.continuation }),
        ]),
      ],
      [
        "a message in 129 frames",
        1008,
        Buffer.concat([
          clientFrame("", { isFinal: false }),
          ...Array(128).fill(clientFrame("", { opcode: OPCODE.continuation, isFinal: false })),
        ]),
      ],
      [
        "a declared length of 4 GB",
        1009,
        Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]),
      ],
      ["a binary message", 1003, clientFrame("{}", { opcode: OPCODE.binary })],
      ["a frame without a mask", 1002, clientFrame("{}", { isMasked: false })],
      ["a reserved bit", 1002, clientFrame("{}", { reserved: 4 })],
      ["an unknown opcode", 1002, clientFrame("{}", { opcode: 5 })],
      ["a continuation of nothing", 1002, clientFrame("{}", { opcode: OPCODE.continuation })],
      ["what is not UTF-8", 1007, clientFrame(new Uint8Array([0xff, 0xfe]))],
    ] as const
  ) {
    const raw = await RawWebSocket.open(server.port);
    raw.sendFrame({ type: "hello", name: "wrong" });
    await raw.frame("welcome");
    await watcher.until("wrong has joined the chat! ***\n");
    raw.client.send(bytes);
    assertEquals(await raw.closeCode(), code, what);
    await watcher.until("wrong has left the chat. ***\n");
    raw.send(Buffer.from([code >> 8, code & 0xff]), { opcode: OPCODE.close });
    await raw.client.untilEnd();
    raw.close();
  }
  watcher.send("/users\n");
  await watcher.until("Online users (1): watcher\n");
  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  assertMatch(metrics, /^hubbub_too_long_total 3$/m);
  watcher.close();
});

Deno.test("JSON over WebSocket that is no frame is an error, and the connection lives", async () => {
  await using server = await startServer();
  const raw = await RawWebSocket.open(server.port);
  for (const [message, code] of [["{", "invalid_json"], ['"x"', "invalid_json"]] as const) {
    raw.send(message);
    assertEquals((await raw.frame()).code, code);
  }
  raw.send("");
  raw.send("x".repeat(32_768));
  assertEquals((await raw.frame()).code, "invalid_json", "the limit itself is taken");
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  raw.close();
});

Deno.test("a WebSocket that ends without a closing frame has left", async () => {
  await using server = await startServer({ graceMilliseconds: 0 });
  const watcher = await RawClient.join(server.port, "watcher");
  for (const end of ["close", "reset", "half"] as const) {
    const raw = await RawWebSocket.open(server.port);
    raw.sendFrame({ type: "hello", name: end });
    await watcher.until(`${end} has joined the chat! ***\n`);
    if (end === "close") raw.client.close();
    else if (end === "reset") raw.client.reset();
    else raw.client.socket.end();
    await watcher.until(`${end} has left the chat. ***\n`);
    raw.close();
  }
  watcher.close();
});

Deno.test("what a WebSocket says in one segment with its end is said", async () => {
  await using server = await startServer();
  const listener = await RawClient.join(server.port, "listener");
  const socket = await RawWebSocket.open(server.port);
  socket.sendFrame({ type: "hello", name: "hasty" });
  await listener.until("hasty");
  const frames = Array.from(
    { length: 20 },
    (_, number) => clientFrame(JSON.stringify({ type: "message", text: `last message ${number}` })),
  );
  socket.client.send(Buffer.concat([...frames, clientFrame('{"type":"quit"}')]));
  socket.client.socket.end();
  for (let number = 0; number < 20; number++) await listener.until(`last message ${number}\n`);
  await listener.until("hasty has left the chat. ***\n");
  socket.client.close();
  listener.close();
});

Deno.test("a WebSocket that does not read learns what it missed", async () => {
  await using server = await startServer({
    outbox: { softBytes: 64 * 1024, softMilliseconds: 60_000, hardBytes: 256 * 1024 },
  });
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "stuck" });
  await raw.frame("welcome");
  const talker = await RawClient.connect(server.port);
  talker.sendFrame({ type: "hello", name: "talker" });
  await talker.frame("welcome");
  raw.client.socket.pause();
  const text = "x".repeat(4000);
  const total = 4000;
  for (let number = 1; number <= total; number++) {
    talker.sendFrame({ type: "message", text, id: String(number) });
    if (number % 50 === 0) { while ((await talker.frame("ack")).id !== String(number)); }
  }
  raw.client.socket.resume();
  let got = 0;
  let skipped = 0;
  while (got + skipped < total) {
    const frame = await raw.frame();
    raw.client.forget();
    if (frame.type === "message") got++;
    if (frame.type === "skipped") skipped = frame.count;
  }
  assertEquals(got + skipped, total, "every message was either sent or counted");
  assert(skipped > 0);
  raw.close();
  talker.close();
});

Deno.test("a silent WebSocket is pinged, and dropped when it does not answer", async () => {
  await using server = await startServer({ pingMilliseconds: 60 });
  const raw = await RawWebSocket.open(server.port);
  raw.sendFrame({ type: "hello", name: "raw" });
  await raw.frame("welcome");
  for (let count = 0; count < 5; count++) {
    assertEquals((await raw.next()).opcode, OPCODE.ping);
    raw.send("", { opcode: OPCODE.pong });
  }
  await raw.client.untilEnd();
  raw.close();
});
