/**
 * `hubbub account`: accounts and operators, with and without a running server; and a server that is to
 * have an operator without an account.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { OperatorError, Server } from "../../server/mod.ts";
import { addAccount } from "../support/accounts.ts";
import {
  type Program,
  PROGRAM_NAME,
  PROJECT,
  runProgram,
  startProgram,
  startServe,
} from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";
import { sampleOf } from "../support/thorough.ts";

const PASSWORD = "open sesame";

async function inFolder(test: (data: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-account-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a program printed, and its exit code. */
async function ended(program: Program): Promise<[stdout: string, stderr: string, exit: number]> {
  const [stdout, stderr] = await Promise.all([program.stdout.all(), program.stderr.all()]);
  return [stdout, stderr, await program.exit];
}

/** Runs `hubbub account` with a password in the environment. */
async function account(
  parameters: readonly string[],
  password = PASSWORD,
): Promise<[stdout: string, stderr: string, exit: number]> {
  const env = { HUBBUB_ACCOUNT_PASSWORD: password };
  const { code, stdout, stderr } = await runProgram(["account", ...parameters], { env });
  return [stdout, stderr, code];
}

/** A program that has logged in. */
async function logIn(port: number, name: string, password: string): Promise<RawClient> {
  const { client } = await RawClient.hello(port, { name, password });
  return client;
}

/** The code of the error that a login is refused with. */
async function refusedLogin(port: number, name: string, password?: string): Promise<string> {
  const client = await RawClient.connect(port);
  client.sendFrame({ type: "hello", name, password });
  const { code } = await client.frame("error");
  client.close();
  return code;
}

Deno.test("account add reads the first line of a pipe that stays open, and no endless line", () =>
  inFolder(async (data) => {
    const parameters = ["account", "add", "Op", "--data", data];
    for (const [writer, exit] of [["yes abcdefgh", 0], ["tr '\\0' x < /dev/zero", 1]] as const) {
      await using add = startProgram(parameters, { shell: `${writer} | "$@"` });
      const [stdout, stderr, code] = await ended(add);
      assertEquals(code, exit, stdout + stderr);
      if (exit === 1) assertStringIncludes(stderr, "it must have 8 to 256 characters");
      await account(["remove", "Op", "--data", data]);
    }
  }));

Deno.test("account add, list, password and remove work in a new folder, with the password in a pipe", () =>
  inFolder(async (parent) => {
    const data = join(parent, "data");
    await using add = startProgram(["account", "add", "Op", "--operator", "--data", data]);
    await add.stdin.write(new TextEncoder().encode(`${PASSWORD}\nanother line\n`));
    await add.stdin.close();
    assertEquals(await ended(add), ["The account Op was added as an operator.\n", "", 0]);
    assertEquals((await Deno.stat(data)).mode! & 0o777, 0o700);
    assertEquals(
      (await account(["add", "Zoë", "--data", data]))[0],
      "The account Zoë was added.\n",
    );
    const [list, , exit] = await account(["list", "--data", data]);
    assertMatch(list, /^Op {3}\d{4}-\d\d-\d\d {2}operator\nZoë {2}\d{4}-\d\d-\d\d\n$/);
    assertEquals(exit, 0);
    assertEquals(
      await account(["password", "ZOË", "--data", data], "another one"),
      ["The account Zoë has its new password.\n", "", 0],
    );
    assertEquals(
      await account(["remove", "zoë", "--data", data]),
      ["The account Zoë was removed.\n", "", 0],
    );
    await using serve = await startServe(["--data", data, "--log-level", "off"]);
    const op = await logIn(serve.port, "Op", PASSWORD);
    op.sendFrame({ type: "kick", name: "Absent" });
    assertEquals((await op.frame("error")).code, "no_such_user", "and not not_operator");
    op.close();
  }));

Deno.test("account says what is wrong, and exits with 1", () =>
  inFolder(async (data) => {
    const nowhere = join(data, "nowhere");
    const cases: readonly (readonly [string[], string, string, number?])[] = [
      [
        ["list", "--data", nowhere],
        PASSWORD,
        `There is no data of a hubbub server in ${nowhere}. Give the --data folder of the server.\n`,
      ],
      [
        ["add", "Op", "--data", data],
        "short",
        "Cannot use that password: it must have 8 to 256 characters.\n",
      ],
      [
        ["add", "a b", "--data", data],
        PASSWORD,
        'Cannot add "a b". A name may not contain spaces,',
      ],
      [["add", "Zoe", "--data", data], "", "No password for Zoe: give it on the terminal, in "],
      [["password", "Nope", "--data", data], "", "There is no account Nope.\n"],
      [["add", "Op"], PASSWORD, "Missing option --data <folder>. Give it, or set HUBBUB_DATA.", 2],
    ];
    for (const [parameters, password, message, code = 1] of sampleOf(cases, 3)) {
      const [, stderr, exit] = await account(parameters, password);
      assert(stderr.startsWith(message), stderr);
      assertEquals(exit, code);
    }
    // In a folder with accounts, an unusable name is reported without a password.
    await account(["add", "Zoë", "--data", data]);
    for (
      const [name, message] of [
        ["a b", 'Cannot add "a b". A name may not contain spaces,'],
        ["zoë", "Cannot add zoë: there is an account Zoë. To give it another password: "],
      ] as const
    ) {
      const [, stderr, exit] = await account(["add", name, "--data", data], "");
      assert(stderr.startsWith(message), stderr);
      assertEquals(exit, 1);
    }
    await Deno.mkdir(join(data, "foreign"));
    await Deno.writeTextFile(join(data, "foreign", "hubbub.db"), "no database");
    const [, stderr, exit] = await account(["add", "Op", "--data", join(data, "foreign")]);
    assertMatch(stderr, /^Cannot open the data in \S+: /);
    assertEquals(exit, 1);
    assertEquals(await Deno.readTextFile(join(data, "foreign", "hubbub.db")), "no database");
  }));

Deno.test("account changes the accounts of a server that runs, at once", () =>
  inFolder(async (data) => {
    await using serve = await startServe(["--data", data]);
    const { port } = serve;
    const ghost = await RawClient.join(port, "Op");
    await account(["add", "Op", "--operator", "--data", data]);
    assertEquals(await refusedLogin(port, "Op"), "password_needed");
    const op = await logIn(port, "Op", PASSWORD);
    assertStringIncludes(await ghost.untilEnd(), "The owner of the name Op has logged in.");
    op.sendFrame({ type: "users" });
    assertEquals((await op.frame("users")).users[0].address, "127.0.0.1", "as an operator sees it");

    await account(["password", "Op", "--data", data], "another one");
    assertEquals(await refusedLogin(port, "Op", PASSWORD), "wrong_password");
    assertEquals(
      (await op.frame("notice")).text,
      "The account Op was changed: you are not logged in to it any more.",
    );
    op.sendFrame({ type: "kick", name: "Op" });
    assertEquals((await op.frame("error")).code, "not_operator");
    op.sendFrame({ type: "nick", name: "Op", password: "another one" });
    op.sendFrame({ type: "kick", name: "Absent" });
    assertEquals((await op.frame("error")).code, "no_such_user");

    await account(["remove", "Op", "--data", data]);
    op.sendFrame({ type: "quit" });
    await op.untilEnd();
    const { client } = await RawClient.hello(port, { name: "Op" });
    client.sendFrame({ type: "kick", name: "Op" });
    assertEquals((await client.frame("error")).code, "not_operator");
    client.sendFrame({ type: "register", password: PASSWORD });
    await client.frame("notice");
    client.close();
    for (
      const event of ["account added name=Op operator=true", "password changed", "account removed"]
    ) await serve.stderr.until(new RegExp(` audit ${event}`));
    assertMatch((await account(["list", "--data", data]))[0], /^Op {2}\d{4}-\d\d-\d\d\n$/);
  }));

Deno.test("an operator without an account stops the start, and the command is named", () =>
  inFolder(async (data) => {
    await using alone = startProgram(["serve", "--port", "0", "--operator", "Op"]);
    assertEquals(await ended(alone), [
      "",
      "Cannot use --operator without --data: operators need accounts, and those are kept in a data " +
      "folder. Add --data DIR.\n",
      2,
    ]);
    const parameters = ["serve", "--port", "0", "--operator", "Op", "--data", data];
    await using missing = startProgram(parameters);
    const [stdout, stderr, exit] = await ended(missing);
    assertEquals([stdout, exit], ["", 2]);
    const command = `${PROGRAM_NAME} account add Op --data ${data} --operator`;
    assertEquals(
      stderr,
      `Cannot make Op an operator: there is no such account. Add it with: ${command}\n`,
    );
    const rejected = await new Server({ port: 0, data, operators: ["Op"] }).start()
      .then(() => undefined, (error) => error);
    assert(rejected instanceof OperatorError);

    const words = command.slice(`${PROGRAM_NAME} account `.length).split(" ");
    assertEquals((await account(words))[2], 0);
    await using serve = await startServe(["--operator", "Op", "--data", data]);
    (await logIn(serve.port, "Op", PASSWORD)).close();
    await serve.stderr.until(/ audit operator logged in address=127\.0\.0\.1 name=Op\n/);
  }));

Deno.test("--operator makes one of an account that was added without it", () =>
  inFolder(async (data) => {
    await addAccount(data, "Ann", PASSWORD);
    await using serve = await startServe(["--operator", "ann", "--data", data]);
    const ann = await logIn(serve.port, "Ann", PASSWORD);
    ann.sendFrame({ type: "kick", name: "Absent" });
    assertEquals((await ann.frame("error")).code, "no_such_user");
    ann.close();
  }));

Deno.test("SERVER.md has the command that adds an operator", async () => {
  const page = await Deno.readTextFile(join(PROJECT, "docs/SERVER.md"));
  const [, line] = /`hubbub (account add NAME --data \S+ --operator)`/.exec(page) ?? [];
  assert(line !== undefined);
  await inFolder(async (data) => {
    const words = line.replace("NAME", "Op").replace("./data", data).split(" ");
    assertEquals((await account(words.slice(1)))[0], "The account Op was added as an operator.\n");
  });
});

Deno.test({
  name: "on a terminal account asks for the password twice, without showing it",
  ignore: !hasTmux(),
  fn: () =>
    inFolder(async (data) => {
      await using terminal = await Tmux.start(["account", "add", "Op", "--data", data]);
      await terminal.until(/Password of Op: $/m);
      await terminal.type("open sesamee");
      await terminal.press("BSpace", "Enter");
      await terminal.until(/Password of Op again: $/m);
      await terminal.line("something else");
      const screen = await terminal.until(/exit code 1/);
      assertStringIncludes(screen, "The two passwords differ. Try again.");
      assert(!screen.includes("sesame") && !screen.includes("something"));

      await using again = await Tmux.start(["account", "add", "Op", "--data", data]);
      for (const prompt of [/Password of Op: $/m, /Password of Op again: $/m]) {
        await again.until(prompt);
        await again.type(PASSWORD.slice(0, 4));
        await again.press("Left", "Up", "F1", "Delete", "M-x");
        await again.line(PASSWORD.slice(4));
      }
      await again.until(/The account Op was added\.\nexit code 0/);

      assertEquals((await account(["add", "Op", "--data", data]))[2], 1, "it exists");
      {
        await using serve = await startServe(["--data", data]);
        (await logIn(serve.port, "Op", PASSWORD)).close();
      }

      await using stopped = await Tmux.start(["account", "password", "Op", "--data", data]);
      await stopped.until(/Password of Op: $/m);
      await stopped.press("C-c");
      await stopped.until(/exit code 130/);
    }),
});
