import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ChatClient, ConnectionError } from "../../../client/mod.ts";
import { connectionErrorOf } from "../../../client/core/connection_errors.ts";
import { speaksLines } from "../../../client/core/unknown_peer.ts";
import { RECORD_SEPARATOR } from "../../../protocol/mod.ts";
import { FakeClock, FakeServer, settle } from "../fakes.ts";

const ENDPOINT = { host: "127.0.0.1", port: 8080 };

/** The code of the system, and the text after `Cannot connect to 127.0.0.1:8080: `. */
const ROWS: [code: string, sentence: string][] = [
  ["ECONNREFUSED", "connection refused. Is the server running?"],
  ["ETIMEDOUT", "timed out. Check the address, and that no firewall is in the way."],
  ["ENOTFOUND", "unknown host. Check the spelling, or use its IP address."],
  ["EHOSTUNREACH", "the host cannot be reached from here. Check the network and the address."],
  ["ENETUNREACH", "the host cannot be reached from here. Check the network and the address."],
  ["ECONNRESET", "the other side reset the connection."],
  ["EINVAL", "no local port is free. Close other connections, or wait a minute and try again."],
  ["EMFILE", "too many open files. Raise the limit with `ulimit -n`."],
  ["EPERM", "this program may not use the network there (firewall or permissions)."],
  ["ERR_SOCKET_BAD_PORT", "a port is a number from 1 to 65535."],
  ["EWEIRD", "something odd."],
];

for (const [code, sentence] of ROWS) {
  Deno.test(`${code} becomes a sentence with what to do`, () => {
    const cause = Object.assign(new Error("something odd\nsecond line"), { code });
    const error = connectionErrorOf(cause, "connect", ENDPOINT);
    assertEquals(error.message, `Cannot connect to 127.0.0.1:8080: ${sentence}`);
    assertEquals(error.cause, cause);
    assertEquals(error.phase, "connect");
  });
}

Deno.test("a certificate that is not trusted has the reason without the advice of Node", () => {
  const advice = "; if the root CA is installed locally, try running Node.js with --use-system-ca";
  const code = "DEPTH_ZERO_SELF_SIGNED_CERT";
  const cause = Object.assign(new Error(`self-signed certificate${advice}`), { code });
  assertStringIncludes(
    connectionErrorOf(cause, "connect", ENDPOINT).message,
    " cannot be trusted (self-signed certificate). Ask",
  );
});

Deno.test("a link-local address that cannot be used is no lack of ports", () => {
  const cause = Object.assign(new Error("connect EINVAL"), { code: "EINVAL" });
  for (const host of ["fe80::1", "FEBF::1%eth0"]) {
    assertEquals(connectionErrorOf(cause, "connect", { host, port: 80 }).code, "link_local");
  }
  for (const host of ["fec0::1", "fe8::1", "::1"]) {
    assertEquals(connectionErrorOf(cause, "connect", { host, port: 80 }).code, "no_local_port");
  }
});

/** The first bytes of a server other than hubbub, and the text of the error. */
const UNKNOWN_PEERS: [
  kind: string,
  answer: string | ((sent: string) => string),
  sentence: string,
][] = [
  ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", "it is a web server"],
  [
    "a web server that answers with a page and the line in it",
    (sent) => `<!DOCTYPE HTML>\n<p>Bad request syntax (${sent})`,
    "it is a web server",
  ],
  ["a TLS server", "\x15\x03\x01\x00\x02\x02\x46", "it expects TLS"],
  [
    "an echo server",
    (sent) => sent,
    "it sends back what it receives, as an echo server does",
  ],
  [
    "an echo server with a prefix",
    (sent) => `Server received: ${sent}`,
    "it sends back what it receives, as an echo server does",
  ],
  ["a mail server", "220 mx.example ESMTP\r\n", 'it answered "220 mx.example ESMTP"'],
  ["a text chat", "Enter your username: ", 'it answered "Enter your username:"'],
  ["another JSON server", '{"hello":"world"}\n', 'it answered "{"hello":"world"}"'],
  ["binary data", "\xff\xfe\x80", "it answers with binary data"],
  ["an escape sequence", "\x1b[2J\x07\n", 'it answered "[2J"'],
];

for (const [kind, answer, sentence] of UNKNOWN_PEERS) {
  Deno.test(`${kind} is not a hubbub server, and the error describes it`, async () => {
    const server = new FakeServer();
    server.onAsked = () => {
      server.bytes(typeof answer === "string" ? answer : answer(`${RECORD_SEPARATOR}\r\n`));
    };
    await assertRejects(
      () => ChatClient.connect({ name: "Alice", openTransport: server.open }),
      ConnectionError,
      `Cannot join 127.0.0.1:8080: that is not a hubbub server: ${sentence}.`,
    );
    assertEquals(server.bytesReceived, RECORD_SEPARATOR);
  });
}

for (
  const [answer, isPlain] of [
    ["Server received: hi\n", true],
    ["Enter your username: ", true],
    ["\x1b[2JWelcome\n", true],
    ["\xff\xfe\x80", false],
    ["\0\0\0\x02hi", false],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", false],
    ["\x15\x03\x01\x00\x02\x02\x46", false],
    ["SSH-2.0-OpenSSH_9.6\r\n", false],
    ["220 mx.example ESMTP\r\n", false],
  ] as const
) {
  Deno.test(`${JSON.stringify(answer)} ${isPlain ? "speaks" : "does not speak"} by lines`, () => {
    assertEquals(speaksLines(answer), isPlain);
  });
}

Deno.test("a connection that is not established in time fails", async () => {
  const server = new FakeServer();
  server.onConnect = () => {};
  const clock = new FakeClock();
  const connecting = ChatClient.connect({ name: "a", openTransport: server.open, clock });
  clock.advance(10_000);
  await assertRejects(
    () => connecting,
    ConnectionError,
    "Cannot connect to 127.0.0.1:8080: timed out.",
  );
  assertEquals(server.isDestroyed, true);
});

Deno.test("a server that accepts and sends nothing fails the connection", async () => {
  const server = new FakeServer();
  server.onAsked = () => {};
  const clock = new FakeClock();
  const connecting = ChatClient.connect({
    name: "a",
    openTransport: server.open,
    clock,
    connectTimeoutMilliseconds: 2500,
  });
  await settle();
  clock.advance(2500);
  await assertRejects(
    () => connecting,
    ConnectionError,
    "Cannot join 127.0.0.1:8080: connected, but nothing answered in 2.5 s.",
  );
});

Deno.test("a server that closes during hello", async () => {
  const server = new FakeServer();
  server.onFrame = () => server.drop();
  await assertRejects(
    () => ChatClient.connect({ name: "a", openTransport: server.open }),
    ConnectionError,
    "Cannot join 127.0.0.1:8080: the server closed the connection before it answered.",
  );
});
