/** What the program finds around it: files of others, folders that are missing, closed streams. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withEmptyFolder } from "../../tools/repository.ts";
import { freePort } from "../support/addresses.ts";
import { SIGNED } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { isFromSources, runProgram, startProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

const isWindows = Deno.build.os === "windows";
const isLinux = Deno.build.os === "linux";

/** The end of an error, and its line. */
const WRITABLE_BY_ALL = "all users can change it. Remove that right with chmod o-w.\n";

Deno.test({
  name: "surroundings: configuration that others can change is refused",
  ignore: isWindows,
  fn: () =>
    withEmptyFolder(async (home) => {
      const folder = join(home, "hubbub");
      await Deno.mkdir(folder);
      const file = join(folder, "client.json");
      await Deno.writeTextFile(file, '{ "servers": { "office": { "address": "127.0.0.1:1" } } }');
      await Deno.chmod(file, 0o666);
      const env = { XDG_CONFIG_HOME: home };
      assertEquals(await runProgram(["send", "office", "hello"], { env }), {
        code: 2,
        stdout: "",
        stderr: `Cannot use ${file}: other users can change it. Run: chmod go-w ${file}\n`,
      });
      await Deno.chmod(file, 0o644);
      const { stderr } = await runProgram(["send", "office", "hello"], { env });
      assertMatch(stderr, /^Cannot connect to 127\.0\.0\.1:1: /);

      const known = join(folder, "known_hosts");
      await Deno.writeTextFile(known, "");
      await Deno.chmod(known, 0o666);
      assertEquals(await runProgram(["send", "127.0.0.1:1", "--tls", "hello"], { env }), {
        code: 2,
        stdout: "",
        stderr: `Cannot use ${known}: other users can change it. Run: chmod go-w ${known}\n`,
      });

      const options = join(home, "serve.json");
      await Deno.writeTextFile(options, '{ "port": 0 }');
      await Deno.chmod(options, 0o666);
      assertEquals(await runProgram(["serve", "--config", options]), {
        code: 2,
        stdout: "",
        stderr: `Cannot read ${options}: ${WRITABLE_BY_ALL}`,
      });
    }),
});

Deno.test({
  name: "surroundings: a certificate, or its key, that all users can change is refused",
  ignore: isWindows,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      await Deno.writeTextFile(cert, SIGNED.cert);
      await Deno.writeTextFile(key, SIGNED.key);
      await using serve = await startServe(["--tls-cert", cert, "--tls-key", key]);
      for (const path of [cert, key]) {
        const { mode } = await Deno.stat(path);
        await Deno.chmod(path, 0o666);
        assertEquals(await runProgram(["serve", "--tls-cert", cert, "--tls-key", key]), {
          code: 2,
          stdout: "",
          stderr: `Cannot read ${path}: ${WRITABLE_BY_ALL}`,
        });
        // The server that runs continues with the old one.
        const start = serve.stderr.text.length;
        serve.child.kill("SIGHUP");
        await serve.stderr.until(new RegExp(`^[^]{${start}}[^]*files reread`));
        assertStringIncludes(serve.stderr.text.slice(start), `Cannot read ${path}: all users`);
        await Deno.chmod(path, mode! & 0o777);
      }
    }),
});

Deno.test({
  name: "surroundings: a missing folder for temporary files, and no home folder, stop nothing",
  ignore: isWindows,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const options = {
        env: { TMPDIR: join(folder, "missing"), XDG_CONFIG_HOME: "" },
        shell: 'unset HOME; exec "$@"',
      };
      await using serve = await startServe(["--data", join(folder, "data")], options);
      const sent = await runProgram(["send", `127.0.0.1:${serve.port}`, "hello"], options);
      assertEquals(sent, { code: 0, stdout: "", stderr: "" });
      const bench = ["bench", "broadcast", "-c", "4", "-d", "200ms", "-j"];
      assertEquals((await runProgram(bench, options)).code, 0);
      serve.child.kill("SIGTERM");
      assertEquals(await serve.exit, 0);
      assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["data"]);
    }),
});

Deno.test({
  name: "surroundings: a server without standard input, output and error serves and stops",
  ignore: isWindows,
  fn: async () => {
    const port = freePort();
    await using serve = startProgram(["serve", "--port", String(port)], {
      shell: 'exec "$@" <&- >&- 2>&-',
    });
    await eventually(
      () => Deno.connect({ port }).then((socket) => (socket.close(), true), () => false),
      `a server on port ${port}`,
    );
    const client = await RawClient.join(port, "Ann");
    serve.child.kill("SIGTERM");
    await client.until("[SYSTEM]:");
    client.close();
    assertEquals(await serve.exit, 0);
    assertEquals(await serve.stdout.all() + await serve.stderr.all(), "");
  },
});

Deno.test({
  name: "surroundings: commands without standard input, output or error end with their codes",
  ignore: isWindows,
  fn: async () => {
    await using serve = await startServe();
    const server = `127.0.0.1:${serve.port}`;
    for (
      const [closed, parameters, code] of [
        ["<&-", ["send", server, "hello"], 0],
        [">&- 2>&-", ["send", server, "hello"], 0],
        // An empty input.
        ["<&-", ["send", server, "-"], 0],
        ["<&-", ["chat", server, "--name", "Bob"], 0],
        ["2>&-", ["send", "127.0.0.1:1", "hello"], 3],
      ] as const
    ) {
      const { code: actual } = await runProgram(parameters, { shell: `exec "$@" ${closed}` });
      assertEquals(actual, code, `${parameters.join(" ")} ${closed}`);
    }
  },
});

/** Runs the program in a folder whose name is not UTF-8; the paths of its own files are made absolute. */
const IN_LATIN1_FOLDER = String.raw`root=$PWD words=()
for word; do
  case $word in
    cli/*) word=$root/$word ;;
    --config=*) word=--config=$root/${"${word#--config=}"} ;;
  esac
  words+=("$word")
done
folder=$(printf '%s/caf\xe9' "$FOLDER")
mkdir -p "$folder" && cd "$folder" && exec "${"${words[@]}"}"`;

Deno.test({
  name: "surroundings: a working folder that is not UTF-8 is refused",
  // Other systems do not create such a folder.
  ignore: !isLinux || !isFromSources("surroundings: Node runs in a folder that is not UTF-8"),
  fn: () =>
    withEmptyFolder(async (folder) => {
      const options = { env: { FOLDER: folder }, shell: IN_LATIN1_FOLDER };
      const refusal = {
        code: 2,
        stdout: "",
        stderr:
          "Cannot run in this folder: its path is not valid UTF-8. Change to another one first.\n",
      };
      for (
        const parameters of [
          ["serve", "--port", "0"],
          ["bench", "connect", "-c", "3"],
          ["account", "list", "--data", "chat"],
        ]
      ) assertEquals(await runProgram(parameters, options), refusal, parameters.join(" "));
      // What needs no thread and no database works there.
      const { stderr } = await runProgram(["send", "127.0.0.1:1", "hello"], options);
      assertStringIncludes(stderr, "Cannot connect to 127.0.0.1:1: ");
    }),
});

Deno.test({
  name: "surroundings: a folder for the data that is not UTF-8 is refused",
  ignore: !isLinux,
  fn: async () => {
    const given = { shell: String.raw`exec "$@" "$(printf 'caf\xe9')"` };
    for (const parameters of [["serve", "--data"], ["account", "list", "--data"]]) {
      assertEquals(await runProgram(parameters, given), {
        code: 2,
        stdout: "",
        stderr: 'Invalid --data "caf\uFFFD": expected a path that is valid UTF-8.\n',
      });
    }
  },
});

Deno.test({
  name: "surroundings: a variable that is not UTF-8 is refused, and not printed",
  ignore: !isLinux,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const data = join(folder, "data");
      for (
        const [variable, parameters] of [
          ["HUBBUB_CONFIG", ["serve", "--port", "0"]],
          ["HUBBUB_PASSWORD", ["serve", "--port", "0"]],
          ["HUBBUB_DATA", ["account", "list"]],
          ["HUBBUB_DATA", ["version"]],
          ["HUBBUB_ACCOUNT_PASSWORD", ["account", "add", "Ann", "--data", data]],
          ["HUBBUB_NAME", ["send", "127.0.0.1:1", "hello"]],
        ] as const
      ) {
        const shell = `export ${variable}=$(printf 'caf\\xe9-secret'); exec "$@"`;
        assertEquals(await runProgram(parameters, { shell }), {
          code: 2,
          stdout: "",
          stderr: `Invalid ${variable} in the environment: expected valid UTF-8.\n`,
        });
      }
      // Those of other commands do not matter.
      const shell = `export HUBBUB_PASSWORD=$(printf 'caf\\xe9'); exec "$@"`;
      const bench = ["bench", "broadcast", "-c", "4", "-d", "200ms", "-j"];
      assertEquals((await runProgram(bench, { shell })).code, 0);
    }),
});

Deno.test({
  name: "surroundings: a password in a pipe that is not UTF-8 is refused",
  ignore: !isLinux,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const shell = `printf 'caf\\xe9-secret\\n' | "$@"`;
      const parameters = ["account", "add", "Ann", "--data", join(folder, "data")];
      assertEquals(await runProgram(parameters, { shell }), {
        code: 1,
        stdout: "",
        stderr: "Cannot use that password: it is not valid UTF-8.\n",
      });
    }),
});
