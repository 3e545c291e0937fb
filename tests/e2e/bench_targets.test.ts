/** Which servers `hubbub bench` loads, and how they are named. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createServer } from "node:net";
import { freePort } from "../support/addresses.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

function bench(...parameters: readonly string[]) {
  return runProgram(["bench", ...parameters]);
}

/** A server of a few lines that sends everything back; it listens at its parameter. */
const ECHO = `
  import { createServer } from "node:net";
  const where = Deno.args[0];
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  console.log("a server may print what it likes");
  server.listen(/^\\d+$/.test(where) ? { host: "127.0.0.1", port: Number(where) } : { path: where });
`;

async function echoProgram(folder: string): Promise<string[]> {
  const file = `${folder}/echo.js`;
  await Deno.writeTextFile(file, ECHO);
  return [Deno.execPath(), "run", "--no-prompt", "-A", file];
}

Deno.test("bench: without a scenario it is broadcast, with a server of its own or a URL", async () => {
  const own = await bench("-c", "4", "-a", "20", "-n");
  assertEquals(own.code, 0, own.stdout + own.stderr);
  assertMatch(own.stdout, /^Running 20 messages broadcast @ 127\.0\.0\.1:\d+\n4 connections/);
  await using server = await startServer();
  const address = `127.0.0.1:${server.port}`;
  const forms = [[`http://${address}/`], [address], ["127.0.0.1", `${server.port}`]];
  for (const words of sampleOf(forms, 1)) {
    const { code, stdout, stderr } = await bench(...words, "-c", "4", "-a", "20", "-n");
    assertEquals(code, 0, stdout + stderr);
    assertStringIncludes(stdout, `broadcast @ ${address}`);
  }
});

Deno.test("bench: what is neither a scenario nor an address gets the nearest name", async () => {
  for (const words of [["brodcast"], ["brodcast", "127.0.0.1:1"]]) {
    const { code, stdout, stderr } = await bench(...words);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, 'Did you mean "broadcast"?');
  }
});

Deno.test("bench: TLS by --tls and by the URL, for every profile of hubbub", async () => {
  await using server = startProgram([
    ...["serve", "--port", "0", "--tls", "self-signed", "--rate", "off"],
  ]);
  const [, port] = await server.stdout.until(/^Listening on \S+:(\d+)$/m);
  for (
    const [words, profile] of sampleOf(
      [
        [[`wss://127.0.0.1:${port}/`], "websocket"],
        [[`127.0.0.1:${port}`, "--tls", "--profile", "websocket"], "websocket"],
        [[`https://127.0.0.1:${port}`], "json"],
        [["broadcast", `tls://127.0.0.1:${port}`, "--profile", "text"], "text"],
      ] as const,
      2,
    )
  ) {
    const { code, stdout, stderr } = await bench(...words, "-c", "4", "-a", "40", "--json");
    assertEquals(code, 0, stdout + stderr);
    const result = JSON.parse(stdout);
    assertEquals([result.profile, result.target.isEncrypted, result.deliveries.lost], [
      ...[profile, true, 0],
    ]);
  }
  const storm = await bench("connect", `tls://127.0.0.1:${port}`, "-c", "5", "--json");
  assertEquals([storm.code, JSON.parse(storm.stdout).joined], [0, 5], storm.stderr);
});

Deno.test({
  name: "bench -- COMMAND: starts the server, waits for its port or socket, and stops it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const echo = await echoProgram(folder);
      const load = ["echo", "-c", "2", "-a", "1k", "--json"];
      const byPort = await bench(...load, "--", ...echo, "{port}");
      assertEquals(byPort.code, 0, byPort.stderr);
      const { target, deliveries, server } = JSON.parse(byPort.stdout);
      assertEquals(deliveries.received, 1000);
      assert(Deno.build.os !== "linux" || server.length > 0, "its process is watched");
      await assertGone(target.port);

      const shell = ["sh", "-c", '"$@"; exit', "sh", ...echo, "{port}"];
      const byShell = await bench(...load, "--", ...shell);
      assertEquals(byShell.code, 0, byShell.stderr);
      await assertGone(JSON.parse(byShell.stdout).target.port);

      const path = `${folder}/chat.sock`;
      const bySocket = await bench(...load, `unix:${path}`, "--", ...echo, path);
      assertEquals(bySocket.code, 0, bySocket.stderr);
      assertEquals(JSON.parse(bySocket.stdout).target, { host: "", port: 0, path });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("bench -- COMMAND: a command that fails, or a port that is taken, is reported", async () => {
  // Not at the default port, which the server of another test may have.
  const missing = await bench(`127.0.0.1:${freePort()}`, "--", "/nonexistent/server");
  assertEquals([missing.code, missing.stdout], [2, ""]);
  assertStringIncludes(missing.stderr, 'Cannot start "/nonexistent/server"');
  const empty = await bench("echo", "--");
  assertEquals(empty.code, 2);
  assertEquals(empty.stderr.trim(), "Give a command that starts the server after --.");

  const ending = await bench("echo", "--", Deno.execPath(), "eval", "Deno.exit(7)", "{port}");
  assertEquals(ending.code, 3);
  assertStringIncludes(ending.stderr, "it ended with exit code 7 before it listened at 127.0.0.1:");

  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const busy = await bench("echo", `127.0.0.1:${port}`, "--", Deno.execPath(), "eval", "1");
  taken.close();
  assertEquals(busy.code, 3);
  assertStringIncludes(busy.stderr, `another server listens at 127.0.0.1:${port} already`);
});

/** Fails if a program still listens at a port. */
async function assertGone(port: number): Promise<void> {
  const isOpen = await Deno.connect({ port }).then((connection) => {
    connection.close();
    return true;
  }, () => false);
  assertEquals(isOpen, false, "the server was stopped");
}
