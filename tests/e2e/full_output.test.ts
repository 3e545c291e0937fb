/**
 * What a program prints cannot be written, since the disk of its output is full or its reader is gone.
 */

import { assertEquals } from "@std/assert";
import { startProgram, startServe } from "../support/program.ts";

const FULL = "/dev/full";
const withoutFullDevice = Deno.build.os !== "linux";

Deno.test({
  name: "a full disk below standard output: one sentence, exit 1",
  ignore: withoutFullDevice,
  fn: async () => {
    await using serve = await startServe();
    const server = `127.0.0.1:${serve.port}`;
    await using said = startProgram(["send", server, "hello"]);
    assertEquals(await said.exit, 0);
    for (
      const [parameters, reason] of [
        [["tail", server, "--no-follow"], "Cannot write the messages: No space left on device.\n"],
        [
          ["tail", server, "--no-follow", "--json"],
          "Cannot write the messages: No space left on device.\n",
        ],
        [["--help"], "Cannot write to standard output: no space left on device.\n"],
        [
          ["bench", "codec", "-d", "10ms"],
          "Cannot write to standard output: no space left on device.\n",
        ],
      ] as const
    ) {
      await using program = startProgram(parameters, { shell: `exec "$@" > ${FULL}` });
      assertEquals(await program.stderr.all(), reason, parameters.join(" "));
      assertEquals(await program.exit, 1);
    }
  },
});

Deno.test({
  name: "a full disk below its log stops no server",
  ignore: withoutFullDevice,
  fn: async () => {
    await using serve = await startServe(["--log-level", "debug"], {
      shell: `exec "$@" 2> ${FULL}`,
    });
    for (let count = 0; count < 3; count++) {
      await using said = startProgram(["send", `127.0.0.1:${serve.port}`, "hello"]);
      assertEquals(await said.exit, 0);
    }
    serve.child.kill("SIGINT");
    assertEquals(await serve.exit, 0);
  },
});

Deno.test({
  name: "a pipe whose reader has gone: no error, as the reader has what it wants",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // The pipe loses its only reader before the program starts.
    const shell = 'pipe=$(mktemp -u) && mkfifo "$pipe" && exec 3<>"$pipe" >"$pipe" 3<&- && ' +
      'rm "$pipe" && exec "$@"';
    for (const parameters of [["--help"], ["learn", "--list"]]) {
      await using program = startProgram(parameters, { shell });
      assertEquals(await program.stderr.all(), "", parameters.join(" "));
      assertEquals(await program.exit, 0);
    }
  },
});
