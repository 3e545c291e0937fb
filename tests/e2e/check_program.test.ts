/**
 * `hubbub check` against hubbub's own servers, the small servers of textbooks, the tools
 * that people have, and servers that are broken on purpose: it finds each fault and names it.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type CheckResult, type CheckSummary, runChecks } from "../../client/check/mod.ts";
import { hasCommand } from "../support/commands.ts";
import { startCommand } from "../support/foreign_server.ts";
import { PROJECT, startProgram, startServe } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { isThorough } from "../support/thorough.ts";
import { freePort } from "../support/addresses.ts";

/** Servers that do wrong are waited for, again and again: a minute and a half in all. */
const isQuick = !isThorough("hubbub check against servers of every kind");

/** What a run of all checks found. */
interface Found extends CheckSummary {
  readonly title: string;
  readonly results: readonly CheckResult[];
}

/** Runs all checks against a port. */
async function checkPort(port: number): Promise<Found> {
  let title = "";
  const results: CheckResult[] = [];
  const summary = await runChecks({
    endpoint: { host: "127.0.0.1", port },
    patienceMilliseconds: 4000,
    onRecognised: (recognised) => title = recognised,
    onResult: (result) => results.push(result),
  });
  return { title, results, ...summary };
}

/** Checks one of the small servers in Python. */
async function checkFixture(file: string, kind: string): Promise<Found> {
  await using server = await startCommand(
    "python3",
    [`${PROJECT}tests/fixtures/${file}.py`, kind],
    /^Listening on port (\d+)$/m,
  );
  return await checkPort(server.port);
}

/** The names of the checks that ended in a way. */
function named({ results }: Found, verdict: CheckResult["verdict"]): string[] {
  return results.filter((result) => result.verdict === verdict).map(({ name }) => name);
}

/** The failures as lines. */
function failures({ results }: Found): string {
  return results.filter(({ verdict }) => verdict === "FAIL")
    .map(({ name, detail }) => `${name}: ${detail}`).join("\n");
}

/** The detail of a check. */
function detailOf({ results }: Found, name: string): string {
  return results.find((result) => result.name === name)!.detail;
}

const withoutPython = !hasCommand("python3", "--version");

for (
  const [mode, passed, skipped] of [
    ["concurrent", 11, 0],
    ["iterative", 10, 1],
    ["once", 8, 3],
  ] as const
) {
  const name = `P6 check: hubbub echo --mode ${mode} does all it should`;
  Deno.test({ name, ignore: isQuick && mode !== "concurrent" }, async () => {
    for (const prefix of ["", "Server received: "]) {
      await using echo = startProgram([
        ...["echo", "--port", "0", "--mode", mode, "--prefix", prefix, "--quiet"],
        // However long a busy machine pauses within a message, it is one.
        ...["--line-timeout", "1m"],
      ]);
      const [, port] = await echo.stdout.until(/^Listening on \S+:(\d+)$/m);
      await using check = startProgram(["check", "127.0.0.1", port!]);
      const printed = await check.stdout.all();
      assertEquals(await check.exit, 0, printed);
      assertMatch(printed, /^127\.0\.0\.1:\d+ is an echo server.*\.\n/);
      assertEquals(printed.includes(`puts "${prefix}" before every line`), prefix !== "");
      assertEquals(
        printed.split("\n").at(-2),
        `${passed} passed, 0 failed, ${skipped} skipped`,
      );
    }
  });
}

Deno.test("P6 check: hubbub serve does all that a chat should", async () => {
  await using serve = await startServe();
  await using check = startProgram(["check", `127.0.0.1:${serve.port}`]);
  const printed = await check.stdout.all();
  assertEquals(await check.exit, 0, printed);
  assertMatch(printed, /^127\.0\.0\.1:\d+ is a chat that asks "Enter your username:"\.\n/);
  assertMatch(printed, /^PASS {2}a private message reaches its recipient only: with \/whisper$/m);
  assertMatch(printed, /\n16 passed, 0 failed, 0 skipped\n$/);
});

const CODES = "check: no server, a wrong port, and a failure have their exit codes";
Deno.test({ name: CODES, ignore: isQuick }, async () => {
  await using refused = startProgram(["check", "127.0.0.1", "1"]);
  assertEquals(await refused.exit, 3);
  assertEquals(
    await refused.stderr.all(),
    "Cannot connect to 127.0.0.1:1: connection refused. Is the server running?\n",
  );
  await using wrong = startProgram(["check", "127.0.0.1", "70000"]);
  assertEquals(await wrong.exit, 2);

  await using server = await startServer({ maxClients: 1 });
  await using failed = startProgram(["check", `127.0.0.1:${server.port}`, "--timeout", "1s"]);
  assertEquals(await failed.exit, 1);
  assertMatch(await failed.stdout.all(), /^FAIL {2}.+: .+Server is full.+\n[^]*[1-9]\d* failed/m);
});

Deno.test({
  name: "check: echo servers as in the first lessons",
  ignore: isQuick || withoutPython,
  fn: async () => {
    const [once, iterative, lines] = await Promise.all(
      ["once", "iterative", "lines"].map((kind) => checkFixture("echo_server", kind)),
    ) as [Found, Found, Found];
    assertEquals(once.title, "an echo server that closes after one message");
    assertEquals(named(once, "FAIL"), ["a large message comes back (1 MiB)"]);
    // It closes with most of the message unread, which resets the connection: what it answered before
    // may be lost with it.
    assertMatch(
      failures(once),
      /(only \d+ of 1048576 bytes|nothing) came back before the connection was closed/,
    );

    assertEquals([iterative.title, failures(iterative)], ["an echo server", ""]);
    assertEquals(named(iterative, "SKIP"), ["20 clients at once"]);
    assertMatch(detailOf(iterative, "20 clients at once"), /serves one client after another/);

    assertEquals(lines.title, 'an echo server that puts "Server received: " before every line');
    assertEquals([lines.passed, failures(lines)], [11, ""]);
  },
});

Deno.test({
  name: "check: echo servers that greet are no worse for it",
  ignore: isQuick || withoutPython,
  fn: async () => {
    const [greets, inTurn] = await Promise.all(
      ["greets", "in_turn"].map((kind) => checkFixture("echo_server", kind)),
    ) as [Found, Found];
    const title = 'an echo server that greets with "Welcome to the echo server!"';
    assertEquals([greets.title, greets.passed, failures(greets)], [title, 11, ""]);

    assertEquals(inTurn.title, 'an echo server that greets with "You are number 1."');
    assertEquals([inTurn.passed, failures(inTurn)], [10, ""]);
    assertEquals(named(inTurn, "SKIP"), ["20 clients at once"]);
  },
});

Deno.test({
  name: "check: broken echo servers, and each fault by its name",
  ignore: isQuick || withoutPython,
  fn: async () => {
    const expected: Record<string, RegExp> = {
      threaded: /^two messages in one segment.+the server treats each read as one message$/m,
      drops: /^20 messages come back: message 3 of 20: nothing came back in 4 s$/m,
      doubles: /^one message comes back once: (it came back twice|more came back|after it came)/m,
      glues: /^two messages in one segment.+it came back as 1 instead of 2/m,
      crashes: /^one message comes back once: the server stopped after a client had left$/m,
      mangles: /^binary data comes back byte for byte: the answer differs from byte 129/m,
      hangs_up: /^data sent before .+: nothing came back/m,
      mute: /^kind of server: it neither greets nor answers$/m,
      upper: /^kind of server: it answers "CHECK-\S+-END" to "check-\S+-end": it is neither/m,
      reverses: /^kind of server: it answers "dne-\S+-kcehc" to "check-\S+-end": it is neither/m,
      same: /^kind of server: it answers "250 ok" to "check-\S+-end": it is neither/m,
      ssh: /^kind of server: it greets with "SSH-2\.0-OpenSSH_9": it is neither a chat nor/m,
    };
    await Promise.all(
      Object.entries(expected).map(async ([kind, fault]) => {
        assertMatch(failures(await checkFixture("echo_server", kind)), fault, kind);
      }),
    );
  },
});

Deno.test({
  name: "check: chats as in the first lessons",
  ignore: isQuick || withoutPython,
  fn: async () => {
    const [name, username, names, silent, bare] = await Promise.all(
      ["name", "username", "names", "silent", "bare"]
        .map((kind) => checkFixture("chat_server", kind)),
    ) as [Found, Found, Found, Found, Found];
    for (const found of [name, username, names, silent, bare]) assertEquals(failures(found), "");

    assertEquals(name.title, 'a chat that asks "Enter your name:"');
    const once = "a message reaches the other clients once";
    assertEquals(detailOf(name, once), "the sender does not receive it");
    assertEquals(named(name, "SKIP"), [
      "a command lists the users",
      "a private message reaches its recipient only",
      "a name in use is refused",
      "a command quits the chat",
    ]);

    assertEquals(username.title, 'a chat that asks "Enter username"');
    assertEquals(detailOf(username, once), "the sender receives it too");
    assertEquals(detailOf(username, "a command lists the users"), "with /list");
    assertEquals(detailOf(username, "a private message reaches its recipient only"), "with /msg");
    assertEquals(detailOf(username, "a command quits the chat"), "with /quit");

    assert(named(names, "PASS").includes("a name in use is refused"));
    assertEquals(
      detailOf(silent, "leaves are announced"),
      "the server announces no joins or leaves",
    );
    assertEquals(bare.title, "a chat without names");
  },
});

Deno.test({
  name: "check: broken chats, and each fault by its name",
  ignore: isQuick || withoutPython,
  fn: async () => {
    const expected: Record<string, RegExp> = {
      reads: /^two messages in one segment.+the second came without its sender/m,
      drops: /^20 messages arrive.+: message 3 of 20 did not arrive in 4 s$/m,
      glues: /^two messages in one segment.+: they arrived on one line$/m,
      doubles: /^a message reaches the other clients once: it arrived 2 times$/m,
      crashes: /: the server stopped after a client had left$/m,
      swaps: /^two messages in one segment.+: the second arrived before the first$/m,
      cuts: /^a line of 900 bytes arrives: it did not arrive whole$/m,
      no_join: /^leaves are announced: leaves are announced, but joins are not$/m,
      no_leave: /^leaves are announced: no notice came in 4 s/m,
      gossip: /^a private message.+: \/msg also reached another client$/m,
    };
    await Promise.all(
      Object.entries(expected).map(async ([kind, fault]) => {
        assertMatch(failures(await checkFixture("chat_server", kind)), fault, kind);
      }),
    );
  },
});

Deno.test({
  name: "check: ncat --chat",
  ignore: isQuick || !hasCommand("ncat", "--version"),
  fn: async () => {
    // It does not print the port that the system has chosen, so it gets one that was free just now.
    const port = freePort();
    await using _server = await startCommand(
      "ncat",
      ["--chat", "-v", "-l", "127.0.0.1", String(port)],
      /Listening on 127\.0\.0\.1:(\d+)/,
    );
    const found = await checkPort(port);
    assertEquals(found.title, "ncat --chat");
    for (
      const name of [
        "a message reaches the other clients once",
        "20 messages arrive once and in order",
        "joins are announced",
        "leaves are announced",
      ]
    ) assert(named(found, "PASS").includes(name), `${name}\n${failures(found)}`);
    assertEquals(detailOf(found, "a command lists the users"), "the server has no commands");
  },
});

Deno.test({
  name: "check: socat as an echo server",
  ignore: !hasCommand("socat", "-V"),
  fn: async () => {
    await using server = await startCommand(
      "socat",
      ["-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr,backlog=64", "PIPE"],
      /listening on AF=2 127\.0\.0\.1:(\d+)/,
    );
    const found = await checkPort(server.port);
    assertEquals([found.title, failures(found)], ["an echo server", ""]);
  },
});
