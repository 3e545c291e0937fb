/** The client over WebSocket, against hubbub itself and against web servers that are none. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import type net from "node:net";
import { ChatClient, ConnectionError } from "../../../client/mod.ts";
import { startServer } from "../../support/server.ts";
import { clientFrame, frameHead, OPCODE } from "../../support/websocket_frames.ts";
import { INTRODUCTION } from "../fakes.ts";
import { type Behaviour, flooding, withServer } from "../fixture_server.ts";

const WELCOME = {
  type: "welcome",
  name: "Ann",
  rooms: [{ room: "lobby", seq: 0 }],
  server: "fixture",
  session: "s",
};

/** Answers the request of a client, once. */
function answering(answer: (request: string) => string | Uint8Array): Behaviour {
  return (socket) => socket.once("data", (request) => socket.write(answer(String(request))));
}

/** The head that opens a WebSocket of hubbub. */
function opening(request: string, protocol = "Sec-WebSocket-Protocol: hubbub\r\n"): string {
  const [, key = ""] = /^sec-websocket-key: (.*)\r$/im.exec(request) ?? [];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n${protocol}\r\n`;
}

const serverFrame = (content: string | object) =>
  clientFrame(typeof content === "string" ? content : JSON.stringify(content), { isMasked: false });

/** Opens a WebSocket, welcomes the client, and then sends bytes, and others without an end. */
function welcoming(bytes: Uint8Array, isEndless = false): Behaviour {
  return (socket: net.Socket) =>
    socket.once("data", (request) => {
      socket.write(opening(String(request)));
      socket.write(serverFrame(INTRODUCTION));
      socket.once("data", () => {
        socket.write(serverFrame(WELCOME));
        socket.write(bytes);
        if (!isEndless) return;
        socket.pause();
        flooding("")(socket);
      });
    });
}

async function faultOf(
  behaviour: Behaviour,
  path = "/",
  connectTimeoutMilliseconds = 60_000,
): Promise<string> {
  let fault = "";
  await withServer(behaviour, async (port) => {
    const url = `ws://127.0.0.1:${port}${path}`;
    const joining = ChatClient.connect({ url, name: "Ann", connectTimeoutMilliseconds });
    const error = await assertRejects(() => joining, ConnectionError) as ConnectionError;
    fault = `${error.code}: ${error.message.replace(`127.0.0.1:${port}`, "SERVER")}`;
  });
  return fault;
}

Deno.test("websocket: chats, whispers, reads the history, and leaves", async () => {
  await using server = await startServer();
  const url = `http://127.0.0.1:${server.port}/`;
  const ann = await ChatClient.connect({ url, name: "Ann" });
  const bob = await ChatClient.connect({ port: server.port, name: "Bob" });
  assertEquals((await ann.send("héllo 😀")).seq, 1);
  await bob.whisper("Ann", "psst");
  const events = ann.events();
  const types: string[] = [];
  for await (const { type } of events) {
    types.push(type);
    if (type === "whisper") break;
  }
  assertEquals(types, ["welcome", "joined", "whisper"]);
  assertEquals((await ann.history()).messages.map(({ text }) => text), ["héllo 😀"]);
  await Promise.all([ann.quit(), bob.quit()]);
  assertEquals(await ann.closed, { type: "left" });
});

Deno.test("websocket: a session is continued after the connection broke", async () => {
  const data = await Deno.makeTempDir();
  const first = await startServer({ data });
  const { port } = first;
  const ann = await ChatClient.connect({
    url: `ws://127.0.0.1:${port}/ws`,
    name: "Ann",
    reconnect: { firstDelayMilliseconds: 5, maxDelayMilliseconds: 20 },
  });
  await ann.send("one");
  await first[Symbol.asyncDispose]();
  const sending = ann.send("two");
  {
    await using _second = await startServer({ data, port });
    assertEquals((await sending).seq, 2);
    for await (const event of ann.events()) {
      if (event.type !== "connection" || event.state !== "restored") continue;
      assertEquals(event.resumed, true);
      break;
    }
    await ann.quit();
  }
  await Deno.remove(data, { recursive: true });
});

Deno.test("websocket: the path, the user and the host of the URL are requested", async () => {
  for (
    const [path, requested] of [
      ["", "/ws"],
      ["/", "/ws"],
      ["/chat", "/chat/ws"],
      ["/chat/", "/chat/ws"],
      ["/chat/ws", "/chat/ws"],
      ["/a%20b/", "/a%20b/ws"],
    ] as const
  ) {
    const requests: string[] = [];
    const refuse = answering((request) => {
      requests.push(request);
      return "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
    });
    await withServer(refuse, async (port) => {
      const url = `http://J%C3%B6rg:a%3Ab@127.0.0.1:${port}${path}`;
      await assertRejects(() => ChatClient.connect({ url, name: "Ann" }), ConnectionError);
      assertEquals(requests[0]!.split("\r\n")[0], `GET ${requested} HTTP/1.1`);
      assertMatch(requests[0]!, new RegExp(`\r\nHost: 127.0.0.1:${port}\r\n`));
      assertMatch(requests[0]!, /\r\nAuthorization: Basic SsO2cmc6YTpi\r\n/);
      assertEquals(requests[0]!.includes("permessage-deflate"), false);
    });
  }
});

const ANSWERS: readonly [answer: string, code: string, text: string][] = [
  [
    "HTTP/1.1 301 Moved\r\nLocation: https://chat.example.org/chat/ws\r\n\r\n",
    "redirected",
    "redirects to https://chat.example.org/chat/. Give that address.",
  ],
  ["HTTP/1.1 401 Unauthorized\r\n\r\n", "http_refused", "Give its user and password"],
  [
    "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nNot you.\n",
    "http_refused",
    "answered 403 Forbidden. Not you.",
  ],
  [
    "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nNo.\n",
    "http_refused",
    "answered 404 Not Found. Check the path",
  ],
  [
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nTLS.",
    "http_refused",
    "answered 400 Bad Request. TLS.",
  ],
  ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "http_refused", "may be down"],
  ["HTTP/1.1 501 Unsupported\r\n\r\n", "http_refused", "501 Unsupported. Check that the address"],
  ["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "http_refused", "no WebSocket"],
  ["Enter your username: \n", "not_hubbub", "it opens no WebSocket of hubbub"],
  ["\x15\x03\x01\x00\x02\x02\x46", "not_hubbub", "it opens no WebSocket of hubbub"],
  [
    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
    "not_hubbub",
    "Sec-WebSocket-Accept",
  ],
];

Deno.test("websocket: answers other than a WebSocket of hubbub are described", async () => {
  for (const [answer, code, text] of ANSWERS) {
    const fault = await faultOf(answering(() => answer));
    assertEquals(fault.startsWith(code), true, `${answer}: ${fault}`);
    assertEquals(fault.includes(text), true, `${answer}: ${fault}`);
    assertEquals(fault.includes("\x1b"), false, fault);
  }
  assertMatch(await faultOf(answering((request) => opening(request, ""))), /^not_hubbub: .*subpro/);
  assertMatch(await faultOf((socket) => socket.end()), /^closed_while_joining: /);
  assertMatch(await faultOf((socket) => socket.resetAndDestroy()), /^(reset|closed_while_joining)/);
});

Deno.test("websocket: silence and an answer without an end are limited", async () => {
  assertMatch(await faultOf(() => {}, "/", 500), /^no_answer: Cannot join SERVER: connected/);
  assertMatch(await faultOf(flooding("HTTP/1.1 200 OK\r\nX: ")), /^not_hubbub: /);
  assertMatch(
    await faultOf(flooding("HTTP/1.1 403 No\r\nContent-Type: text/plain\r\n\r\n")),
    /^http_refused: .{0,400}$/,
  );
});

Deno.test("websocket: faults of an open WebSocket end it with their reason", async () => {
  for (
    const [bytes, code] of [
      [clientFrame("x", { opcode: OPCODE.binary, isMasked: false }), "not_understood"],
      [frameHead(2 ** 31, { isMasked: false }), "not_understood"],
      [clientFrame("x", { reserved: 4, isMasked: false }), "not_understood"],
    ] as const
  ) {
    // Such a server does not notice that the client closes its side.
    await withServer(welcoming(bytes, true), async (port) => {
      const url = `ws://127.0.0.1:${port}/`;
      const client = await ChatClient.connect({ url, name: "Ann" });
      const closing = await client.closed;
      assertEquals(closing.type === "lost" && closing.error.code, code);
    });
  }
  const outOfService = new Uint8Array([1011 >> 8, 1011 & 0xff, ...new TextEncoder().encode("out")]);
  const closeFrame = clientFrame(outOfService, { opcode: OPCODE.close, isMasked: false });
  await withServer(welcoming(closeFrame), async (port) => {
    const client = await ChatClient.connect({ url: `ws://127.0.0.1:${port}/`, name: "Ann" });
    const closing = await client.closed;
    assertEquals(
      closing.type === "lost" && closing.error.message.replace(String(port), "PORT"),
      "Lost the connection to 127.0.0.1:PORT: the WebSocket was closed with code 1011 (out).",
    );
  });
});

Deno.test("websocket: a URL with a query, a user alone or another scheme is refused", async () => {
  for (const url of ["ws://a/?x", "ws://Ann@a/", "ftp://a/", "tcp://a:1", "a:1"]) {
    await assertRejects(() => ChatClient.connect({ url, name: "Ann" }), TypeError);
  }
});
