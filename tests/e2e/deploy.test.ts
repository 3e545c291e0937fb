/**
 * `docs/DEPLOY.md` tells the truth: its commands and configurations are run as they stand there, but
 * for ports, folders and certificates.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { hostname } from "node:os";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { connectFrom, freePort } from "../support/addresses.ts";
import {
  browserTest,
  closeBrowser,
  openPage,
  reload,
  say,
  waitForText,
} from "../support/browser.ts";
import {
  block,
  certificateFolder,
  HOST_NAME as NAME,
  personFrom,
  secureClientFrom,
  startDocumentedHaproxy,
  startDocumentedNginx,
} from "../support/documented_proxies.ts";
import { hasProxy } from "../support/front_proxy.ts";
import { replaced } from "../support/replaced.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { clientFrame, upgradeRequest } from "../support/websocket_frames.ts";
import { startServer } from "../support/server.ts";

const withoutHaproxy = !hasProxy("haproxy");
const withoutNginx = !hasProxy("nginx");

/** The words of a command, over several lines. */
function wordsOf(command: string): string[] {
  return command.replaceAll("\\\n", " ").trim().split(/\s+/).slice(1);
}

/** The server of the document, on free ports. */
async function startDocumented() {
  const data = await Deno.makeTempDir({ prefix: "hubbub-deploy-" });
  const metricsPort = freePort();
  const words = wordsOf(replaced(block("sh"), {
    "--port 8080": "--port 0",
    "/var/lib/hubbub": data,
    "127.0.0.1:9090": `127.0.0.1:${metricsPort}`,
  }));
  const program = startProgram(words);
  const [, port] = await program.stdout.until(/^Listening on \S+:(\d+)$/m);
  await program.stdout.until(new RegExp(`metrics at +http://127.0.0.1:${metricsPort}/metrics`));
  return {
    program,
    port: Number(port),
    metricsPort,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await Deno.remove(data, { recursive: true });
    },
  };
}

/** The answer to a request that comes from one of the machine's own addresses. */
async function answerFrom(address: string, port: number, path: string, host: string) {
  const client = RawClient.on(await connectFrom(address, port));
  client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const answer = await client.untilEnd();
  client.close();
  return answer;
}

Deno.test("deploy: every command of a server in the document can be used", async () => {
  // The service has the same options as variables, and its data folder by its unit.
  const variables = Object.fromEntries(
    block("ini").trim().split("\n").map((line) => line.split("=")),
  );
  const shown: string[] = [];
  for (
    const [words, env] of [
      [wordsOf(block("sh")), {}],
      [["serve", "--data", "/var/lib/hubbub"], variables],
    ] as const
  ) {
    await using program = startProgram([...words, "--print-config"], { env });
    assertEquals(await program.exit, 0, await program.stderr.all());
    const printed = await program.stdout.all();
    assertMatch(printed, /^trusted-proxy +127\.0\.0\.1 /m);
    shown.push(printed.replaceAll(/ +(command line|environment)$/gm, ""));
  }
  assertEquals(shown[0], shown[1]);
});

Deno.test({
  name: "deploy: behind haproxy every kind of client has its own address",
  ignore: withoutHaproxy,
  async fn() {
    await using certificates = await certificateFolder();
    await using server = await startDocumented();
    await using proxy = await startDocumentedHaproxy(server.port, certificates.folder);
    const { stderr } = server.program;

    const ann = await personFrom("127.0.0.5", proxy.plain, "Ann");
    await stderr.until(/joined name=Ann .*address=127\.0\.0\.5:\d+/);
    const bot = RawClient.on(await connectFrom("127.0.0.6", proxy.plain));
    bot.sendFrame({ type: "hello", name: "bot" });
    await bot.frame("welcome");
    await stderr.until(/joined name=bot .*address=127\.0\.0\.6:\d+/);
    const ben = await secureClientFrom("127.0.0.7", proxy.secure, certificates.cert);
    await ben.until("Enter your username: ");
    ben.send("Ben\n");
    await stderr.until(/joined name=Ben .*address=127\.0\.0\.7:\d+/);
    await ann.until("Ben has joined the chat!");
    ann.send("hello\n");
    await ben.until("Ann: hello\n");

    const page = await answerFrom("127.0.0.8", proxy.plain, "/", NAME);
    assertStringIncludes(page, `<pre>nc ${NAME} 80</pre>`);
    const browser = await secureClientFrom("127.0.0.8", proxy.secure, certificates.cert);
    browser.send(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
    assertStringIncludes(
      await browser.untilEnd(),
      `<pre>openssl s_client -quiet -connect ${NAME}:443</pre>`,
    );
    assertMatch(await answerFrom("127.0.0.8", proxy.plain, "/metrics", NAME), /^HTTP\/1\.1 404 /);
    assertMatch(
      await answerFrom("127.0.0.8", proxy.plain, "/", "evil.example"),
      /^HTTP\/1\.1 421 /,
    );
    assertMatch(await answerFrom("127.0.0.8", proxy.plain, "/", hostname()), /^HTTP\/1\.1 200 /);
    const operator = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`);
    assertStringIncludes(await operator.text(), "hubbub_members 3");
    // What a client says of itself is not believed: it is no proxy.
    const forger = RawClient.on(await connectFrom("127.0.0.9", proxy.plain));
    forger.send("PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nEve\n");
    assertStringIncludes(await forger.untilEnd(), "accepted from a trusted proxy only");
    for (const client of [ann, bot, ben, forger]) client.close();
  },
});

for (const how of ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl"]) {
  Deno.test({
    name: `deploy: haproxy with ${how}: limits count the clients' own addresses`,
    ignore: withoutHaproxy,
    async fn() {
      await using certificates = await certificateFolder();
      await using server = await startServer({
        trustedProxies: ["127.0.0.1"],
        maxPerAddress: 1,
      });
      await using proxy = await startDocumentedHaproxy(server.port, certificates.folder, how);
      const ann = await personFrom("127.0.0.5", proxy.plain, "Ann");
      const other = await personFrom("127.0.0.6", proxy.plain, "Ben");
      const second = RawClient.on(await connectFrom("127.0.0.5", proxy.plain));
      assertMatch(await second.untilEnd(), /ERROR\]: Your address has 1 connection/);
      for (const client of [ann, other, second]) client.close();
    },
  });
}

// In version 1 a header does not say that it is of a health check.
for (const how of ["send-proxy-v2", "send-proxy-v2-ssl"]) {
  Deno.test({
    name: `deploy: haproxy with ${how}: what --tls-only lets in`,
    ignore: withoutHaproxy,
    async fn() {
      await using certificates = await certificateFolder();
      await using server = await startServer({ trustedProxies: ["127.0.0.1"], tlsOnly: true });
      await using proxy = await startDocumentedHaproxy(server.port, certificates.folder, how);
      const plain = RawClient.on(await connectFrom("127.0.0.5", proxy.plain));
      plain.send("Ann\n");
      assertStringIncludes(await plain.untilEnd(), "TLS");
      const secure = await secureClientFrom("127.0.0.5", proxy.secure, certificates.cert);
      secure.send("Ann\n");
      if (how === "send-proxy-v2-ssl") await secure.until("Welcome, Ann!");
      else assertStringIncludes(await secure.untilEnd(), "TLS");
      for (const client of [plain, secure]) client.close();
    },
  });
}

Deno.test({
  name: "deploy: TLS goes through haproxy to the server",
  ignore: withoutHaproxy,
  async fn() {
    await using certificates = await certificateFolder();
    const tls = await createSelfSigned([NAME], Date.now());
    await using server = await startServer({ trustedProxies: ["127.0.0.1"], tls, tlsOnly: true });
    await using proxy = await startDocumentedHaproxy(server.port, certificates.folder);
    const client = await secureClientFrom("127.0.0.5", proxy.plain, tls.cert);
    client.send("Ann\n");
    await client.until("Welcome, Ann!");
    const joined = server.log.find(({ event }) => event === "joined");
    assertMatch(String(joined?.fields.address), /^127\.0\.0\.5:/);
    client.close();
  },
});

Deno.test({
  name: "deploy: behind nginx the page and its WebSocket work below a path",
  ignore: withoutNginx,
  async fn() {
    await using certificates = await certificateFolder();
    await using server = await startDocumented();
    await using proxy = await startDocumentedNginx(server.port, certificates.folder);
    const { stderr } = server.program;
    const host = `${NAME}:${proxy.plain}`;

    const page = await answerFrom("127.0.0.5", proxy.plain, "/chat/", host);
    assertMatch(page, /^HTTP\/1\.1 200 /);
    const files = [...page.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, path]) => path!);
    assert(files.length >= 3, page);
    for (const file of new Set(files)) {
      assertMatch(
        await answerFrom("127.0.0.5", proxy.plain, `/chat/${file}`, host),
        /^HTTP\/1\.1 200 /,
      );
    }
    const evil = await answerFrom("127.0.0.5", proxy.plain, "/chat/", "evil.example");
    assertMatch(evil, /^HTTP\/1\.1 421 /);

    const upgrade = (port: number, headers: Record<string, string>) =>
      upgradeRequest(port, headers).replace("GET /ws", "GET /chat/ws");
    const socket = RawClient.on(await connectFrom("127.0.0.6", proxy.plain), "latin1");
    socket.send(upgrade(proxy.plain, {
      Host: host,
      Origin: `http://${host}`,
      // nginx appends the real address to what a client forges.
      "X-Forwarded-For": "203.0.113.9",
      "X-Forwarded-Proto": "https",
      Forwarded: "for=203.0.113.9",
    }));
    assertMatch(await socket.until("\r\n\r\n"), /^HTTP\/1\.1 101 /);
    socket.send(clientFrame('{"type":"hello","name":"Ann"}'));
    await socket.until('"welcome"');
    await stderr.until(/joined name=Ann .*address=127\.0\.0\.6\b/);

    const secure = await secureClientFrom("127.0.0.7", proxy.secure, certificates.cert);
    const secureHost = `${NAME}:${proxy.secure}`;
    secure.send(upgrade(proxy.secure, { Host: secureHost, Origin: `https://${secureHost}` }));
    assertMatch(await secure.until("\r\n\r\n"), /^HTTP\/1\.1 101 /);
    secure.send(clientFrame('{"type":"hello","name":"Ben"}'));
    await stderr.until(/joined name=Ben .*address=127\.0\.0\.7\b/);
    secure.send(clientFrame('{"type":"message","text":"hello"}'));
    await socket.until('"text":"hello"');

    const outsider = RawClient.on(await connectFrom("127.0.0.8", proxy.plain), "latin1");
    outsider.send(upgrade(proxy.plain, { Host: host, Origin: "http://evil.example" }));
    assertMatch(await outsider.until("\r\n\r\n"), /^HTTP\/1\.1 403 /);
    for (const client of [socket, secure, outsider]) client.close();
  },
});

Deno.test({
  name: "deploy: hubbub send connects through nginx and haproxy by the address of the page",
  ignore: withoutNginx || withoutHaproxy,
  async fn() {
    await using certificates = await certificateFolder();
    await using server = await startDocumented();
    await using nginx = await startDocumentedNginx(server.port, certificates.folder);
    await using haproxy = await startDocumentedHaproxy(server.port, certificates.folder);
    const listener = await personFrom("127.0.0.5", haproxy.plain, "Ann");
    for (
      const [address, code] of [
        [`https://127.0.0.1:${nginx.secure}/chat/`, 0],
        [`ws://127.0.0.1:${nginx.plain}/chat`, 0],
        [`https://127.0.0.1:${haproxy.secure}/`, 0],
        [`http://127.0.0.1:${nginx.plain}/other/`, 3],
      ] as const
    ) {
      const sent = await runProgram(["send", address, "--name", "cron", `to ${address}`]);
      assertEquals([address, sent.code], [address, code], sent.stderr);
      if (code === 0) await listener.until(`cron: to ${address}\n`);
      else assertStringIncludes(sent.stderr, "answered 404 Not Found. Check the path");
    }
    listener.close();
    const page = `https://127.0.0.1:${nginx.secure}/chat/`;
    const checked = await runProgram(["check", page, "--timeout", "60s"]);
    assertMatch(checked.stdout, /\n8 passed, 0 failed, 0 skipped\n$/, checked.stderr);
  },
});

Deno.test({
  name:
    "deploy: behind nginx the page shows commands with the scheme and the path that the browser used",
  ignore: withoutNginx,
  async fn() {
    await using certificates = await certificateFolder();
    await using server = await startServer({
      trustedProxies: ["127.0.0.1"],
      allowedHosts: [NAME],
      tlsOnly: true,
    });
    await using proxy = await startDocumentedNginx(server.port, certificates.folder);
    const plain = await answerFrom("127.0.0.5", proxy.plain, "/chat/", NAME);
    assertMatch(plain, /^HTTP\/1\.1 400 [^]*requires TLS/);
    const secure = await secureClientFrom("127.0.0.5", proxy.secure, certificates.cert);
    secure.send(`GET /chat/ HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
    assertStringIncludes(await secure.untilEnd(), `<pre>hubbub chat https://${NAME}/chat/</pre>`);
  },
});

if (!withoutNginx) {
  Deno.test.afterAll(closeBrowser);

  browserTest("behind nginx, below a path", async () => {
    await using certificates = await certificateFolder();
    await using server = await startServer({ trustedProxies: ["127.0.0.1"] });
    await using proxy = await startDocumentedNginx(server.port, certificates.folder);
    const url = `https://127.0.0.1:${proxy.secure}/chat/`;
    await using ann = await openPage(`${url}#name=Ann&room=tea`, { ignoreHTTPSErrors: true });
    await ann.page.getByRole("button", { name: "Join" }).click();
    const ben = await personFrom("127.0.0.5", server.port, "Ben");
    ben.send("/join tea\n");
    await say(ann.page, "hello from the page");
    await ben.until("Ann: hello from the page\n");
    ben.send("hello from nc\n");
    await waitForText(ann.page, "hello from nc");
    // Loading it anew goes on with the session.
    await reload(ann.page);
    await waitForText(ann.page, "hello from nc");
    for (const request of ann.requests) {
      assertMatch(request, new RegExp(`^(https|wss)://127.0.0.1:${proxy.secure}/chat/`), request);
    }
    assertEquals(ann.errors, []);
    ben.close();
  });
}
