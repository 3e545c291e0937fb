/**
 * Where the server's options come from, and what is said of those that cannot be used: as a real
 * process.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { SELF_SIGNED, SIGNED } from "../support/certificates.ts";
import { startProgram, startServe } from "../support/program.ts";

/** A folder with files, removed after use. */
async function folderOf(files: Record<string, string>) {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, content);
  }
  return {
    path: (name: string) => `${folder}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The rows that `--print-config` prints, by option. */
function rowsOf(table: string): Map<string, string> {
  return new Map(
    table.trimEnd().split("\n").map((row) => {
      const [name = "", value, origin] = row.split(/ {2,}/);
      return [name, `${value} | ${origin}`];
    }),
  );
}

Deno.test("--print-config shows every option, its value and its origin, and ends", async () => {
  await using files = await folderOf({
    "chat.json": JSON.stringify({
      port: 9001,
      "max-clients": 11,
      rate: "1:2",
      password: "from the file",
      rooms: ["lobby", "tea"],
      web: false,
    }),
  });
  const given = ["--config", files.path("chat.json"), "--max-clients", "33", "0.0.0.0"];
  await using program = startProgram(["serve", "--print-config", ...given], {
    env: { HUBBUB_MAX_CLIENTS: "22", HUBBUB_RATE: "off", HUBBUB_TLS_ONLY: "no" },
  });
  assertEquals(await program.exit, 0);
  const table = await program.stdout.all();
  const rows = rowsOf(table);
  assertEquals(rows.get("host"), "0.0.0.0 | command line");
  assertEquals(rows.get("port"), "9001 | file");
  assertEquals(rows.get("max-clients"), "33 | command line");
  assertEquals(rows.get("rate"), "off | environment");
  assertEquals(rows.get("rooms"), "lobby,tea | file");
  assertEquals(rows.get("web"), "no | file");
  assertEquals(rows.get("tls-only"), "no | environment");
  assertEquals(rows.get("password"), "(set) | file");
  assertEquals(rows.get("grace"), "10s | default");
  assert(!table.includes("from the file"), "a password is never shown");
  assertEquals(await program.stderr.all(), "");
});

Deno.test("the file of --config is in force, and HUBBUB_CONFIG names it as well", async () => {
  await using files = await folderOf({ "chat.json": '{ "max-clients": 7, "log-level": "off" }' });
  await using serve = await startServe([], { env: { HUBBUB_CONFIG: files.path("chat.json") } });
  await serve.stdout.until(/room for +7 clients/);
  await using other = await startServe(["--config", files.path("chat.json")]);
  await other.stdout.until(/room for +7 clients/);
});

Deno.test("unusable options are reported in one line, with what to do, and exit 2", async () => {
  await using files = await folderOf({
    "typo.json": '{ "max-client": 7 }',
    "value.json": '{ "port": "http" }',
    "broken.json": '{ "port": ',
    "cert.pem": SIGNED.cert,
    "key.pem": SIGNED.key,
    "other.pem": SELF_SIGNED.cert,
  });
  const at = files.path;
  const rows: readonly (readonly [parameters: string[], message: string | RegExp])[] = [
    [
      ["--config", at("typo.json")],
      `Cannot use ${at("typo.json")}, line 1: there is no option "max-client". ` +
      'Did you mean "max-clients"?',
    ],
    [
      ["--config", at("value.json")],
      `Cannot use ${at("value.json")}, line 1: "port": invalid value "http": ` +
      "expected a whole number from 0 to 65535.",
    ],
    [["--config", at("broken.json")], /^Cannot use .+broken\.json, line 1: it is not JSON: .+\.$/],
    [["--config", at("none.json")], `Cannot read ${at("none.json")}: there is no such file.`],
    [
      ["--tls-cert", at("cert.pem")],
      "--tls-cert and --tls-key need each other. Give both.",
    ],
    [
      ["--tls-cert", at("cert.pem"), "--tls-key", at("none.pem")],
      `Cannot read ${at("none.pem")}: there is no such file.`,
    ],
    [
      ["--tls-cert", at("typo.json"), "--tls-key", at("key.pem")],
      `Cannot use ${at("typo.json")}: it holds no certificate in PEM.`,
    ],
    [
      ["--tls-cert", at("cert.pem"), "--tls-key", at("cert.pem")],
      `Cannot use ${at("cert.pem")}: it holds no private key in PEM, or one with a passphrase.`,
    ],
    [
      ["--tls-cert", at("other.pem"), "--tls-key", at("key.pem")],
      `Cannot use ${at("other.pem")} with ${at("key.pem")}: ` +
      "the certificate belongs to another key.",
    ],
  ];
  await Promise.all(rows.map(async ([parameters, message]) => {
    await using program = startProgram(["serve", ...parameters]);
    assertEquals(await program.exit, 2, parameters.join(" "));
    const told = (await program.stderr.all()).trimEnd();
    if (typeof message === "string") assertEquals(told, message);
    else assertMatch(told, message);
    assertEquals(await program.stdout.all(), "");
  }));
});

Deno.test("a wrong value in the environment names the variable, exit 2", async () => {
  await using program = startProgram(["serve"], { env: { HUBBUB_GRACE: "soon" } });
  assertEquals(await program.exit, 2);
  assertMatch(
    await program.stderr.all(),
    /^Invalid HUBBUB_GRACE "soon": expected a duration such as 500ms.+\.\n$/,
  );
});

Deno.test("a password is in no log, however much is logged", async () => {
  const password = "correct horse battery staple";
  await using serve = await startServe(["--log-level", "debug"], {
    env: { HUBBUB_PASSWORD: password },
  });
  serve.child.kill("SIGINT");
  assertEquals(await serve.exit, 0);
  const printed = await serve.stdout.all() + await serve.stderr.all();
  assert(printed.includes("stopped"));
  assert(!printed.includes(password), printed);
});
