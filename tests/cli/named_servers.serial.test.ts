import { assert, assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../cli/exit.ts";
import { parseServers } from "../../cli/named_servers.ts";
import { CONNECTION_OPTIONS } from "../../cli/options/clients.ts";
import { Settings } from "../../cli/options/settings.ts";
import { resolveServer } from "../../cli/server_target.ts";
import { startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

const parse = (value: unknown) =>
  parseServers("client.json", typeof value === "string" ? value : JSON.stringify(value));

Deno.test("named servers: each with its address and options", () => {
  const servers = parse({
    servers: {
      office: { address: "chat.example:8080", room: "tea", tls: true, "connect-timeout": "5s" },
      home: { address: "https://[::1]:9000/", reconnect: false, name: "Ann" },
    },
  });
  assertEquals([...servers.keys()], ["office", "home"]);
  assertEquals(Object.fromEntries(servers.get("office")!), {
    address: "chat.example:8080",
    room: "tea",
    tls: "yes",
    "connect-timeout": "5s",
  });
  assertEquals(servers.get("home")!.get("reconnect"), "no");
  assertEquals(parse({ servers: {} }).size, 0);
});

for (
  const [value, said] of [
    ["", "it is not JSON"],
    ["[]", 'must be an object with "servers"'],
    ["null", 'must be an object with "servers"'],
    [{ servers: [] }, 'must be an object with "servers"'],
    [{ servers: {}, server: {} }, 'must be an object with "servers"'],
    [{ servers: { a: 5 } }, 'server "a": it must be an object'],
    [{ servers: { a: [] } }, 'server "a": it must be an object'],
    [{ servers: { a: {} } }, 'server "a" has no "address"'],
    [
      { servers: { a: { address: "b:0" } } },
      'server "a": "address": invalid value "b:0": a client needs the port',
    ],
    [{ servers: { a: { adress: "b" } } }, 'no option "adress". Did you mean "address"?'],
    [{ servers: { a: { address: "b", tls: "yes" } } }, '"tls": expected true or false.'],
    [
      { servers: { a: { address: "b", name: "c d" } } },
      '"name": invalid value "c d": "c d" is not a valid name',
    ],
    [{ servers: { a: { address: "b", fingerprint: "AB" } } }, "64 hexadecimal digits"],
  ] as const
) {
  Deno.test(`named servers: ${JSON.stringify(value)} cannot be used`, () => {
    assertThrows(() => parse(value), CliError, said);
    assertThrows(() => parse(value), CliError, "Cannot use client.json");
  });
}

/** Runs a client with a configuration file; returns its exit code and output. */
async function run(folder: string, parameters: string[], env: Record<string, string> = {}) {
  await using program = startProgram(parameters, { env: { XDG_CONFIG_HOME: folder, ...env } });
  await program.stdin.close();
  const exit = await program.exit;
  return { exit, out: await program.stdout.all(), errors: await program.stderr.all() };
}

Deno.test("named servers: chat, send, tail and check find a server by its name", () =>
  withEmptyFolder(async (folder) => {
    await using server = await startServer({ rooms: ["lobby", "tea"] });
    const address = `127.0.0.1:${server.port}`;
    await Deno.mkdir(`${folder}/hubbub`);
    const path = `${folder}/hubbub/client.json`;
    const write = (options: object, mode = 0o600) =>
      Deno.writeTextFile(path, JSON.stringify({ servers: { office: { address, ...options } } }), {
        mode,
      });
    await write({ room: "tea", name: "Ann" });
    assertEquals((await run(folder, ["send", "office", "7"])).errors, "");
    // The command line comes first, then the environment.
    const typed = ["send", "office", "--name", "Ben", "two words"];
    assertEquals((await run(folder, typed, { HUBBUB_ROOM: "lobby" })).exit, 0);
    const { out } = await run(folder, ["tail", "office", "--no-follow", "--json"]);
    assert(out.includes('"room":"tea","from":"Ann","text":"7"'), out);
    assert(!out.includes("two words"), out);
    const lobby = await run(folder, ["tail", address, "--no-follow", "--json"]);
    assert(lobby.out.includes('"room":"lobby","from":"Ben","text":"two words"'), lobby.out);
    assert((await run(folder, ["chat", "office"])).out.includes("Welcome, Ann!"));
    assertEquals((await run(folder, ["chat", "office", "--port", "1"])).exit, 3);
    const bench = await run(folder, ["bench", "office", "-c", "2", "-a", "1"]);
    assert(bench.out.includes(`broadcast @ ${address}`), bench.out + bench.errors);

    await Deno.writeTextFile(path, JSON.stringify({ servers: { "office.invalid": { address } } }));
    const near = await run(folder, ["send", "ofice.invalid", "hi"]);
    assertEquals([near.exit, near.errors.split("\n")[1]], [
      3,
      `${path} names servers. Did you mean "office.invalid"?`,
    ]);

    await write({ tls: true });
    const backlog = await run(folder, ["bench", "backlog", "office"]);
    assert(backlog.errors.includes("without TLS"), backlog.errors);
    for (const words of [["check", "office"], ["send", "office", "hi"]]) {
      const { errors } = await run(folder, words);
      assert(errors.includes("does not speak TLS"), `${words}: ${errors}`);
    }

    if (Deno.build.os === "windows") return;
    for (const secret of [{ "server-password": "secret" }, { address: "http://a:secret@b/" }]) {
      await write(secret);
      await Deno.chmod(path, 0o644);
      const readable = await run(folder, ["send", "office", "hi"]);
      assertEquals([readable.exit, readable.errors], [
        2,
        `Cannot use ${path}: other users can read the passwords in it. Run: chmod 600 ${path}\n`,
      ]);
    }
  }));

Deno.test("named servers: trust options of the command line come before the file's fingerprint", () =>
  withEmptyFolder(async (folder) => {
    const [file, typed] = ["AB".repeat(32), "CD".repeat(32)];
    await Deno.mkdir(`${folder}/hubbub`);
    const servers = { office: { address: "127.0.0.1", fingerprint: file } };
    await Deno.writeTextFile(`${folder}/hubbub/client.json`, JSON.stringify({ servers }));
    const before = Deno.env.get("XDG_CONFIG_HOME");
    Deno.env.set("XDG_CONFIG_HOME", folder);
    try {
      for (
        const [options, fingerprint] of [
          [[], file],
          [[["fingerprint", typed]], typed],
          [[["insecure", "yes"]], undefined],
        ] as const
      ) {
        const given = new Settings(CONNECTION_OPTIONS, {
          "command line": new Map(options as readonly (readonly [string, string])[]),
        });
        const byHost = new Settings(CONNECTION_OPTIONS, {
          "command line": new Map([...options, ["host", "office"], ["port", "9"]]),
        });
        for (const resolved of [resolveServer(given, ["office"]), resolveServer(byHost, [])]) {
          const found = resolved.settings.values.fingerprint;
          assertEquals(found?.replaceAll(":", "").toUpperCase(), fingerprint);
        }
        const { address } = resolveServer(byHost, []);
        assertEquals(address, { isEncrypted: true, host: "127.0.0.1", port: 9 });
      }
    } finally {
      if (before === undefined) Deno.env.delete("XDG_CONFIG_HOME");
      else Deno.env.set("XDG_CONFIG_HOME", before);
    }
  }));
