/**
 * `hubbub send` and `hubbub tail` as real processes: what scripts build on.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const encoder = new TextEncoder();

/** Whether a program can find out that its output is not read: see `cli/standard_streams.ts`. */
async function hasGnuTail(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("/usr/bin/tail", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("GNU coreutils");
  } catch {
    return false;
  }
}

Deno.test("send sends one message unchanged, waits for its number, and leaves", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  const at = `127.0.0.1:${server.port}`;
  for (const words of [["/quit", "is", "no command"], ["--name", "bot", "quit"]]) {
    await using send = startProgram(["send", at, ...words]);
    assertEquals(await send.exit, 0);
    assertEquals([await send.stdout.all(), await send.stderr.all()], ["", ""]);
  }
  assertMatch(await ann.until("bot: quit\n"), /send-\d{4}: \/quit is no command\n/);
  await using whisper = startProgram(["send", at, "--name", "cat", "--whisper", "ANN", "psst"]);
  assertEquals(await whisper.exit, 0);
  await ann.until("[WHISPER from cat]: psst\n");
  ann.close();
});

Deno.test("send and tail come and go untold, and tail writes no goodbye", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  const { client: bob } = await RawClient.hello(server.port, { name: "bob" });
  await ann.until("bob has joined");
  for (const format of [[], ["--json"]]) {
    await using tail = startProgram(["tail", String(server.port), "--since", "0", ...format]);
    await using send = startProgram(["send", `127.0.0.1:${server.port}`, "--name", "cron", "done"]);
    assertEquals(await send.exit, 0);
    await tail.stdout.until(/done/);
    tail.child.kill("SIGINT");
    assertEquals(await tail.exit, 130);
    const lines = (await tail.stdout.all()).trimEnd().split("\n");
    assertMatch(lines.at(-1)!, /cron: done$|"text":"done"/);
  }
  // What others have received by now stands before the next message.
  bob.sendFrame({ type: "users" });
  assertEquals((await bob.frame("users")).users, [{ name: "ann" }, { name: "bob" }]);
  ann.send("the end\n");
  assertEquals((await bob.until("the end")).match(/"type":"(joined|left)"/g), null);
  assertEquals(ann.rest.match(/has (joined|left)/g), null);
  ann.close();
  bob.close();
});

Deno.test("a thousand lines through send arrive once, in order, though the server slows them", async () => {
  await using server = await startServer({ rate: { perSecond: 2000, burst: 40 } });
  const ann = await RawClient.join(server.port, "ann");
  await using send = startProgram(["send", `127.0.0.1:${server.port}`, "--name", "loop", "-"]);
  const lines = Array.from({ length: 1000 }, (_, number) => `line ${number}`);
  await send.stdin.write(encoder.encode(lines.join("\n")));
  await send.stdin.close();
  assertEquals(await send.exit, 0);
  const received = await ann.until("loop: line 999\n");
  assertEquals(received.match(/loop: line \d+/g), lines.map((line) => `loop: ${line}`));
  ann.close();
});

Deno.test("lines for send end where those of a chat do, and have to be UTF-8", async () => {
  await using server = await startServer();
  const { client } = await RawClient.hello(server.port, { name: "ann" });
  await using send = startProgram(["send", `127.0.0.1:${server.port}`, "--name", "loop", "-"]);
  await send.stdin.write(encoder.encode("one\r\nt\u2028w\u2029o\n\nth\rree\n"));
  await send.stdin.write(Uint8Array.of(0xff, 10));
  await send.stdin.write(encoder.encode("x".repeat(5000) + "\nfour"));
  await send.stdin.close();
  assertEquals(await send.exit, 1);
  assertEquals(
    await send.stderr.all(),
    "Not sent: line 5, since it is not valid UTF-8. Convert the input to UTF-8.\n" +
      "Not sent: line 6, since it is over 4096 bytes. Split it.\n",
  );
  const received = [];
  while (received.length < 4) received.push((await client.frame("message")).text);
  assertEquals(received, ["one", "two", "three", "four"]);
  client.close();
});

Deno.test("what send cannot send is reported, and the exit code tells the cause", async () => {
  await using server = await startServer();
  const at = `127.0.0.1:${server.port}`;
  await using absent = startProgram(["send", at, "--whisper", "absent", "hello"]);
  assertEquals(await absent.exit, 1);
  assertEquals(await absent.stderr.all(), 'No user named "absent" is online.\n');
  await using long = startProgram(["send", at, "x".repeat(5000)]);
  assertEquals(await long.exit, 1);
  await using closed = startProgram(["send", "127.0.0.1:1", "hello"]);
  assertEquals(await closed.exit, 3);
  assertMatch(await closed.stderr.all(), /^Cannot connect to 127\.0\.0\.1:1: connection refused\./);
  await using wordless = startProgram(["send", at]);
  assertEquals(await wordless.exit, 2);
  await using blank = startProgram(["send", "127.0.0.1:1", "", " "]);
  assertEquals(await blank.exit, 2);
  assertEquals(
    await blank.stderr.all(),
    "There is no message to send. Give a text after the server, or - for standard input: hubbub send " +
      '127.0.0.1:8080 "the backup is done"\n',
  );
});

Deno.test({
  name: "Ctrl+C ends send and tail at once, exit 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    const ann = await RawClient.join(server.port, "ann");
    for (const command of [["send", `127.0.0.1:${server.port}`, "-"], ["tail", `${server.port}`]]) {
      await using program = startProgram([...command, "--name", command[0]!]);
      await server.logged("joined", command[0]!);
      program.child.kill("SIGINT");
      assertEquals(await program.exit, 130);
    }
    ann.close();
  },
});

Deno.test({
  name: "Ctrl+C ends tail and chat while their output is not read, exit 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    const { client } = await RawClient.hello(server.port, { name: "ann" });
    for (const command of ["tail", "chat"]) {
      // The program that does not read must not keep the pipes to this test open.
      const shell = 'exec "$@" > >(exec sleep 60 > /dev/null 2>&1)';
      const parameters = [command, String(server.port), "--name", command];
      await using program = startProgram(parameters, { shell });
      await server.logged("joined", command);
      // More than a pipe takes.
      for (let number = 0; number < 50; number++) {
        client.sendFrame({ type: "message", text: "x".repeat(4000), id: String(number) });
      }
      for (let number = 0; number < 50; number++) await client.frame("ack");
      const start = performance.now();
      program.child.kill("SIGINT");
      assertEquals(await program.exit, 130);
      assert(performance.now() - start < 30_000, "it has waited for the end of the pipe");
      await server.logged("left", command);
    }
    client.close();
  },
});

Deno.test("tail tells what was said and then what is said, without a gap or a double", async () => {
  await using server = await startServer();
  const { client } = await RawClient.hello(server.port, { name: "ann" });
  const say = async (number: number) => {
    client.sendFrame({ type: "message", text: `m${number}`, id: String(number) });
    await client.frame("ack");
  };
  for (let number = 1; number <= 1200; number++) {
    client.sendFrame({ type: "message", text: `m${number}`, id: String(number) });
  }
  while ((await client.frame("ack")).seq !== 1200);
  const at = String(server.port);
  await using last = startProgram(["tail", at, "--no-follow"]);
  assertEquals(await last.exit, 0);
  assertEquals((await last.stdout.all()).match(/ann: m\d+/g)?.length, 50);
  for (const [since, first, next] of [["200", 201, 1201], ["1h", 202, 1202]] as const) {
    await using tail = startProgram(["tail", at, "--since", since, "--json"]);
    await tail.stdout.until(new RegExp(`"text":"m${next - 1}"`));
    await say(next);
    await tail.stdout.until(new RegExp(`"text":"m${next}"`));
    tail.child.kill("SIGKILL");
    const frames = (await tail.stdout.all()).trim().split("\n").map((line) => JSON.parse(line));
    const told = frames.flatMap(({ type, seq }) => type === "message" ? [seq] : []);
    // A server keeps the last thousand in memory.
    assertEquals(told, Array.from({ length: next - first + 1 }, (_, index) => first + index));
  }
  client.close();
});

Deno.test({
  name: "tail ends when its output is no longer read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = await startServer();
    const { client } = await RawClient.hello(server.port, { name: "ann" });
    const script = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"';
    await using tail = startProgram(["tail", String(server.port), "--name", "tail"], {
      shell: script,
    });
    await server.logged("joined", "tail");
    let hasLeft = false;
    void server.logged("left", "tail").then(() => hasLeft = true);
    for (let number = 0; !hasLeft && number < 100_000; number++) {
      client.sendFrame({ type: "message", text: "x", id: String(number) });
      await client.frame("ack");
    }
    assert(hasLeft);
    assertEquals(await tail.exit, 0);
    const lines = (await tail.stdout.all()).trim().split("\n");
    assertEquals([lines.length, lines.at(-1)], [2, "0"]);
    assert(lines[0]!.endsWith("ann: x"));
    client.close();
  },
});

Deno.test({
  name: "tail and chat end when their reader is gone, without another message",
  ignore: !await hasGnuTail(),
  fn: async () => {
    await using server = await startServer();
    const { client } = await RawClient.hello(server.port, { name: "ann" });
    for (const command of ["tail", "chat"]) {
      const shell = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"';
      const parameters = [command, String(server.port), "--name", command];
      await using program = startProgram(parameters, { shell });
      if (command === "tail") {
        await server.logged("joined", "tail");
        client.sendFrame({ type: "message", text: "x", id: "1" });
      }
      assertEquals(await program.exit, 0);
      const lines = (await program.stdout.all()).trim().split("\n");
      assertEquals([lines.length, lines.at(-1)], [2, "0"]);
    }
    client.close();
  },
});

Deno.test("scripts give the server's password, and that of a name, by the environment", async () => {
  const data = await Deno.makeTempDir();
  try {
    await using server = await startServer({ serverPassword: "sesame", data });
    const at = `127.0.0.1:${server.port}`;
    const hello = { name: "Reg", serverPassword: "sesame" };
    const { client } = await RawClient.hello(server.port, hello);
    client.sendFrame({ type: "register", password: "mine alone" });
    await client.frame("notice");
    client.sendFrame({ type: "quit" });
    await client.untilEnd();
    await using none = startProgram(["send", at, "hello"]);
    assertEquals(
      await none.stderr.all(),
      "This server requires a password. Connect again with it.\n" +
        "Give the server's password as HUBBUB_SERVER_PASSWORD in the environment, or --server-password.\n",
    );
    assertEquals(await none.exit, 1);
    const open = { HUBBUB_SERVER_PASSWORD: "sesame" };
    for (const password of [[], ["--name-password", "not mine"]]) {
      const advice = password.length === 0 ? "Give" : "Check";
      await using refused = startProgram(["send", at, "--name", "Reg", ...password, "hello"], {
        env: open,
      });
      assertMatch(
        await refused.stderr.all(),
        new RegExp(`\\n${advice} .+HUBBUB_NAME_PASSWORD.+ --name-password\\.\\n$`),
      );
      assertEquals(await refused.exit, 1);
    }
    const env = { HUBBUB_SERVER_PASSWORD: "sesame", HUBBUB_NAME_PASSWORD: "mine alone" };
    for (const command of [["send", at, "--name", "Reg", "hello"], ["tail", at, "--no-follow"]]) {
      await using program = startProgram(command, { env });
      assertEquals(await program.exit, 0, await program.stderr.all());
    }
    await using wrong = startProgram(["tail", at, "--server-password", "open"]);
    assertMatch(
      await wrong.stderr.all(),
      /^The server password is wrong\..+\nCheck .+ --server-password\.\n$/,
    );
    assertEquals(await wrong.exit, 1);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
