/** A load tester that ends without stopping its server. The server has the same standard error. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { isFromSources, PROGRAM, runProgram, startProgram } from "../support/program.ts";

const UNCAUGHT_ERROR = fileURLToPath(new URL("../fixtures/uncaught_error.ts", import.meta.url));

const SERVERS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ["a chat server of its own", ["broadcast", "-c", "2", "-d", "10m"]],
  ["an echo server of its own", ["echo", "-c", "2", "-d", "10m"]],
];

const COMMAND = [
  ...["echo", "-c", "2", "-d", "10m", "--", ...PROGRAM],
  ...["echo", "--port", "{port}", "--quiet"],
];

for (const [name, words] of SERVERS) {
  Deno.test(`bench: a load tester that is killed leaves nothing behind of ${name}`, async () => {
    await using bench = startProgram(["bench", ...words]);
    await bench.stdout.until(/^Running /m);
    bench.child.kill("SIGKILL");
    await bench.stderr.all();
  });
}

Deno.test("bench: a server with a command is not its own, also if bench itself belongs to a lesson", async () => {
  const command = [
    "echo",
    "-c",
    "2",
    "-a",
    "20",
    "--",
    ...COMMAND.slice(COMMAND.indexOf("--") + 1),
  ];
  const { code, stdout, stderr } = await runProgram(["bench", ...command], {
    env: { HUBBUB_OWNER: "1" },
  });
  assertEquals(code, 0, stdout + stderr);
});

for (const [name, words] of [...SERVERS, ["a server with a command", COMMAND] as const]) {
  Deno.test({
    name: `bench: an uncaught error leaves nothing behind of ${name}`,
    ignore: Deno.build.os === "windows" || !isFromSources("uncaught errors of bench"),
    fn: async () => {
      await using bench = startProgram(["bench", ...words], { preload: UNCAUGHT_ERROR });
      await bench.stdout.until(/^Running /m);
      bench.child.kill("SIGUSR1");
      assertStringIncludes(await bench.stderr.all(), "thrown by a test");
      assertEquals(await bench.exit, 1);
    },
  });
}
