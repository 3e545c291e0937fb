/** `hubbub completions`, read by the shells themselves. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hasCommand, run } from "../support/commands.ts";
import { startProgram } from "../support/program.ts";

/** What `bench` measures, in the order of the alphabet. */
const SCENARIOS = [
  "backlog",
  "broadcast",
  "churn",
  "codec",
  "connect",
  "echo",
  "report",
  "restart",
  "rooms",
  "rounds",
  "stall",
];

/** Prints a shell's script into a file, as long as the body needs it. */
async function withScript(shell: string, body: (path: string) => Promise<void>): Promise<void> {
  await using program = startProgram(["completions", shell]);
  assertEquals(await program.exit, 0);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, await program.stdout.all());
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What bash offers for a line with the cursor at its end. */
async function offeredByBash(script: string, line: string, folder = "."): Promise<string[]> {
  const ask = `source "$1"
    complete -p hubbub | grep -q -- '-F _hubbub' || exit 9
    cd "$3"
    COMP_LINE=$2
    COMP_POINT=\${#COMP_LINE}
    _hubbub hubbub
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await run(
    ...["bash", "--norc", "--noprofile", "-c", ask, "bash", script, line, folder] as const,
  );
  // Outside of a completion bash reports that no completion is active whose options could change.
  assertEquals([code, stderr], [0, ""]);
  return stdout.trim().split("\n");
}

Deno.test({
  name: "bash completes commands, options and values",
  ignore: Deno.build.os === "windows" || !hasCommand("bash"),
  fn: () =>
    withScript("bash", async (script) => {
      const offered = (line: string) => offeredByBash(script, line);
      assertEquals(await offered("hubbub se"), ["serve", "send"]);
      assertEquals(await offered("hubbub serve --max-"), [
        "--max-accounts",
        "--max-rooms",
        "--max-rooms-per-client",
        "--max-room-clients",
        "--max-clients",
        "--max-pending",
        "--max-per-ip",
        "--max-file",
      ]);
      assertEquals(await offered("hubbub account "), ["add", "list", "remove", "password"]);
      assertEquals(await offered("hubbub account add Op --op"), ["--operator"]);
      assertEquals(await offered("hubbub serve --sync "), ["normal", "full"]);
      assertEquals(await offered("hubbub serve --sync=f"), ["full"]);
      assertEquals(await offered("hubbub serve --log-level de"), ["debug"]);
      assertEquals(await offered("hubbub serve 127.0.0.1:8080 --log-f"), ["--log-format"]);
      assertEquals((await offered("hubbub bench ")).sort(), SCENARIOS);
      assertEquals(await offered("hubbub bench stall --stalle"), ["--stalled"]);
      assertEquals(await offered("hubbub bench connect --profile we"), ["websocket"]);
      assertEquals(await offered("hubbub bench broadcast --stalled"), [""]);
      assertEquals(await offered("hubbub bench -c 10 bro"), ["broadcast"]);
      assertEquals(await offered("hubbub bench broadcast --profile we"), ["websocket"]);
      assertEquals(await offered("hubbub chat --name "), [""]);
      assertEquals(await offered("hubbub chat --name ann --no-r"), ["--no-reconnect"]);
      assertEquals(await offered("hubbub send 127.0.0.1:8080 hel"), [""]);
      assertEquals(await offered("hubbub echo --mode it"), ["iterative"]);
      assertEquals(await offered("hubbub completions "), ["bash", "zsh", "fish", "powershell"]);
      assertEquals(await offered("hubbub help tai"), ["tail"]);
    }),
});

Deno.test({
  name: "bash completes paths, also those with blanks",
  ignore: Deno.build.os === "windows" || !hasCommand("bash"),
  fn: () =>
    withScript("bash", async (script) => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.mkdir(`${folder}/my data`);
        await Deno.writeTextFile(`${folder}/my.json`, "{}");
        const offered = (line: string) => offeredByBash(script, line, folder);
        assertEquals(await offered("hubbub serve --data m"), ["my data"]);
        assertEquals((await offered("hubbub serve --config my")).sort(), ["my data", "my.json"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }),
});

Deno.test({
  name: "fish completes commands, options and values",
  ignore: Deno.build.os === "windows" || !hasCommand("fish"),
  fn: () =>
    withScript("fish", async (script) => {
      const offered = async (line: string) => {
        const ask = "source $argv[1]; complete -C $argv[2]";
        const { code, stdout, stderr } = await run("fish", "--no-config", "-c", ask, script, line);
        assertEquals([code, stderr], [0, ""]);
        return stdout.trim().split("\n").map((row) => row.split("\t")[0]).sort();
      };
      assertEquals(await offered("hubbub se"), ["send", "serve"]);
      assertEquals(await offered("hubbub serve --sync "), ["full", "normal"]);
      assertEquals(await offered("hubbub serve --log-f"), ["--log-format"]);
      assertEquals(await offered("hubbub bench "), SCENARIOS);
      assertEquals(await offered("hubbub bench stall --stalle"), ["--stalled"]);
      assertEquals(await offered("hubbub bench broadcast --stalled"), [""]);
      assertEquals(await offered("hubbub completions "), ["bash", "fish", "powershell", "zsh"]);
    }),
});

Deno.test({
  name: "zsh can read its script, and begins with what a folder of functions needs",
  ignore: Deno.build.os === "windows" || !hasCommand("zsh"),
  fn: () =>
    withScript("zsh", async (script) => {
      const { code, stderr } = await run("zsh", "-f", "-n", script);
      assertEquals([code, stderr], [0, ""]);
      assert((await Deno.readTextFile(script)).startsWith("#compdef hubbub\n"));
    }),
});

Deno.test("the script for PowerShell knows all commands", () =>
  withScript("powershell", async (path) => {
    const script = await Deno.readTextFile(path);
    assertStringIncludes(script, "Register-ArgumentCompleter -Native -CommandName hubbub");
    for (
      const command of [
        "serve",
        "chat",
        "send",
        "tail",
        "echo",
        "check",
        "bench",
        "learn",
        "completions",
      ]
    ) {
      assertStringIncludes(script, `'${command}' = '`);
    }
  }));

Deno.test("a shell that there is not is wrong usage, and the answer names those there are", async () => {
  await using program = startProgram(["completions", "tcsh"]);
  assertEquals(await program.exit, 2);
  assertStringIncludes(await program.stderr.all(), "bash, zsh, fish or powershell");
});
