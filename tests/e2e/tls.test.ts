/**
 * TLS on the chat's port: everything works inside it, and nothing that is wrong with it stays.
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { connect as connectNodeTls } from "node:tls";
// @ts-types="@types/ws"
import { WebSocket as WsClient } from "ws";
import { TlsError } from "../../server/mod.ts";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { hasCommand, run } from "../support/commands.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { connectTls } from "../support/tls_client.ts";

/** A certificate that a test can give to its clients as the authority. */
const CREDENTIALS = await createSelfSigned([], Date.now());
const OTHERS = await createSelfSigned([], Date.now());
const { cert } = CREDENTIALS;
const FINGERPRINT = new X509Certificate(cert).fingerprint256;

/**
 * The fingerprint of the certificate that a server shows.
 *
 * Where all clients use TLS, the servers of these tests are for TLS only: on a busy machine a client may
 * send its first bytes after 150 ms, when another server has asked for a name already.
 */
function shownFingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectNodeTls({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

Deno.test("text, JSON and plain clients share a room, with TLS and without", async () => {
  await using server = await startServer({ tls: CREDENTIALS });
  const plain = await RawClient.join(server.port, "plain");
  const text = await connectTls(server.port, cert);
  await text.until("Enter your username: ");
  text.send("text\n");
  await text.until("Welcome, text!");
  const json = await connectTls(server.port, cert);
  json.sendFrame({ type: "hello", name: "json" });
  await json.frame("welcome");
  json.sendFrame({ type: "message", text: "from within", id: "1" });
  await json.frame("ack");
  await text.until("json: from within\n");
  await plain.until("json: from within\n");
  plain.send("from without\n");
  assertEquals((await json.frame("message")).text, "from without");
  text.send("/quit\n");
  await text.until("Goodbye, text!");
  await text.untilEnd();
  for (const client of [plain, text, json]) client.close();
});

Deno.test("what is said in the same breath as the end is still said, inside TLS too", async () => {
  await using server = await startServer({ tls: CREDENTIALS });
  const plain = await RawClient.join(server.port, "plain");
  const text = await connectTls(server.port, cert);
  text.socket.end("text\nfirst\nlast, without a line end");
  await plain.until("text: last, without a line end\n");
  await plain.until("text has left the chat. ***\n");
  await text.untilEnd();
  plain.close();
});

Deno.test("Deno's own client trusts a self-signed certificate that it is given", async () => {
  await using server = await startServer({ tls: CREDENTIALS, tlsOnly: true });
  const connection = await Deno.connectTls({
    hostname: "localhost",
    port: server.port,
    caCerts: [cert],
  });
  await connection.write(new TextEncoder().encode('{"type":"hello","name":"deno"}\n'));
  const bytes = new Uint8Array(1000);
  const count = await connection.read(bytes);
  assert(new TextDecoder().decode(bytes.subarray(0, count!)).startsWith('{"type":"welcome"'));
  connection.close();
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const response = await fetch(`https://localhost:${server.port}/healthz`, { client });
  assertEquals(await response.text(), "ok\n");
});

Deno.test("the page and a WebSocket over TLS", async () => {
  await using server = await startServer({ tls: CREDENTIALS, tlsOnly: true });
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const page = await (await fetch(`https://localhost:${server.port}/`, { client })).text();
  assert(page.includes(`openssl s_client -quiet -connect localhost:${server.port}`), page);
  assert(page.includes(`hubbub chat localhost:${server.port} --tls`), page);
  const socket = new WsClient(`wss://localhost:${server.port}/ws`, {
    ca: cert,
    origin: `https://localhost:${server.port}`,
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const answer = new Promise<string>((resolve) =>
    socket.once("message", (data) => resolve(`${data}`))
  );
  socket.send('{"type":"hello","name":"wss"}');
  assertMatch(await answer, /^\{"type":"welcome"/);
  socket.close();
  await new Promise((resolve) => socket.once("close", resolve));
});

Deno.test({
  name: "curl trusts the certificate, and asks for it when it is not told to",
  ignore: !hasCommand("curl"),
  fn: async () => {
    await using server = await startServer({ tls: "self-signed", tlsOnly: true });
    const url = `https://127.0.0.1:${server.port}/healthz`;
    assertEquals((await run("curl", "-sS", "-k", "-m", "10", url)).stdout, "ok\n");
    assertEquals((await run("curl", "-sS", "-m", "10", url)).code, 60, "not trusted");
    const given = await startServer({ tls: CREDENTIALS, tlsOnly: true });
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, cert);
    const trusted = `https://localhost:${given.port}/healthz`;
    const { stdout, stderr } = await run("curl", "-sS", "-m", "10", "--cacert", path, trusted);
    assertEquals([stdout, stderr], ["ok\n", ""]);
    await given.server.stop();
    await Deno.remove(path);
  },
});

Deno.test({
  name: "openssl s_client talks, and finds the certificate in order",
  ignore: !hasCommand("openssl"),
  fn: async () => {
    await using server = await startServer({ tls: CREDENTIALS, tlsOnly: true });
    const witness = await connectTls(server.port, cert);
    witness.send("witness\n");
    await witness.until("Welcome, witness!");
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, cert);
    const child = new Deno.Command("openssl", {
      args: [
        ...["s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost"],
        ...["-CAfile", path, "-connect", `127.0.0.1:${server.port}`],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("openssl\n"));
    await witness.until("openssl has joined the chat! ***\n");
    await writer.write(new TextEncoder().encode("hello from s_client\n"));
    await witness.until("openssl: hello from s_client\n");
    await writer.write(new TextEncoder().encode("/quit\n"));
    const { stdout } = await child.output();
    assert(new TextDecoder().decode(stdout).includes("Welcome, openssl!"));
    await writer.close().catch(() => {});
    await Deno.remove(path);
    witness.close();
  },
});

Deno.test("a certificate of the server's own making: its fingerprint is shown, and true", async () => {
  const { Server } = await import("../../server/mod.ts");
  const server = new Server({
    port: 0,
    tls: "self-signed",
    tlsOnly: true,
    tlsHosts: ["chat.lan", "10.1.2.3"],
  });
  const { port, tlsFingerprint } = await server.start();
  assertMatch(tlsFingerprint!, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assertEquals(await shownFingerprint(port), tlsFingerprint);
  await server.stop();
});

Deno.test("kept in a folder, it is the same after a restart, and not readable by other users", async () => {
  const data = await Deno.makeTempDir();
  const shown: string[] = [];
  for (const tlsHosts of [[], [], ["chat.lan"], ["chat.lan"]]) {
    await using server = await startServer({ tls: "self-signed", tlsOnly: true, data, tlsHosts });
    shown.push(await shownFingerprint(server.port));
  }
  assertEquals(shown[0], shown[1]);
  assert(shown[1] !== shown[2], "it was not good for chat.lan");
  assertEquals(shown[2], shown[3]);
  if (Deno.build.os !== "windows") {
    const { mode } = await Deno.stat(`${data}/tls_key.pem`);
    assertEquals(mode! & 0o777, 0o600);
  }
  await Deno.remove(data, { recursive: true });
});

Deno.test("another certificate while it runs; a wrong one changes nothing", async () => {
  await using server = await startServer({ tls: CREDENTIALS, tlsOnly: true });
  const before = await connectTls(server.port, cert);
  assertEquals(await shownFingerprint(server.port), FINGERPRINT);
  assertEquals(server.server.reloadTls({ cert: OTHERS.cert, key: CREDENTIALS.key }), false);
  assertEquals(await shownFingerprint(server.port), FINGERPRINT);
  const errors = server.log.filter(({ level }) => level === "error");
  assertEquals(errors.map(({ event }) => event), [
    "cannot use the new TLS certificate; the old one stays",
  ]);
  assertEquals(server.server.reloadTls(OTHERS), true);
  assertEquals(
    await shownFingerprint(server.port),
    new X509Certificate(OTHERS.cert).fingerprint256,
  );
  await before.until("Enter your username: ");
  before.send("before\n");
  await before.until("Welcome, before!");
  before.close();
});

Deno.test("a key that is not the certificate's: the server does not start", async () => {
  const tls = { cert: CREDENTIALS.cert, key: OTHERS.key };
  const error = await assertRejects(() => startServer({ tls }), TlsError) as TlsError;
  assertMatch(
    error.message,
    /^Cannot use the TLS certificate: the key does not belong to it/,
  );
});

Deno.test("with TLS only, a client without TLS gets the reason in its own protocol", async () => {
  await using server = await startServer({ tls: CREDENTIALS, tlsOnly: true });
  const told = async (first: string) => {
    const client = await RawClient.connect(server.port, "latin1");
    client.send(first);
    const answer = await client.untilEnd();
    client.close();
    return answer;
  };
  const sentence = "This server requires TLS. Connect with TLS, as hubbub chat --tls does.";
  assertMatch(
    await told("Alice\n"),
    new RegExp(`^\\[\\d\\d:\\d\\d:\\d\\d\\] \\[ERROR\\]: ${sentence}\n$`),
  );
  const frame = { type: "error", code: "tls_required", text: sentence };
  assertEquals(JSON.parse(await told('{"type":"hello","name":"a"}\n')), frame);
  assertEquals(JSON.parse((await told("\0\0\0\x02{}")).slice(4)), frame);
  assertMatch(await told("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 [^]*https/);
  const silent = await RawClient.connect(server.port);
  assert((await silent.untilEnd()).includes(sentence), "silence, too, after a while");
  silent.close();
  const secure = await connectTls(server.port, cert);
  await secure.until("Enter your username: ");
  secure.close();
});

Deno.test("a handshake that never ends is closed in time", async () => {
  await using server = await startServer({ tls: CREDENTIALS, tlsHandshakeMilliseconds: 300 });
  for (const first of ["\x16", "\x16\x03\x01\x02\x00\x01"]) {
    const client = await RawClient.connect(server.port, "latin1");
    client.send(first);
    await client.untilEnd();
    client.close();
  }
  const { event, fields } = server.log.find(({ event }) => event === "tls handshake failed")!;
  assertEquals([event, fields.reason], ["tls handshake failed", "not done within 300 ms"]);
});

Deno.test("what only begins like TLS is closed, and others chat on", async () => {
  await using server = await startServer({ tls: CREDENTIALS });
  const person = await RawClient.join(server.port, "person");
  for (const rubbish of ["\x16 rubbish", "\x16".repeat(100_000), "\x16\x03\x01\0\x05hello\r\n"]) {
    const client = await RawClient.connect(server.port, "latin1");
    client.send(rubbish);
    await client.untilEnd();
    client.close();
  }
  // TLS within TLS is offered to no client.
  const twice = await connectTls(server.port, cert);
  twice.send("\x16\x03\x01\x02\0");
  await twice.untilEnd();
  twice.close();
  person.send("/users\n");
  await person.until("Online users (1): person\n");
  person.close();
});

Deno.test("TLS to a server without a certificate: refused at once, with an alert", async () => {
  await using server = await startServer();
  const raw = await RawClient.connect(server.port, "latin1");
  raw.send("\x16\x03\x01\x02\0");
  assertEquals(await raw.untilEnd(), "\x15\x03\x03\0\x02\x02\x28");
  raw.close();
  await assertRejects(() => connectTls(server.port, cert), Error);
});

Deno.test("when the server stops, clients inside TLS are notified, and handshakes are cut", async () => {
  const server = await startServer({ tls: CREDENTIALS });
  const inside = await connectTls(server.port, cert);
  await inside.until("Enter your username: ");
  const halfway = await RawClient.connect(server.port, "latin1");
  await halfway.sendSegment("\x16\x03\x01");
  await server.server.stop();
  assert((await inside.untilEnd()).includes("The server is shutting down."));
  await halfway.untilEnd();
  inside.close();
  halfway.close();
});
