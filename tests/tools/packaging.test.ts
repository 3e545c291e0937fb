/** What `packaging/` has for Linux: the unit of systemd, and the image. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { knownVariables } from "../../cli/options/environment.ts";
import { archiveFiles, executablePath } from "../../tools/release/archives.ts";
import { REPOSITORY, withEmptyFolder } from "../../tools/repository.ts";
import { FOREIGN, SELF_SIGNED, type TestCertificate } from "../support/certificates.ts";
import { hasCommand, run } from "../support/commands.ts";
import { freePort } from "../support/addresses.ts";
import { startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";

const read = (path: string) => Deno.readTextFile(join(REPOSITORY, "packaging", path));
const UNIT = await read("systemd/hubbub.service");
const TLS = await read("systemd/tls.conf");
const DOCKERFILE = await read("Dockerfile");

/** The values of a setting of a unit, in order. */
function valuesOf(unit: string, setting: string): string[] {
  return [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, "gm"))].map(([, value]) => value!);
}

/** The variables that a text assigns in the lines that begin with a word. */
function assignments(text: string, start: string): Record<string, string> {
  const lines = [...text.matchAll(new RegExp(`^${start}(.*)$`, "gm"))].map(([, rest]) => rest!);
  return Object.fromEntries(
    lines.flatMap((line) => line.trim().split(/\s+/)).map((pair) => pair.split("=", 2)),
  );
}

/** The highest exposure that is accepted, as `systemd-analyze security` computes it: 0 is none, 10 all.
 * The rest is what a server on the network needs, and machine code that is made at run time. */
const MAX_EXPOSURE = 1.1;

const withoutSystemd = Deno.build.os !== "linux" || !hasCommand("systemd-analyze", "--version");

/** Runs `systemd-analyze` on the unit, with TLS or without. */
function analyze(isTls: boolean, ...parameters: string[]) {
  return withEmptyFolder(async (folder) => {
    const path = join(folder, "hubbub.service");
    // Neither the program nor its manual page has to be installed.
    const unit = UNIT.replace("/usr/local/bin/hubbub", "/bin/true").replace(
      /^Documentation=.*/m,
      "",
    );
    await Deno.writeTextFile(path, unit);
    if (isTls) {
      await Deno.mkdir(`${path}.d`);
      await Deno.writeTextFile(join(`${path}.d`, "tls.conf"), TLS);
    }
    return await run("systemd-analyze", ...parameters, path);
  });
}

for (const isTls of [false, true]) {
  const name = isTls ? "the unit with TLS" : "the unit";
  Deno.test({
    name: `systemd: ${name} is valid and hardened`,
    ignore: withoutSystemd,
    async fn() {
      assertEquals(await analyze(isTls, "verify"), { code: 0, stdout: "", stderr: "" });
      const { stdout } = await analyze(isTls, "security", "--offline=true", "--no-pager");
      const [, exposure] = /Overall exposure level for hubbub\.service: ([\d.]+)/.exec(stdout) ??
        [];
      assert(Number(exposure) <= MAX_EXPOSURE, stdout);
    },
  });
}

Deno.test("systemd: state folder, restart, reload and the time to stop", () => {
  assertEquals(assignments(UNIT, "Environment="), { HUBBUB_DATA: "%S/hubbub" });
  assertEquals([valuesOf(UNIT, "StateDirectory"), valuesOf(UNIT, "StateDirectoryMode")], [
    ["hubbub"],
    ["0700"],
  ]);
  assertEquals(valuesOf(UNIT, "ExecReload"), ["/bin/kill -HUP $MAINPID"]);
  assertEquals(valuesOf(UNIT, "Restart"), ["on-failure"]);
  // The server itself needs up to 5 seconds.
  assert(Number(valuesOf(UNIT, "TimeoutStopSec")[0]) > 5);
  const [, program, command] = /^(\S+) (\S+)$/.exec(valuesOf(UNIT, "ExecStart")[0]!)!;
  assertEquals([program, command], [
    `/usr/local/${executablePath("x86_64-unknown-linux-gnu")}`,
    "serve",
  ]);
});

Deno.test("systemd: credentials are those that the variables name", () => {
  const names = valuesOf(TLS, "LoadCredential").map((value) => value.split(":")[0]);
  const { HUBBUB_TLS_CERT, HUBBUB_TLS_KEY, ...others } = assignments(TLS, "Environment=");
  assertEquals([HUBBUB_TLS_CERT, HUBBUB_TLS_KEY], names.map((name) => `%d/${name}`));
  assertEquals(others, { HUBBUB_TLS_ONLY: "yes" });
});

Deno.test("packaging: every variable is one of the program", () => {
  const known = knownVariables();
  for (const text of [UNIT, TLS, DOCKERFILE]) {
    const names = text.match(/\bHUBBUB_\w+/g) ?? [];
    assert(names.length > 0);
    for (const name of names) assert(known.has(name), name);
  }
});

Deno.test("systemd: the server starts with the variables of the unit", async () => {
  await withEmptyFolder(async (folder) => {
    const env = Object.fromEntries(
      Object.entries(assignments(UNIT, "Environment="))
        .map(([name, value]) => [name, value.replace("%S", folder)]),
    );
    await using program = startProgram(["serve", "--port", "0"], { env });
    await program.stdout.until(/^Listening on /m);
    await program.stdout.until(/stop with/);
    assertStringIncludes(program.stdout.text, join(folder, "hubbub"));
    if (Deno.build.os !== "windows") {
      // A reload without files to read again.
      program.child.kill("SIGHUP");
      await program.stderr.until(/info +files reread$/m);
    }
    program.child.kill("SIGTERM");
    assertEquals(await program.exit, 0);
  });
});

Deno.test({
  name:
    "systemd: with TLS the server uses its copies of the files, and reads them again at a reload",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const write = async ({ cert, key }: TestCertificate) => {
        for (const [name, text] of [["tls-cert", cert], ["tls-key", key]] as const) {
          await Deno.writeTextFile(join(folder, name), text);
        }
      };
      await write(SELF_SIGNED);
      const env = Object.fromEntries(
        Object.entries(assignments(TLS, "Environment="))
          .map(([name, value]) => [name, value.replace("%d", folder)]),
      );
      await using serve = startProgram(["serve", "--port", "0"], { env });
      await serve.stdout.until(new RegExp(`fingerprint +${SELF_SIGNED.fingerprint}`));
      await serve.stdout.until(/stop with/);
      await write(FOREIGN);
      serve.child.kill("SIGHUP");
      await serve.stderr.until(new RegExp(`tls certificate .*${FOREIGN.fingerprint}`));
      serve.child.kill("SIGTERM");
      assertEquals(await serve.exit, 0);
    }),
});

/** An instruction of the Dockerfile, in order. */
function instructions(name: string): string[] {
  return valuesOf(DOCKERFILE.replaceAll(`${name} `, `${name}=`), name);
}

Deno.test("image: it runs as a user without rights, keeps its data in a volume, and copies what an archive has", async () => {
  const target = "x86_64-unknown-linux-gnu";
  const files = await archiveFiles(target, { version: "1.2.3", time: new Date("2026-11-30") }, "");
  const paths = [...files.keys(), executablePath(target)];
  const sources = instructions("COPY").map((copy) =>
    /^--from=archive \/unpacked\/hubbub\/(\S+) /.exec(copy)![1]!
  );
  for (const source of sources) {
    assert(paths.some((path) => path === source || path.startsWith(`${source}/`)), source);
  }
  assert(sources.includes(executablePath(target)));
  assertEquals(instructions("ARG"), [`ARCHIVE=hubbub-${target}.tar.gz`]);
  const [user] = instructions("USER");
  assertMatch(user!, /^[1-9]\d+:[1-9]\d+$/);
  assertEquals(instructions("VOLUME"), ["/data"]);
  const env = assignments(DOCKERFILE, "ENV ");
  assertEquals([env.HUBBUB_DATA, env.HUBBUB_PORT], ["/data", instructions("EXPOSE")[0]]);
  assertEquals([instructions("ENTRYPOINT"), instructions("CMD")], [['["hubbub"]'], ['["serve"]']]);
});

Deno.test("image: the server starts with its variables and its command", async () => {
  const [entry, command] = ["ENTRYPOINT", "CMD"].map((name) => JSON.parse(instructions(name)[0]!));
  assertEquals(entry, ["hubbub"]);
  const env = assignments(DOCKERFILE, "ENV ");
  await using program = startProgram([...command, "--print-config"], { env });
  assertEquals(await program.exit, 0, await program.stderr.all());
  assertMatch(await program.stdout.all(), /^data +\/data +environment$/m);
});

Deno.test("image: its variables, which are those of the server, do not hinder clients inside", async () => {
  await using server = await startServer({});
  const env = assignments(DOCKERFILE, "ENV ");
  await using sent = startProgram(["send", `127.0.0.1:${server.port}`, "hello"], { env });
  assertEquals(await sent.exit, 0, await sent.stderr.all());
  await using read = startProgram(["tail", `127.0.0.1:${server.port}`, "--no-follow"], { env });
  assertEquals(await read.exit, 0, await read.stderr.all());
  assertMatch(await read.stdout.all(), /: hello$/m);
});

Deno.test({
  name: "image: the health check passes for a server, with TLS only too, and fails without one",
  ignore: Deno.build.os === "windows",
  async fn() {
    const [, check] = / CMD (\[.*\])$/m.exec(instructions("HEALTHCHECK")[0]!)!;
    const [shell, ...parameters] = JSON.parse(check!) as [string, ...string[]];
    const codeAt = async (port: number) => {
      const { code } = await new Deno.Command(shell, {
        args: parameters,
        env: { HUBBUB_PORT: String(port) },
        stderr: "null",
      }).output();
      return code;
    };
    {
      await using server = await startServer({});
      assertEquals(await codeAt(server.port), 0);
    }
    {
      await using server = await startServer({ tlsOnly: true });
      assertEquals(await codeAt(server.port), 0);
    }
    assertEquals(await codeAt(freePort()), 1);
  },
});
