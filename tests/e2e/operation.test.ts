/**
 * The server in operation, and the client by TLS, as real processes: signals, log formats, what is
 * printed.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type AddressInfo, connect } from "node:net";
import tls from "node:tls";
import { AUTHORITY, SELF_SIGNED, SIGNED, type TestCertificate } from "../support/certificates.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const isWindows = Deno.build.os === "windows";

Deno.test({
  name: "SIGTERM informs all clients that the server is restarting",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const person = await RawClient.join(serve.port, "person");
    const program = await RawClient.connect(serve.port);
    program.sendFrame({ type: "hello", name: "program" });
    await program.frame("welcome");
    serve.child.kill("SIGTERM");
    assertMatch(await person.untilEnd(), /\[SYSTEM\]: The server is restarting\.\n$/);
    const { reason, text } = await program.frame("bye");
    assertEquals([reason, text], ["restart", "The server is restarting."]);
    for (const client of [person, program]) client.close();
    assertEquals(await serve.exit, 0);
  },
});

Deno.test({
  name: "SIGINT informs all clients that it is shutting down",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const program = await RawClient.connect(serve.port);
    program.sendFrame({ type: "hello", name: "program" });
    await program.frame("welcome");
    serve.child.kill("SIGINT");
    const { reason, text } = await program.frame("bye");
    assertEquals([reason, text], ["shutdown", "The server is shutting down."]);
    program.close();
    assertEquals(await serve.exit, 0);
  },
});

Deno.test("--log-format json writes one JSON object a line", async () => {
  await using serve = await startServe(["--log-format", "json", "--log-level", "debug"]);
  const client = await RawClient.join(serve.port, "Zoë");
  client.send("a secret\n/quit\n");
  await client.untilEnd();
  client.close();
  await serve.stderr.until(/"event":"left".*\n/);
  serve.child.kill("SIGINT");
  await serve.exit;
  const entries = (await serve.stderr.all()).trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const { time, level } of entries) {
    assertEquals(new Date(time).toISOString(), time);
    assertMatch(level, /^(debug|info|warn|error)$/);
  }
  const joined = entries.find(({ event }) => event === "joined");
  assertEquals([joined.name, joined.room, joined.level], ["Zoë", "lobby", "info"]);
  const listening = entries.find(({ event }) => event === "listening");
  assertEquals(listening.port, serve.port, "a number stays a number");
  assert(!serve.stderr.text.includes("a secret"));
});

Deno.test("the banner tells a person how to come in, and what is kept where", async () => {
  await using serve = await startServe(["--host", "0.0.0.0"]);
  await serve.stdout.until(/Ctrl\+C\n/);
  const { text } = serve.stdout;
  const { port } = serve;
  assert(text.startsWith(`Listening on 0.0.0.0:${port}\n`), text);
  assert(text.includes(`  join with    nc 127.0.0.1 ${port}\n`), text);
  assert(text.includes(`  or open      http://127.0.0.1:${port}/\n`), text);
  assert(!text.includes("█"), "no QR code unless it is asked for");
});

Deno.test("--qr prints nothing where the output is no terminal", async () => {
  await using serve = await startServe(["--host", "0.0.0.0", "--qr"]);
  serve.child.kill("SIGINT");
  await serve.exit;
  assert(!(await serve.stdout.all()).includes("█"));
});

Deno.test({
  name: "--qr draws a code on a terminal",
  ignore: !hasTmux(),
  fn: async () => {
    await using terminal = await Tmux.start([
      ...["serve", "--host", "0.0.0.0", "--port", "0"],
      "--qr",
    ]);
    // The corner of a code, or why it is missing on a machine without a network.
    await terminal.until(/██ ▄▄▄▄▄ █|No QR code: only this machine/);
    await terminal.press("C-c");
    await terminal.until(/exit code 0/);
  },
});

/** A TLS authenticator to a server that has none of its own. */
async function tlsEntrance(port: number, { cert, key }: TestCertificate) {
  const authenticator = tls.createServer({ cert, key }, (outside) => {
    const inside = connect({ host: "127.0.0.1", port });
    for (const socket of [outside, inside]) socket.on("error", () => {});
    outside.pipe(inside).pipe(outside);
  });
  authenticator.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => authenticator.listen(0, "127.0.0.1", resolve));
  return {
    port: (authenticator.address() as AddressInfo).port,
    [Symbol.dispose]: () => void authenticator.close(),
  };
}

/** What `hubbub chat` says when it is given a line. */
async function chat(parameters: string[], env: Record<string, string> = {}) {
  const words = ["chat", "--name", "ann", ...parameters];
  const { code, stdout, stderr } = await runProgram(words, { env, input: "/users\n" });
  return { exit: code, stdout, stderr };
}

Deno.test("chat --tls: pinned, trusted by the machine, or insecure with a warning", async () => {
  await using server = await startServer();
  using self = await tlsEntrance(server.port, SELF_SIGNED);
  using signed = await tlsEntrance(server.port, SIGNED);
  const authority = await Deno.makeTempFile();
  await Deno.writeTextFile(authority, AUTHORITY);
  const users = /Online users \(1\): ann\n/;

  const pinned = await chat([`127.0.0.1:${self.port}`, "--fingerprint", SELF_SIGNED.fingerprint]);
  assertMatch(pinned.stdout, users);
  assertEquals([pinned.exit, pinned.stderr], [0, ""]);

  const trusted = await chat(["--tls", `localhost:${signed.port}`], { SSL_CERT_FILE: authority });
  assertMatch(trusted.stdout, users);
  assertEquals([trusted.exit, trusted.stderr], [0, ""]);

  const insecure = await chat(["--tls", "--insecure", `127.0.0.1:${self.port}`]);
  assertMatch(insecure.stdout, users);
  assertEquals([insecure.exit, insecure.stderr], [
    0,
    "The server is not authenticated: --insecure trusts any certificate.\n",
  ]);
  await Deno.remove(authority);
});

Deno.test("chat --tls: a wrong certificate is reported in one line, exit 3", async () => {
  await using server = await startServer();
  using self = await tlsEntrance(server.port, SELF_SIGNED);
  const at = `127.0.0.1:${self.port}`;
  const other = SIGNED.fingerprint;
  assertEquals(await chat(["--tls", "--no-first-use", at]), {
    exit: 3,
    stdout: "",
    stderr: `Cannot connect to ${at}: its certificate cannot be trusted ` +
      "(self-signed certificate). Ask its owner for the --fingerprint.\n",
  });
  assertEquals(await chat(["--tls", at, "--fingerprint", other]), {
    exit: 3,
    stdout: "",
    stderr: `Cannot connect to ${at}: its certificate is not the expected one: ` +
      `it has the fingerprint ${SELF_SIGNED.fingerprint}.\n`,
  });
  const plain = `127.0.0.1:${server.port}`;
  assertEquals(await chat(["--tls", plain]), {
    exit: 3,
    stdout: "",
    stderr:
      `Cannot connect to ${plain}: it does not speak TLS. Try without --tls, or with http:// in the address.\n`,
  });
  const { exit, stderr } = await chat(["--fingerprint", "12:34", at]);
  assertEquals(exit, 2);
  assertMatch(stderr, /SHA-256 fingerprint: 64 hexadecimal digits/);
});

Deno.test("a server that is stopped twice at a time stops once, and both callers learn it", async () => {
  const { server, port, log } = await startServer();
  const client = await RawClient.join(port, "Alice");
  const stops = [server.stop(), server.stop("restart")];
  assertMatch(await client.untilEnd(), /^[^\n]*The server is shutting down\.\n$/);
  client.close();
  assertEquals(await Promise.all(stops), [undefined, undefined]);
  assertEquals(log.filter(({ event }) => event === "stopped").length, 1);
});
