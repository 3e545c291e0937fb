import { assertEquals, assertRejects } from "@std/assert";
import { run, spawn } from "../../../cli/runtime/node_process.ts";
import type { SpawnOptions } from "../../../cli/runtime/runtime.ts";

const ignore = Deno.build.os === "windows";

const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

const shell = (script: string, options: Partial<SpawnOptions> = {}) =>
  spawn("/bin/sh", { args: ["-c", script], stdout: "piped", stderr: "null", ...options });

Deno.test({
  name: "process of Node: a program is run to its end, with its output and whether it succeeded",
  ignore,
  async fn() {
    for (
      const [script, success] of [["echo out; echo err >&2", true], ["echo out; exit 3", false]]
    ) {
      const { stdout, ...result } = await run("/bin/sh", ["-c", script as string]);
      assertEquals([new TextDecoder().decode(stdout), result], ["out\n", { success }]);
    }
  },
});

Deno.test("process of Node: a program that is missing rejects with the code of the system", async () => {
  for (
    const start of [
      () => run("/none/program", []),
      () => spawn("/none/program", { args: [], stdout: "null", stderr: "null" }),
    ]
  ) {
    const error = await assertRejects(start, Error);
    assertEquals((error as NodeJS.ErrnoException).code, "ENOENT");
  }
});

Deno.test({
  name: "process of Node: its end has the exit code, or that of a shell for a signal",
  ignore,
  async fn() {
    const ended = await shell("exit 7");
    assertEquals(await ended.status, { success: false, code: 7, signal: null });
    const succeeded = await shell("exit 0");
    assertEquals(await succeeded.status, { success: true, code: 0, signal: null });
    const killed = await shell("echo ready; exec sleep 600");
    const reader = killed.stdout.getReader();
    await reader.read();
    killed.kill("SIGTERM");
    assertEquals(await killed.status, { success: false, code: 143, signal: "SIGTERM" });
    await reader.cancel();
  },
});

Deno.test({
  name: "process of Node: variables are added to the environment of this program, or replace it",
  ignore,
  async fn() {
    const script = 'echo "${HOME-none} $ADDED"';
    const home = Deno.env.get("HOME") ?? "none";
    for (
      const [clearEnv, expected] of [[false, `${home} new\n`], [true, "none new\n"]] as const
    ) {
      const child = await shell(script, { env: { ADDED: "new" }, clearEnv });
      assertEquals(await text(child.stdout), expected);
      await child.status;
    }
    const { stdout } = await run("/bin/sh", ["-c", "echo ${HOME-none}"], true);
    assertEquals(new TextDecoder().decode(stdout), "none\n");
  },
});

Deno.test({
  name: "process of Node: output that is not piped is empty",
  ignore,
  async fn() {
    const child = await shell("echo out; echo err >&2", { stdout: "null", stderr: "piped" });
    assertEquals(await text(child.stderr), "err\n");
    assertEquals(child.stdout.locked, false);
    assertEquals((await child.status).code, 0);
  },
});
