/** SIGHUP at a server that has no terminal: it reads its files again, and no client notices. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { addAccount } from "../support/accounts.ts";
import { isFromSources, type Program, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

const ignore = Deno.build.os === "windows";

const PASSWORD = "open sesame";

/** A server with a configuration file in a folder of its own. */
async function startConfigured(
  content: string,
  parameters: readonly string[] = [],
  shell?: string,
) {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-reread-" });
  const path = join(folder, "chat.json");
  await Deno.writeTextFile(path, content);
  const options = shell === undefined ? {} : { shell };
  const serve = await startServe(["--config", path, ...parameters], options);
  return {
    ...serve,
    folder,
    path,
    async [Symbol.asyncDispose]() {
      await serve[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Sends SIGHUP; returns what is logged until the reread has ended. */
async function hangUp({ child, stderr }: Program): Promise<string> {
  // It comes in another pipe than the line that a start is waited for by.
  await stderr.until(/ listening .*\n/);
  const start = stderr.text.length;
  child.kill("SIGHUP");
  const last = /(files reread|the old ones stay).*\n$/;
  await stderr.until(new RegExp(`^[^]{${start}}[^]*${last.source}`));
  return stderr.text.slice(start);
}

/** The lines of a log without their times, and without those of clients, whose time is their own. */
function entriesOf(log: string): string[] {
  return log.trimEnd().split("\n").map((line) => line.replace(/^\S+ /, ""))
    .filter((line) => !/^info {2}(joined|left) /.test(line));
}

Deno.test({
  name: "reread: the log names the settings that have changed and those that need a restart",
  ignore,
  fn: async () => {
    await using serve = await startConfigured('{ "max-file": "5KB", "password": "old" }', [
      "--grace",
      "5s",
    ]);
    const { client } = await RawClient.hello(serve.port, { name: "Ann", serverPassword: "old" });
    // As editors and configuration managers do.
    replace(serve.path, {
      "max-file": "5000",
      "password": "new",
      "backlog": 7,
      "files": false,
      "grace": "9s",
      "metrics-token": "t0ken",
    });
    assertEquals(entriesOf(await hangUp(serve)), [
      "warn  setting needs a restart option=backlog from=128 to=7",
      "info  setting changed option=password",
      "info  setting changed option=files from=yes to=no",
      "info  setting changed option=metrics-token",
      `info  files reread file=${serve.path} changed=3 restart=1`,
    ]);
    assertEquals(entriesOf(await hangUp(serve)), [
      "warn  setting needs a restart option=backlog from=128 to=7",
      `info  files reread file=${serve.path} changed=0 restart=1`,
    ]);
    client.sendFrame({ type: "offer", to: "#lobby", name: "x", size: 1 });
    assertEquals((await client.frame("error")).code, "no_files");
    const refused = await RawClient.connect(serve.port);
    refused.sendFrame({ type: "hello", name: "Bob", serverPassword: "old" });
    assertEquals((await refused.frame("error")).code, "server_password_wrong");
    const { client: bob } = await RawClient.hello(serve.port, {
      name: "Bob",
      serverPassword: "new",
    });
    const metrics = await fetch(`http://127.0.0.1:${serve.port}/metrics`);
    assertEquals(metrics.status, 401);
    await metrics.body?.cancel();
    for (const each of [client, refused, bob]) each.close();
  },
});

Deno.test({
  name:
    "reread: an unusable file changes nothing, and the log names the file, the line and the reason",
  ignore,
  fn: async () => {
    await using serve = await startConfigured("{}");
    const { client } = await RawClient.hello(serve.port, { name: "Ann" });
    for (
      const [content, fault] of [
        [
          '{\n  "files": false,\n  "max-fil": 1\n}',
          'line=3 error="there is no option \\"max-fil\\". Did you mean \\"max-file\\"?"',
        ],
        [
          '{\n  "files": false,\n  "rate": "fast"\n}',
          'line=3 error="\\"rate\\": invalid value \\"fast\\": expected ',
        ],
        [
          '{\n  "files": false,\n\n  "queue-hard": 1024 }',
          'line=4 error="Cannot use --queue-hard: it must not be less than --queue-soft."',
        ],
        ['{ "files": false,\n', 'line=2 error="it is not JSON: '],
        ["[]", 'error="it must be an object with the names of options as keys."'],
        [undefined, 'error="there is no such file."'],
      ] as const
    ) {
      if (content === undefined) await Deno.remove(serve.path);
      else await Deno.writeTextFile(serve.path, content);
      const [entry = "", ...others] = entriesOf(await hangUp(serve));
      assertStringIncludes(
        entry,
        `error cannot use the new settings; the old ones stay file=${serve.path} ${fault}`,
      );
      assertEquals(others, []);
    }
    client.sendFrame({ type: "offer", to: "#lobby", name: "x", size: 1, id: "1" });
    assertEquals((await client.frame("ack")).id, "1");
    client.close();
  },
});

Deno.test({
  name: "reread: operators follow the file once they have accounts",
  ignore,
  fn: async () => {
    const data = await Deno.makeTempDir({ prefix: "hubbub-reread-" });
    try {
      await using serve = await startConfigured("{}", ["--data", data]);
      const { client } = await RawClient.hello(serve.port, { name: "Bob" });
      await Deno.writeTextFile(serve.path, '{\n  "operator": ["Ann"]\n}');
      const refused = await hangUp(serve);
      assertMatch(refused, / line=2 error="Cannot make Ann an operator: there is no such account/);
      await addAccount(data, "Ann", PASSWORD);
      assertMatch(await hangUp(serve), /info {2}setting changed option=operator from=.* to=Ann\n/);
      const { client: ann } = await RawClient.hello(serve.port, {
        name: "Ann",
        password: PASSWORD,
      });
      ann.sendFrame({ type: "kick", name: "Bob" });
      assertEquals((await client.frame("bye")).reason, "kicked");
      for (const each of [client, ann]) each.close();
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});

Deno.test({
  name: "reread: a server without files survives SIGHUP, also below nohup",
  ignore,
  fn: async () => {
    for (const shell of ['exec "$@"', 'exec nohup "$@"', 'trap "" HUP; exec "$@"']) {
      await using serve = await startServe([], { shell });
      assertMatch(await hangUp(serve), /^\S+ info {2}files reread\n$/);
      serve.child.kill("SIGTERM");
      assertEquals(await serve.exit, 0);
    }
  },
});

Deno.test({
  name: "reread: SIGHUP before a server has read its options does not end it",
  ignore: Deno.build.os !== "linux" || !isFromSources("reread: Deno loads a module for a signal"),
  fn: async () => {
    const preload = "tests/fixtures/hangup_at_start.ts";
    await using serve = await startServe([], { preload });
    assertMatch(await hangUp(serve), / files reread\n$/);
    serve.child.kill("SIGTERM");
    assertEquals(await serve.exit, 0);
  },
});

const SENDERS = 8;
const MESSAGES = 400;

Deno.test({
  name: `reread: ${SENDERS} clients that chat while SIGHUP comes over and over lose no message`,
  ignore,
  fn: async () => {
    await using serve = await startConfigured('{ "rate": "off", "log-level": "error" }');
    const names = Array.from({ length: SENDERS }, (_, index) => `user${index}`);
    const clients = await Promise.all(
      names.map(async (name) => (await RawClient.hello(serve.port, { name })).client),
    );
    let acknowledged = 0;
    let hangups = 0;
    const received = await Promise.all(clients.map(async (client, index) => {
      const others = new Set<string>();
      let own = 0;
      client.sendFrame({ type: "message", text: `${names[index]} 0`, id: "0" });
      while (own < MESSAGES || others.size < (SENDERS - 1) * MESSAGES) {
        const frame = await client.frame();
        if (frame.type === "message") {
          assertEquals(others.has(frame.text), false, "each message once");
          others.add(frame.text);
        } else if (frame.type === "ack") {
          // More than ten per second, and while all are busy.
          if (++acknowledged % 40 === 0) {
            replace(serve.path, { "max-file": ++hangups, "log-level": "error", ...wrong(hangups) });
            serve.child.kill("SIGHUP");
          }
          if (++own < MESSAGES) {
            client.sendFrame({ type: "message", text: `${names[index]} ${own}`, id: String(own) });
          }
        } else assertEquals(frame.type, "joined");
      }
      return others.size;
    }));
    assertEquals(received, Array(SENDERS).fill((SENDERS - 1) * MESSAGES));
    assertEquals(hangups, SENDERS * MESSAGES / 40);
    replace(serve.path, { "log-level": "info", "max-file": 1234 });
    serve.child.kill("SIGHUP");
    await serve.stderr.until(/setting changed option=max-file from=\S+ to=1234/);
    for (const client of clients) client.close();
  },
});

/** Replaces a file of settings in one step. */
function replace(path: string, settings: object): void {
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(settings));
  Deno.renameSync(`${path}.new`, path);
}

/** Every third file cannot be used. */
function wrong(count: number): Record<string, number> {
  return count % 3 === 0 ? { "no-such-option": 1 } : {};
}
