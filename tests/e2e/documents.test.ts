/**
 * Every block of commands in the documents is typed as it stands there, but for addresses, ports and
 * folders. A block that has no row here fails: add what a reader does with it, or why it is left out.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { newApiToken, openTokens } from "../../server/mod.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { freePort } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { eventually } from "../support/eventually.ts";
import { MEASURED_BLOCKS } from "../support/measured_blocks.ts";
import { startEcho } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import {
  assertShown,
  type BlockTest,
  commandBlocks,
  runsToItsEnd,
  serves,
  testBlocks,
} from "../support/typed_blocks.ts";
import { TypedCommands } from "../support/typed_commands.ts";

/** Blocks that no test types, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "README.md: npx -y deno@2.9.6 task test": "it runs this test",
  "README.md: npx -y deno@2.9.6 task npm":
    "it changes what tests run; tests/e2e/npm_package.test.ts makes and installs the package",
  "docs/DEVELOPING.md: deno task ok": "it runs this test",
  "docs/DEVELOPING.md: deno task simulate":
    "it takes a minute; CI runs it, and tests/simulation/simulation.test.ts fewer seeds",
  "docs/DEVELOPING.md: deno task simulate --seed 1": "tests/tools/simulate.test.ts runs the task",
  "docs/DEVELOPING.md: deno task npm": "it runs this test; CI types it with a part of the tests",
  "docs/PROFILES.md: deno task bench:peers connections=128 pipelining=64 seconds=5 repeats=5":
    "it takes minutes; tests/e2e/bench_peers.test.ts runs it with less",
  "docs/PERFORMANCE.md: deno task bench:startup":
    "it takes minutes; tests/tools/bench_startup.test.ts runs it with less",
  "docs/PERFORMANCE.md: deno task bench:startup before=../hubbub-before sources=. executable=executable":
    "it needs an older checkout; tests/tools/bench_startup.test.ts runs it with less",
  "docs/RELEASING.md: git clone --branch v0.1.0 ADDRESS hubbub":
    "it needs a release; tests/tools/reproducible.test.ts builds and compares",
  "docs/CLIENT.md: hubbub chat https://chat.example.org/chat/":
    "tests/e2e/deploy.test.ts connects through a proxy below a path",
  "docs/DEPLOY.md: fail2ban-regex FILE /etc/fail2ban/filter.d/hubbub.conf":
    "tests/e2e/fail2ban.test.ts runs it with a log",
  "docs/DEPLOY.md: sudo install -m 755 hubbub /usr/local/bin/hubbub.new":
    "it changes the machine; tests/e2e/upgrade.test.ts upgrades a server",
  "docs/DEPLOY.md: sudo tar -xzf hubbub-x86_64-unknown-linux-gnu.tar.gz -C /usr/local --strip-components=1":
    "it changes the machine; tests/tools/release.test.ts and packaging.test.ts check archive and unit",
  "docs/DEPLOY.md: docker build --file packaging/Dockerfile --tag hubbub dist/release":
    "it needs a network; the release workflow runs it, tests/tools/packaging.test.ts checks the image",
  "docs/DEPLOY.md: sysctl -w net.ipv4.tcp_retries2=8": "it changes the machine",
};

/** The address in the examples, and that of a server of the test. */
const at = (port: number) => ({ "chat.example.org:8080": `127.0.0.1:${port}` });

/** A member of a room; it may have sent a message. */
async function member(port: number, room: string, text?: string): Promise<RawClient> {
  const { client } = await RawClient.hello(port, { name: "Bob", rooms: [room] });
  if (text === undefined) return client;
  client.sendFrame({ type: "message", text, id: "1" });
  await client.frame("ack");
  return client;
}

/** The options of the servers in DEPLOY.md that the machine of a test does not have. */
async function deployed(folder: string) {
  const [port, metricsPort] = [freePort(), freePort()];
  const replace = {
    "--port 8080": `--port ${port}`,
    "/var/lib/hubbub": join(folder, "data"),
    "127.0.0.1:9090": `127.0.0.1:${metricsPort}`,
  };
  const { cert, key } = await createSelfSigned(["chat.example.org"], Date.now());
  await Deno.writeTextFile(join(folder, "chat.pem"), cert);
  await Deno.writeTextFile(join(folder, "chat.key"), key);
  return { replace, metricsPort };
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-documents-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A server of DEPLOY.md, which must serve the metrics where the page says. */
const deploys: BlockTest = (block) =>
  inFolder(async (folder) => {
    const { replace, metricsPort } = await deployed(folder);
    const certificates = block.text.includes("/etc/hubbub") ? { "/etc/hubbub": folder } : {};
    await serves(block, { replace: { ...replace, ...certificates } }, async () => {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      assertStringIncludes(await answer.text(), "hubbub_members 0");
    });
  });

/** A request of HTTP.md. @param answer the start of what is printed. */
const requests = (answer: RegExp): BlockTest => async (block) => {
  await using server = await startServer({
    rooms: ["alerts"],
    hooks: [{ room: "alerts", token: "f3b1c7e09a5d4826" }],
  });
  const printed = await runsToItsEnd(block, { replace: { 8080: String(server.port) } });
  assertMatch(printed, answer);
};

/** The stream of HTTP.md, which ends with the server. */
const follows: BlockTest = async (block) => {
  await using server = await startServer({ rooms: ["alerts"] });
  const { port } = server;
  const sent = await fetch(`http://127.0.0.1:${port}/rooms/alerts`, { method: "POST", body: "x" });
  assertEquals((await sent.json()).seq, 1);
  await using typed = await TypedCommands.type(block, { replace: { 8080: String(port) } });
  await typed.stdout.until(/^id: 1\ndata: \{.*"text":"x".*\}\n\n/m);
  await server.server.stop();
  assertEquals(await typed.exit(), 0, typed.printed);
};

/** Appends what its file does not have yet. */
const continues: BlockTest = async (block) => {
  await using server = await startServer({ rooms: ["alerts"] });
  const url = `http://127.0.0.1:${server.port}/rooms/alerts`;
  for (const body of ["one", "two"]) {
    await (await fetch(url, { method: "POST", body })).body?.cancel();
  }
  const first = '{"type":"message","seq":1,"room":"alerts"}\n';
  await using typed = await TypedCommands.type(block, {
    replace: { 8080: String(server.port) },
    files: { "alerts.ndjson": first },
  });
  const file = () => Deno.readTextFile(join(typed.folder, "alerts.ndjson"));
  await eventually(async () => (await file()).endsWith("}\n") && (await file()) !== first, "more");
  assertMatch((await file()).slice(first.length), /^\{[^\n]*"seq":2,[^\n]*"text":"two"[^\n]*\}\n$/);
};

/** The blocks, and what is done with each. */
const TYPED: Readonly<Record<string, BlockTest>> = {
  async "README.md: npx -y deno@2.9.6 task start"(block) {
    const port = freePort();
    const env = { HUBBUB_PORT: String(port) };
    await serves(block, { env, inProject: true }, async (typed) => {
      await typed.stdout.until(/stop with/);
      await typed.stderr.until(/ listening /);
      assertShown(block, typed, port);
      (await RawClient.join(port, "Ann")).close();
    });
  },

  "README.md: npm install -g deno@2.9.6": (block) =>
    inFolder(async (prefix) => {
      const env = { npm_config_prefix: prefix };
      const printed = await runsToItsEnd(block, {
        ...{ env, inProject: true },
        then: "hubbub --version",
      });
      assertMatch(printed, /^\d+\.\d+\.\d+\b/m);
      assert((await Deno.stat(join(prefix, "bin/deno"))).isFile);
    }),

  async "docs/SERVER.md: hubbub serve --host 0.0.0.0 --port 9999 --data ./data"(block) {
    const port = freePort();
    await serves(block, { replace: { 9999: String(port) } }, async ({ folder, stdout }) => {
      await stdout.until(/^ {2}data in +\/.*\/data$/m);
      (await member(port, "lobby", "hello")).close();
      assert((await Deno.stat(join(folder, "data/hubbub.db"))).isFile);
    });
  },

  async "docs/CLIENT.md: hubbub chat 127.0.0.1:8080 --name Ann"(block) {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using typed = await TypedCommands.type(block, { replace: { 8080: `${server.port}` } });
    await typed.line("hello from a pipe");
    await bob.until("Ann: hello from a pipe\n");
    bob.send("hello Ann\n");
    await typed.stdout.until(/Bob: hello Ann/);
    await typed.end();
    assertEquals(await typed.exit(), 0);
    bob.close();
  },

  async 'docs/CLIENT.md: hubbub send chat.example.org:8080 --name cron "the backup is done"'(
    block,
  ) {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await runsToItsEnd(block, { replace: at(server.port) });
    await bob.until("cron: the backup is done\n");
    bob.close();
  },

  async "docs/CLIENT.md: tail -f errors.log | hubbub send chat.example.org:8080 --name web1 --room alerts -"(
    block,
  ) {
    await using server = await startServer();
    const bob = await member(server.port, "alerts");
    const files = { "errors.log": "first\n" };
    await using typed = await TypedCommands.type(block, { replace: at(server.port), files });
    assertEquals((await bob.frame("message")).text, "first");
    await Deno.writeTextFile(join(typed.folder, "errors.log"), "second\n", { append: true });
    assertEquals((await bob.frame("message")).text, "second");
    bob.close();
    typed.interrupt();
    // Where tail ends first, the input has ended, and all of it is acknowledged.
    assertMatch(String(await typed.exit()), /^(0|130)$/);
  },

  async "docs/CLIENT.md: hubbub tail chat.example.org:8080 --room alerts --timestamps iso >> alerts.log"(
    block,
  ) {
    await using server = await startServer();
    const bob = await member(server.port, "alerts");
    await using typed = await TypedCommands.type(block, { replace: at(server.port) });
    const joined = () => server.log.filter(({ event }) => event === "joined").length;
    await eventually(() => joined() === 2, "the reader to join");
    bob.sendFrame({ type: "message", text: "disk full" });
    const log = () => Deno.readTextFile(join(typed.folder, "alerts.log"));
    await eventually(async () => /^\[?\d{4}-\d\d-\d\dT.+Bob: disk full$/m.test(await log()), "it");
    bob.close();
    typed.interrupt();
    assertEquals(await typed.exit(), 130);
  },

  async "docs/CLIENT.md: hubbub tail chat.example.org:8080 --since 1h --no-follow --json"(block) {
    await using server = await startServer();
    const bob = await member(server.port, "lobby", "earlier");
    const printed = await runsToItsEnd(block, { replace: at(server.port) });
    const frames = printed.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(frames.map(({ type, text }) => [type, text]), [["message", "earlier"]]);
    bob.close();
  },

  async "docs/CLIENT.md: mkfifo said"(block) {
    await using server = await startServer();
    const bob = await RawClient.join(server.port, "Bob");
    await using typed = await TypedCommands.type(block, { replace: at(server.port) });
    await bob.until("echo-bot has joined the chat!");
    bob.send("ping\n");
    await bob.until("echo-bot: Bob said: ping\n");
    bob.close();
    typed.interrupt();
    assertEquals(await typed.exit(), 130);
  },

  async "docs/CLIENT.md: source <(hubbub completions bash)"(block) {
    assertMatch(await runsToItsEnd(block, { then: "complete -p hubbub" }), /^complete .+ hubbub$/m);
  },

  async "docs/TOOLS.md: hubbub echo --prefix 'Server received: '"(block) {
    const port = freePort();
    await serves(block, { env: { HUBBUB_PORT: String(port) } }, async () => {
      const client = await RawClient.connect(port);
      client.send("hello\n");
      assertEquals(await client.until("\n"), "Server received: hello\n");
      client.close();
    });
  },

  async "docs/TOOLS.md: hubbub check 127.0.0.1 8080"(block) {
    await using echo = await startEcho("--quiet");
    const printed = await runsToItsEnd(block, {
      replace: { 8080: String(echo.port) },
    });
    assertMatch(printed, /^\d+ passed, 0 failed, 0 skipped$/m);
  },

  "docs/HTTP.md: curl -d 'backup done' http://127.0.0.1:8080/rooms/alerts": requests(
    /"room":"alerts","seq":1,"from":"script"/,
  ),
  'docs/HTTP.md: curl -d \'{"text": "disk full"}\' http://127.0.0.1:8080/hooks/f3b1c7e09a5d4826':
    requests(/^ok/),
  async "docs/HTTP.md: secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw id=msg_p5jXN8AQM9LWM0D4loKWxJek time=1614265330"(
    block,
  ) {
    assertEquals(await runsToItsEnd(block), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n");
  },
  "docs/HTTP.md: curl -u cron: -d 'disk full' http://127.0.0.1:8080/rooms/alerts": requests(
    /"room":"alerts","seq":1,"from":"cron"/,
  ),
  "docs/HTTP.md: curl -N 'http://127.0.0.1:8080/rooms/alerts/events?since=0'": follows,
  "docs/HTTP.md: touch alerts.ndjson": continues,
  "docs/HTTP.md: curl -T backup.log http://127.0.0.1:8080/rooms/alerts/files/": (block) =>
    inFolder(async (folder) => {
      await using server = await startServer({ data: folder, storeFilesBytes: 1_000_000 });
      const printed = await runsToItsEnd(block, {
        replace: { 8080: String(server.port) },
        files: { "backup.log": "done\n" },
      });
      // Behind it curl prints its progress.
      const { name, url } = JSON.parse(printed.split("\n", 1)[0]!);
      assertEquals([name, await (await fetch(url)).text()], ["backup.log", "done\n"]);
    }),
  "docs/HTTP.md: curl 'http://127.0.0.1:8080/rooms/alerts/messages?limit=10'": requests(
    /"room":"alerts","messages":\[\],"more":false/,
  ),

  "docs/HTTP.md: hubbub token add cron --data ./data --label backup --expires 90d": (block) =>
    inFolder(async (folder) => {
      await addAccount(folder, "cron", "correct horse");
      const printed = await runsToItsEnd(block, { replace: { "./data": folder } });
      assertMatch(printed, /^hub_[0-9a-f]{8}_[0-9a-f]{40}$/m);
    }),
  "docs/HTTP.md: curl --oauth2-bearer TOKEN -d 'backup done' http://127.0.0.1:8080/rooms/alerts": (
    block,
  ) =>
    withData({}, async ({ port, data }) => {
      await addAccount(data, "cron", "correct horse");
      const { token, ...secret } = newApiToken();
      const tokens = await openTokens(data);
      tokens.add("cron", secret, {}, Date.now());
      tokens.close();
      const printed = await runsToItsEnd(block, { replace: { TOKEN: token, 8080: String(port) } });
      assertMatch(printed, /"room":"alerts","seq":1,"from":"cron"/);
    }),

  async "docs/CONFIGURATION.md: HUBBUB_RATE=off hubbub serve --config chat.json --port 9000 --print-config"(
    block,
  ) {
    const page = await Deno.readTextFile(new URL("../../docs/CONFIGURATION.md", import.meta.url));
    const [, example] = /```json\n(\{\n[^`]+)```/.exec(page) ?? [];
    await runsToItsEnd(block, { files: { "chat.json": example! } });
  },

  async "docs/CONFIGURATION.md: hubbub account add Op --data ./data --operator"(block) {
    const port = freePort();
    const env = { HUBBUB_PORT: String(port), HUBBUB_OPERATOR: "Op" };
    await serves(block, { env, input: "correct horse" }, async (typed) => {
      await typed.stdout.until(/^The account Op was added as an operator\.$/m);
    });
  },

  "docs/DEPLOY.md: hubbub serve --host 127.0.0.1 --port 8080 --data /var/lib/hubbub": deploys,
  "docs/DEPLOY.md: hubbub serve --host 0.0.0.0 --port 8080 --data /var/lib/hubbub": deploys,

  "docs/DEPLOY.md: sudo hubbub account add NAME --data /var/lib/hubbub --operator": (block) =>
    inFolder(async (folder) => {
      const replace = { "sudo ": "", "/var/lib/hubbub": folder };
      const env = { HUBBUB_ACCOUNT_PASSWORD: "correct horse" };
      assertMatch(await runsToItsEnd(block, { replace, env }), /^The account NAME was added/m);
    }),
};

Deno.test("documents: every block of commands is typed by a test, or left out for a reason", () => {
  const known = [TYPED, MEASURED_BLOCKS, LEFT_OUT].flatMap((each) => Object.keys(each));
  assertEquals(known.toSorted(), [...commandBlocks().keys()].toSorted());
});

testBlocks(TYPED, !hasCommand("setsid", "--version") || !hasCommand("npx", "--version"));
