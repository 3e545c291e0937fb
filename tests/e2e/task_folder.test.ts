/**
 * `deno task` starts its program in the folder of `deno.json`. The program must run in the folder of
 * its caller: every path of the command line, and of the chat's /send and /accept, starts there.
 */

import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { LineReader } from "../support/program.ts";
import { REPOSITORY, withEmptyFolder } from "../../tools/repository.ts";

/** Runs a task of the project from another folder. */
function startTask(cwd: string, ...parameters: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", `--config=${REPOSITORY}/deno.json`, ...parameters],
    // This test may itself run below a task, which has set its own.
    ...{ cwd, env: { INIT_CWD: cwd, NO_COLOR: "1" } },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
  const stdout = new LineReader(child.stdout);
  const stderr = new LineReader(child.stderr);
  return {
    child,
    stdout,
    stderr,
    async [Symbol.asyncDispose]() {
      // It hands the signal on to its program.
      child.kill("SIGTERM");
      await child.status;
      await Promise.all([stdout.all(), stderr.all()]);
    },
  };
}

const exists = async (path: string) => await Deno.stat(path).then(() => true, () => false);

Deno.test("deno task hubbub, start: paths start from the folder of the caller", async () => {
  await withEmptyFolder(async (parent) => {
    const folder = `${parent}/a folder`;
    await Deno.mkdir(folder);
    // What is wrong with the caller's own configuration is none of the program's business.
    await Deno.writeTextFile(`${folder}/deno.json`, "{ broken");
    await Deno.writeTextFile(`${folder}/chat.json`, '{ "port": 0, "data": "kept" }');
    {
      await using serve = startTask(folder, "hubbub", "serve", "--config", "chat.json");
      await serve.stdout.until(/^Listening on /m);
      assertEquals(await exists(`${folder}/kept/hubbub.db`), true);
    }
    {
      await using start = startTask(folder, "start", "--port", "0", "--data", "./also kept");
      await start.stdout.until(/^Listening on /m);
      assertEquals(await exists(`${folder}/also kept/hubbub.db`), true);
    }
  });
});

for (const task of ["start", "hubbub"] as const) {
  // It clears its progress bar late at the first start, and with it the last lines of the program.
  Deno.test(`deno task ${task}: the runtime prints no progress between the lines of the program`, () =>
    assertMatch(config.tasks[task].command, / deno run -q /));
}
