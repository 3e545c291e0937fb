/**
 * All of hubbub behind nginx and haproxy, as `docs/DEPLOY.md` configures them: HTTP for scripts,
 * webhooks, files, the clients and IRC.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withData } from "../support/accounts.ts";
import {
  certificateFolder,
  HOST_NAME,
  secureClientFrom,
  startDocumentedHaproxy,
  startDocumentedNginx,
} from "../support/documented_proxies.ts";
import { hasNginxStream, hasProxy } from "../support/front_proxy.ts";
import { runProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import type { TestServer } from "../support/server.ts";

const TOKEN = "0123456789abcdef";
const OPTIONS = {
  hooks: [{ room: "alerts", token: TOKEN }],
  rooms: ["alerts"],
  storeFilesBytes: 1_000_000,
  trustedProxies: ["127.0.0.1"],
  allowedHosts: [HOST_NAME],
};

const isSkipped = [hasProxy("nginx"), hasProxy("haproxy")].includes(false);
if (!hasNginxStream) {
  console.log("left out: IRC through nginx, whose module stream is not on this machine");
}

/** Runs `curl` from one of the machine's own addresses, and returns what it printed. */
async function curl(address: string, ...words: string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command("curl", {
    args: ["-sSk", "-m", "60", "--interface", address, "--noproxy", "*", ...words],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Follows the messages of a room with `curl` until a text arrives. */
async function followHttp(url: string, text: string): Promise<void> {
  const child = new Deno.Command("curl", {
    args: ["-sSkN", "--noproxy", "*", url],
    stdout: "piped",
  }).spawn();
  let received = "";
  for await (const chunk of child.stdout) {
    received += new TextDecoder().decode(chunk);
    if (received.includes(text)) break;
  }
  child.kill("SIGKILL");
  await child.status;
}

/** All that scripts do, at an address that ends with a slash. */
async function useHttp(base: string, { log }: TestServer): Promise<void> {
  const posted = JSON.parse(await curl("127.0.0.5", "-d", "over HTTP", `${base}rooms/tea`));
  assertEquals([posted.room, posted.from], ["tea", "script"]);
  const messages = `${base}rooms/tea/messages`;
  const read = await curl("127.0.0.5", "-i", messages);
  assertStringIncludes(read, '"text":"over HTTP"');
  const [, tag = ""] = /^etag: (.+)\r$/im.exec(read) ?? [];
  assertMatch(await curl("127.0.0.5", "-i", "-H", `If-None-Match: ${tag}`, messages), /^\S+ 304 /);
  assertMatch(await curl("127.0.0.5", "-I", messages), /^\S+ 200 /);
  await followHttp(`${base}rooms/tea/events?since=0`, "over HTTP");

  // The limit of wrong tokens counts the address of the client, not that of the proxy.
  assertMatch(await curl("127.0.0.7", "-d", "{}", `${base}hooks/[1-21]`), /rate_limited$/);
  assertEquals(await curl("127.0.0.6", "-d", '{"text": "x"}', `${base}hooks/${TOKEN}`), "ok");

  const put = ["-X", "PUT", "--data-binary", "a file", `${base}rooms/tea/files/a%20b.txt`];
  const file = JSON.parse(await curl("127.0.0.5", ...put));
  assertEquals(file.size, 6);
  assertMatch(file.url, new RegExp(`^${base}files/[0-9a-f]{64}/a%20b\\.txt$`));
  assertEquals(await curl("127.0.0.5", file.url), "a file");
  assertMatch(await curl("127.0.0.5", "-i", "-r", "2-", file.url), /^\S+ 206 [^]*\r\n\r\nfile$/);
  assertMatch(await curl("127.0.0.5", "-I", file.url), /^\S+ 200 /);

  const { servers } = JSON.parse(await curl("127.0.0.5", `${base}openapi.json`));
  assertEquals(new URL(servers[0].url, `${base}openapi.json`).href, base);
  assertEquals(await curl("127.0.0.5", `${base}healthz`), "ok\n");
  assertEquals(log.filter(({ level }) => level === "error"), []);
}

/** A client of IRC that encrypts, and another user in the room. */
async function useIrc(port: number, cert: string, server: TestServer): Promise<void> {
  const bob = await RawClient.join(server.port, "Bob");
  const ann = await secureClientFrom("127.0.0.8", port, cert);
  ann.send("NICK Ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(" 001 Ann ");
  await server.logged("joined", "Ann");
  const joined = server.log.findLast(({ event, fields }) =>
    event === "joined" && fields.name === "Ann"
  );
  assertMatch(String(joined?.fields.address), /^127\.0\.0\.8:/);
  ann.send("JOIN #lobby\r\nPRIVMSG #lobby :through a proxy\r\n");
  await bob.until("Ann: through a proxy\n");
  bob.send("hello\n");
  await ann.until("PRIVMSG #lobby :hello\r\n");
  ann.send("QUIT\r\n");
  await bob.until("Ann has left");
  for (const client of [ann, bob]) client.close();
}

Deno.test({
  name: "proxies: everything works behind nginx and haproxy",
  ignore: isSkipped,
  fn: (test) =>
    withData(OPTIONS, async (server) => {
      await using certificates = await certificateFolder();
      const { folder, cert } = certificates;
      await using nginx = await startDocumentedNginx(server.port, folder);
      await using haproxy = await startDocumentedHaproxy(server.port, folder);
      const paths = {
        "nginx, below a path": `https://127.0.0.1:${nginx.secure}/chat/`,
        "haproxy, below a path": `https://127.0.0.1:${haproxy.pages}/chat/`,
      };
      const all = {
        ...paths,
        "nginx without TLS": `http://127.0.0.1:${nginx.plain}/chat/`,
        "haproxy that forwards bytes": `https://127.0.0.1:${haproxy.secure}/`,
      };
      for (const [proxy, base] of Object.entries(all)) {
        await test.step(`HTTP: ${proxy}`, () => useHttp(base, server));
      }
      for (const [proxy, base] of Object.entries(paths)) {
        await test.step(`the clients: ${proxy}`, async () => {
          const sent = await runProgram(["send", base, "--name", "cron", "--room", "tea", proxy]);
          assertEquals(sent.code, 0, sent.stderr);
          const words = ["--room", "tea", "--since", "0", "--no-follow", "--timestamps", "none"];
          const { stdout } = await runProgram(["tail", base, ...words]);
          assertStringIncludes(stdout, `cron: ${proxy}\n`);
          const chat = await runProgram(["chat", base, "--name", "Cid"], { input: "/users\n" });
          assertMatch(chat.stdout, /Online users .*Cid/);
          const checked = await runProgram(["check", base, "--timeout", "60s"]);
          assertMatch(checked.stdout, /\n8 passed, 0 failed, 0 skipped\n$/, checked.stderr);
        });
      }
      await test.step("IRC: haproxy", () => useIrc(haproxy.secure, cert, server));
      await test.step({
        name: "IRC: nginx",
        ignore: !hasNginxStream,
        fn: () => useIrc(nginx.stream, cert, server),
      });
    }),
});
