/**
 * `hubbub echo` as a real process, in all modes: what the textbooks' echo servers do, over bare
 * sockets.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { canAskKernel, listeningSocket } from "../support/kernel_sockets.ts";
import { assertPortInUse, startEcho, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

const isWindows = Deno.build.os === "windows";
const MODES = ["concurrent", "iterative", "once"] as const;

/** Sends a message on a connection of its own, closes the sending side, and returns all that came. */
async function exchange(port: number, message: string | Uint8Array): Promise<string> {
  const client = await RawClient.connect(port, "latin1");
  client.socket.end(message);
  const received = await client.untilEnd();
  client.close();
  return received;
}

/** Bytes as the characters that a latin1 client sees. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

for (const mode of MODES) {
  Deno.test(`echo --mode ${mode}`, async (t) => {
    await using echo = await startEcho("--mode", mode);
    await t.step("T1 one message is echoed", async () => {
      const client = await RawClient.connect(echo.port);
      client.send("Hello, Server!\n");
      assertEquals(await client.until("\n"), "Hello, Server!\n");
      client.close();
    });
    await t.step("T2 several messages are echoed", async () => {
      if (mode === "once") {
        for (let index = 0; index < 5; index++) {
          const client = await RawClient.connect(echo.port);
          client.send(`message ${index}\n`);
          assertEquals(await client.untilEnd(), `message ${index}\n`);
          client.close();
        }
        return;
      }
      const client = await RawClient.connect(echo.port);
      for (let index = 0; index < 5; index++) {
        client.send(`message ${index}\n`);
        assertEquals(await client.until("\n"), `message ${index}\n`);
      }
      client.close();
    });
    await t.step("T3 a megabyte is echoed", async () => {
      const message = `${"x".repeat(1_048_575)}\n`;
      assert(await exchange(echo.port, message) === message);
    });
    await t.step("T4 binary is echoed byte for byte", async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      assertEquals(await exchange(echo.port, bytes), latin1(bytes));
    });
    await t.step("T5 Unicode is echoed", async () => {
      const client = await RawClient.connect(echo.port);
      client.send("Grüße, 世界 🌍\n");
      assertEquals(await client.until("\n"), "Grüße, 世界 🌍\n");
      client.close();
    });
    await t.step("T6 a connection's life is traced from its beginning to its end", async () => {
      const client = await RawClient.connect(echo.port);
      const peer = `127\\.0\\.0\\.1:${client.socket.localPort}`;
      await echo.stderr.until(new RegExp(`^New connection from ${peer}$`, "m"));
      client.send("life\u001b[2J\n");
      await echo.stderr.until(new RegExp(`^Received from ${peer}: life\\[2J$`, "m"));
      client.socket.end();
      assertEquals(await client.untilEnd(), "life\u001b[2J\n");
      await echo.stderr.until(new RegExp(`^Connection closed for ${peer}$`, "m"));
    });
    await t.step("T7 one connection after the other is served", async () => {
      for (let index = 0; index < 10; index++) {
        assertEquals(await exchange(echo.port, `${index}\n`), `${index}\n`);
      }
    });
    await t.step("a client that vanishes ends alone", async () => {
      const client = await RawClient.connect(echo.port);
      await echo.stderr.until(
        new RegExp(`^New connection from 127\\.0\\.0\\.1:${client.socket.localPort}$`, "m"),
      );
      client.reset();
      assertEquals(await exchange(echo.port, "still here\n"), "still here\n");
    });
    await t.step("half-close: what was sent without a line feed comes back", async () => {
      assertEquals(await exchange(echo.port, "no line feed"), "no line feed");
    });
    if (!isWindows) {
      await t.step("Ctrl+C ends it with one line and 0, with clients connected", async () => {
        const client = await RawClient.connect(echo.port);
        const before = echo.stdout.text;
        echo.child.kill("SIGINT");
        assertEquals(await echo.exit, 0);
        const last = (await echo.stdout.all()).slice(before.length);
        assertMatch(last, /^Stopped\. Clients served: \d+, bytes echoed: \d+\.\n$/);
        client.close();
      });
    }
  });
}

Deno.test("P1 echo --mode once: after one message the connection is closed", async () => {
  await using echo = await startEcho("--mode", "once");
  const client = await RawClient.connect(echo.port);
  client.send("one\n");
  assertEquals(await client.untilEnd(), "one\n");
  client.close();
  const silent = await RawClient.connect(echo.port);
  silent.send("no line feed");
  assertEquals(await silent.untilEnd(), "no line feed");
  silent.close();
});

Deno.test("echo --mode once: an answer is not lost to what a client sent on", async () => {
  await using echo = await startEcho("--mode", "once");
  for (let round = 0; round < 5; round++) {
    const client = await RawClient.connect(echo.port);
    await client.sendSegment("one\n");
    await client.sendSegment("x".repeat(100_000));
    assertMatch(await client.untilEnd(), /^one\n/);
    client.close();
  }
});

Deno.test({
  name:
    "P11 echo --mode iterative: the second and third are connected, and served when the first left",
  ignore: !canAskKernel,
  fn: async () => {
    await using echo = await startEcho("--mode", "iterative");
    const [first, second, third] = [
      await RawClient.connect(echo.port),
      await RawClient.connect(echo.port),
      await RawClient.connect(echo.port),
    ];
    second.send("second\n");
    third.send("third\n");
    // An answered client proves that the server is awake, and the others still wait.
    for (let round = 0; round < 20; round++) {
      first.send(`${round}\n`);
      assertEquals(await first.until("\n"), `${round}\n`);
    }
    assertEquals(listeningSocket(echo.port).waiting, 2);
    assertEquals([second.received, third.received], ["", ""]);
    assert(!second.isEnded && !third.isEnded);

    first.close();
    assertEquals(await second.until("\n"), "second\n");
    assertEquals(listeningSocket(echo.port).waiting, 1);
    assertEquals(third.received, "");

    second.close();
    assertEquals(await third.until("\n"), "third\n");
    assertEquals(listeningSocket(echo.port).waiting, 0);
    third.close();
  },
});

Deno.test("echo: twenty clients at once are all served", async () => {
  await using echo = await startEcho();
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => RawClient.connect(echo.port)),
  );
  await Promise.all(clients.map(async (client, index) => {
    client.send(`client ${index}\n`);
    assertEquals(await client.until("\n"), `client ${index}\n`);
  }));
  for (const client of clients) client.close();
});

Deno.test("P4 echo --prefix: every line comes back with it, however it was cut", async () => {
  await using echo = await startEcho("--prefix", "Server received: ");
  const client = await RawClient.connect(echo.port);
  await client.sendSegment("one\ntw");
  await client.until("Server received: one\nServer received: tw");
  client.send("o\nthree");
  assertEquals(await client.until("three"), "o\nServer received: three");
  client.socket.end(" and its end");
  assertEquals(await client.untilEnd(), " and its end");
});

Deno.test({
  name: "echo: a client that does not read is not read either, and delays no other",
  ignore: !canAskKernel,
  fn: async () => {
    await using echo = await startEcho("--quiet");
    const stuck = await RawClient.connect(echo.port);
    stuck.socket.pause();
    const CHUNK = new Uint8Array(1_048_576);
    const MEGABYTES = 64;
    let taken = 0;
    for (let index = 0; index < MEGABYTES; index++) stuck.socket.write(CHUNK, () => taken++);
    assertEquals(await exchange(echo.port, "another\n"), "another\n");
    // What the kernels of both sides hold is some megabytes; the server holds one buffer.
    assert(taken < MEGABYTES / 2, `${taken} MB were taken from a client that reads nothing`);
    stuck.socket.resume();
    await stuck.until(new RegExp(`^\\0{${1_048_576}}`));
    stuck.close();
  },
});

Deno.test("echo: what goes wrong is one line, and the exit code tells which", async () => {
  await using echo = await startEcho();
  await assertPortInUse(["echo", "127.0.0.1", String(echo.port)], echo.port);
  await using foreign = startProgram(["echo", "192.0.2.1:0"]);
  assertEquals(await foreign.exit, 3);
  assertMatch(await foreign.stderr.all(), /^Cannot listen on 192\.0\.2\.1:0: this machine .+\n$/);
  await using unknown = startProgram(["echo", "no.such.host.invalid:0"]);
  assertEquals(await unknown.exit, 3);
  assertMatch(await unknown.stderr.all(), /is not an address that can be found.+\n$/);
  await using mode = startProgram(["echo", "--mode", "twice"]);
  assertEquals(await mode.exit, 2);
});
