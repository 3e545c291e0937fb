/**
 * Tests a built program by running it: `deno run tools/smoke.ts dist/hubbub`. Any command line can
 * replace the executable.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename, dirname, join, resolve } from "node:path";
import config from "../deno.json" with { type: "json" };
import { LineReader } from "../tests/support/program.ts";
import { RawClient } from "../tests/support/raw_client.ts";
import { withEmptyFolder } from "./repository.ts";

export interface Subject {
  /** The executable, with an absolute path, and its first parameters. */
  readonly command: readonly string[];
  /** An empty folder to run it in: it must need no other file. */
  readonly folder: string;
  /** Its variables. The folders of {@link FOLDERS} are empty. */
  readonly env: Readonly<Record<string, string>>;
  /** The version that it must have. */
  readonly version: string;
}

/** The folders of a user in which programs keep files of their own, by their variables. */
const FOLDERS: readonly string[] = [
  ...["TMPDIR", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"],
  ...["XDG_RUNTIME_DIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
];

/** Time after which a program that hangs is ended; no test takes more than a few seconds. */
const PATIENCE_MILLISECONDS = 60_000;

export const SMOKE_TESTS: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  "prints its version": printsVersion,
  "prints its help": printsHelp,
  "prints the completions for a shell": printsCompletions,
  "serves a chat between two clients": servesChat,
  "serves the page for browsers": servesPage,
  "keeps messages when it is started again": keepsMessages,
  "load-tests a server of its own, with two threads": loadTests,
  "has room for its clients below a low limit on open files": hasRoom,
  "leaves nothing behind": leavesNothing,
  "runs nothing that lies in its folder for temporary files": trustsNothing,
};

async function printsVersion(subject: Subject): Promise<void> {
  const { stdout, code } = await output(subject, ["--version"]);
  assertEquals({ stdout: stdout.trimEnd(), code }, { stdout: subject.version, code: 0 });
  const build = await output(subject, ["version", "--json"]);
  const { version, commit, configuration } = JSON.parse(build.stdout);
  assertEquals(version, subject.version);
  if (commit !== null) assertMatch(commit, /^[0-9a-f]{40,64}(-modified)?$/);
  // Below one of the folders that are checked at the end.
  assert(
    FOLDERS.some((variable) => configuration.startsWith(subject.env[variable]!)),
    configuration,
  );
}

async function printsHelp(subject: Subject): Promise<void> {
  const { stdout, code } = await output(subject, ["serve", "--help"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^Usage: hubbub serve/);
}

async function printsCompletions(subject: Subject): Promise<void> {
  const { stdout, code } = await output(subject, ["completions", "bash"]);
  assertEquals(code, 0);
  assertMatch(stdout, /--max-clients/);
}

/** Starts a server, and ends it after a function, as a user would where that is possible. */
async function withServer(
  subject: Subject,
  parameters: readonly string[],
  use: (port: number, stop: () => Promise<void>, stdout: LineReader) => Promise<void>,
): Promise<void> {
  const child = command(subject, ["serve", "--port", "0", "--log-level", "warn", ...parameters])
    .spawn();
  try {
    const stdout = new LineReader(child.stdout);
    const [, port] = await stdout.until(/^Listening on 127\.0\.0\.1:(\d+)$/m);
    await use(Number(port), async () => {
      // On Windows one process cannot send Ctrl+C to another; it would be killed.
      if (Deno.build.os === "windows") return;
      child.kill("SIGINT");
      assertEquals((await child.status).code, 0);
    }, stdout);
  } finally {
    end(child);
    await child.status;
  }
}

function servesChat(subject: Subject): Promise<void> {
  return withServer(subject, [], async (port, stop) => {
    const anna = await RawClient.join(port, "Anna");
    const bob = await RawClient.join(port, "Bob");
    await anna.until(/^\[\d\d:\d\d:\d\d\] \*\*\* Bob has joined the chat! \*\*\*\n/);
    bob.send("Hello Anna!\n");
    await anna.until(/^\[\d\d:\d\d:\d\d\] Bob: Hello Anna!\n/);
    anna.send("/whisper bob Hello Bob!\n");
    await bob.until(/^\[\d\d:\d\d:\d\d\] \[WHISPER from Anna\]: Hello Bob!\n/);
    await stop();
    if (Deno.build.os !== "windows") await bob.until("[SYSTEM]: The server is shutting down.\n");
    for (const client of [anna, bob]) client.close();
  });
}

function servesPage(subject: Subject): Promise<void> {
  return withServer(subject, [], async (port) => {
    const address = `http://127.0.0.1:${port}/`;
    const page = await (await fetch(address)).text();
    const [, script] = / src="([^"]+\.js)"/.exec(page) ?? [];
    assert(script !== undefined, page);
    const response = await fetch(new URL(script, address));
    assertEquals(response.status, 200);
    assert((await response.text()).length > 10_000, script);
  });
}

async function keepsMessages(subject: Subject): Promise<void> {
  const data = join(subject.folder, "data");
  const written = "kept on the disk";
  await withServer(subject, ["--data", data], async (port, stop) => {
    const { code } = await output(subject, ["send", `127.0.0.1:${port}`, written]);
    assertEquals(code, 0);
    await stop();
  });
  await withServer(subject, ["--data", data], async (port) => {
    const { stdout, code } = await output(subject, ["tail", `127.0.0.1:${port}`, "--no-follow"]);
    assertEquals(code, 0);
    assertMatch(stdout, new RegExp(`: ${written}$`, "m"));
  });
  await Deno.remove(data, { recursive: true });
}

async function loadTests(subject: Subject): Promise<void> {
  const { stdout, code } = await output(subject, [
    ...["bench", "broadcast", "-c", "8", "-w", "2", "-d", "1", "-j"],
  ]);
  const { scenario, connections, deliveries } = JSON.parse(stdout);
  assertEquals({ scenario, connections, code }, { scenario: "broadcast", connections: 8, code: 0 });
  assert(deliveries.received > 1000, `only ${deliveries.received} deliveries in a second`);
  const { expected, received, lost, duplicated, reordered } = deliveries;
  assertEquals({ received, lost, duplicated, reordered }, {
    received: expected,
    lost: 0,
    duplicated: 0,
    reordered: 0,
  });
}

/** A shell may start programs with room for no more files, such as that of macOS. */
async function hasRoom(subject: Subject): Promise<void> {
  if (Deno.build.os === "windows") return;
  const shell = ["/bin/sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh"];
  const lowered = { ...subject, command: [...shell, ...subject.command] };
  await withServer(lowered, [], async (_, stop, stdout) => {
    const [, clients] = await stdout.until(/room for +(\d+) clients/);
    assertEquals(clients, "1000");
    await stop();
  });
}

async function leavesNothing({ folder, env }: Subject): Promise<void> {
  for (const each of [folder, ...FOLDERS.map((variable) => env[variable]!)]) {
    assertEquals(await namesIn(each), [], basename(each));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

/** A module that ends the program that loads it. */
const TRAP = "process.exit(99);";

/**
 * Any user of the machine can write files there: a cache with the name that `deno compile` gives it, a
 * folder at the place where the embedded files seem to be, packages that a library asks for.
 */
async function trustsNothing(subject: Subject): Promise<void> {
  const name = basename(subject.command.at(-1)!);
  const files: Readonly<Record<string, string>> = {
    [`deno-compile-${name}.cache`]: "planted",
    [`deno-compile-${name}/cli/main.ts`]: TRAP,
    "node_modules/bufferutil/index.js": TRAP,
    "node_modules/utf-8-validate/index.js": TRAP,
    "cli/main.ts": TRAP,
    ".env": "HUBBUB_RATE=planted",
  };
  await withEmptyFolder(async (folder) => {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), content);
    }
    const env = { ...subject.env, TMPDIR: folder, TEMP: folder, TMP: folder };
    await servesChat({ ...subject, env, folder });
    assertEquals(
      (await namesIn(folder)).sort(),
      [
        ...new Set(Object.keys(files).map((path) => path.split("/")[0]!)),
      ].sort(),
    );
    for (const [path, content] of Object.entries(files)) {
      assertEquals(await Deno.readTextFile(join(folder, path)), content);
    }
  });
}

function command(
  { command, folder, env }: Subject,
  parameters: readonly string[],
  stderr: "inherit" | "piped" = "inherit",
): Deno.Command {
  const [program, ...first] = command as [string, ...string[]];
  return new Deno.Command(program, {
    args: [...first, ...parameters],
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr,
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  });
}

/** Runs the program to its end; what it has written on standard error is shown if it failed. */
async function output(subject: Subject, parameters: readonly string[]) {
  const { stdout, stderr, code } = await command(subject, parameters, "piped").output();
  if (code !== 0) console.error(new TextDecoder().decode(stderr));
  return { stdout: new TextDecoder().decode(stdout), code };
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** Maximum length of a message, in UTF-16 units: another program may print anything. */
const LONGEST_MESSAGE = 500;

/**
 * Runs all tests, and reports each.
 *
 * @param command an executable and its first parameters.
 * @param env variables that it needs.
 * @returns true if all passed.
 */
export function smoke(
  command: readonly string[],
  report: (line: string) => void = console.log,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const [program, ...rest] = command as [string, ...string[]];
  // It runs in another folder; a bare name is found in PATH.
  const absolute = /[\\/]/.test(program) ? resolve(program) : program;
  return withEmptyFolder(async (parent) => {
    const folder = join(parent, "working folder");
    const folders = Object.fromEntries(FOLDERS.map((name) => [name, join(parent, name)]));
    for (const each of [folder, ...Object.values(folders)]) await Deno.mkdir(each);
    const subject = {
      command: [absolute, ...rest],
      folder,
      env: { ...folders, ...env },
      version: config.version,
    };
    let hasPassed = true;
    for (const [name, test] of Object.entries(SMOKE_TESTS)) {
      try {
        await test(subject);
        report(`PASS ${name}`);
      } catch (error) {
        hasPassed = false;
        const message = error instanceof Error ? error.message : String(error);
        report(`FAIL ${name}: ${message.slice(0, LONGEST_MESSAGE)}`);
      }
    }
    return hasPassed;
  });
}

if (import.meta.main) {
  if (Deno.args.length === 0) {
    console.error("Usage: deno run tools/smoke.ts COMMAND...");
    Deno.exit(2);
  }
  Deno.exit(await smoke(Deno.args) ? 0 : 1);
}
