/** The parts of the runtime that only Node itself has, run by it from the sources. */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { nodeFolder } from "../../support/node.ts";

const folder = nodeFolder();
const ignore = folder === undefined || Deno.build.os === "windows";

const MODULE = new URL("../../../cli/runtime/node.ts", import.meta.url).href;

/**
 * Runs a script with the runtime as `runtime`, below a script of bash in which `"$@"` is its command line.
 *
 * @returns standard output and standard error.
 */
async function run(script: string, shell: string, env: Record<string, string> = {}) {
  const code = `const { runtime } = await import(${JSON.stringify(MODULE)}); ${script}`;
  const node = [join(folder!, "node"), "--disable-warning=ExperimentalWarning"];
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", shell, "bash", ...node, "--input-type=module", "--eval", code],
    ...{ env, stdin: "null" },
  }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
}

/** Reads the output of the program, but nothing before its first line of errors. */
const READ_WHEN_FULL = `
  folder=$(mktemp -d) && mkfifo "$folder/errors" || exit
  "$@" 2> "$folder/errors" | { read -r < "$folder/errors"; cat; }
  rm -r "$folder"`;

Deno.test({
  name: "runtime of Node: a line is printed whole to a pipe that is full and does not block",
  ignore,
  async fn() {
    // A socket makes its pipe non-blocking, as another program may do.
    const fill = `
      const { Socket } = await import("node:net");
      const { writeSync } = await import("node:fs");
      new Socket({ fd: 1 }).unref();
      try { for (;;) writeSync(1, "x"); } catch { console.error("full"); }`;
    const print = `runtime.printLine("output", "line ".repeat(50_000));`;
    const [printed = ""] = await run(fill + print, READ_WHEN_FULL);
    assertEquals(printed.replace(/^x+/, ""), `${"line ".repeat(50_000)}\n`);
  },
});

Deno.test({
  name: "runtime of Node: output is written as far as the pipe has room, and the rest after that",
  // Elsewhere the write waits.
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    const write = `
      let rest = Buffer.from("line\\n".repeat(50_000));
      let isFull = false;
      while (rest.length > 0) {
        const written = await runtime.writeOutput(rest);
        if (written === 0 && !isFull) console.error("full");
        isFull ||= written === 0;
        rest = rest.subarray(written);
      }`;
    const [printed] = await run(write, READ_WHEN_FULL);
    assertEquals(printed, "line\n".repeat(50_000));
  },
});

Deno.test({
  name: "runtime of Node: output without a reader fails in words, with the code of the system",
  ignore,
  async fn() {
    const report = "catch ({ message, code }) { console.error(message, code); }";
    for (
      const call of ['runtime.printLine("output", "x")', "runtime.writeOutput(Buffer.from('x'))"]
    ) {
      const script = `try { for (;;) await ${call}; } ${report}`;
      assertEquals((await run(script, '"$@" | true'))[1], "Broken pipe EPIPE\n", call);
    }
  },
});

Deno.test({
  name: "runtime of Node: its facts have the names of Deno",
  ignore,
  async fn() {
    const show = "const { os, arch, noColor } = runtime; console.log(os, arch, noColor);";
    for (const [noColor, expected] of [["", false], ["1", true]] as const) {
      const [shown] = await run(show, 'exec "$@"', { NO_COLOR: noColor });
      assertEquals(shown, `${Deno.build.os} ${Deno.build.arch} ${expected}\n`);
    }
  },
});
