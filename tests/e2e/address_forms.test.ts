/** The ways to name a server, on the real programs. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

/** Runs the program to its end. */
async function run(...parameters: string[]) {
  const { code, stderr } = await runProgram(parameters, { input: "" });
  return { exit: code, errors: stderr };
}

Deno.test("send, tail, chat and check reach an IPv6 server in every form", async () => {
  await using server = await startServer({ host: "::1" });
  const port = String(server.port);
  for (
    const words of sampleOf([
      ["send", `[::1]:${port}`, "hello"],
      ["send", "::1", port, "hello"],
      ["send", `http://[::1]:${port}/`, "hello"],
      ["send", "hello", "--host", "::1", "--port", port],
      ["tail", "--host", "[::1]", "--port", port, "--no-follow"],
      ["chat", `::1 ${port}`],
      ["check", `ws://[::1]:${port}`],
    ], 2)
  ) {
    const { exit, errors } = await run(...words);
    assertEquals([words, exit, errors], [words, 0, ""]);
  }
});

Deno.test("what is no address of a server is refused with the right form, exit code 2", async () => {
  for (
    const [words, advice] of sampleOf(
      [
        [["chat", "::1:8080"], "Give [::1]:8080"],
        [["chat", "--tls", "http://127.0.0.1:8080/"], "Give https://127.0.0.1:8080/ instead."],
        [["tail", "--host", "127.0.0.1:8080"], "--host 127.0.0.1 --port 8080"],
        [["send", "127.0.0.1", "0", "hello"], "from 1 to 65535"],
        [["bench", "backlog", "tls://127.0.0.1:1"], "without TLS"],
        [["check", "--tls", "tcp://127.0.0.1:1"], "Give 127.0.0.1:1 instead."],
        [["bench", "connect", "127.0.0.1:0"], "from 1 to 65535"],
        [["bench", "broadcast", "--versus", "127.0.0.1:0"], "from 1 to 65535"],
        [["serve", "http://127.0.0.1:8080/"], "Give 127.0.0.1:8080."],
        [["serve", "--host", "127.0.0.1:8080"], "--host 127.0.0.1 --port 8080"],
        [["serve", "127.0.0.1:0", "--port", "0"], "has a port already"],
        [["echo", "::1", "--host", "127.0.0.1"], "has a host already"],
        [["echo", "--host", "http://[::1]:80/"], "--host ::1 --port 80"],
        [["send", "http://[::1]:8080/?room=tea", "hi"], "no query or fragment"],
        [["bench", "http://127.0.0.1/chat/"], "a path or user in the address cannot be used"],
      ] as const,
      3,
    )
  ) {
    const { exit, errors } = await run(...words);
    assertEquals([words, exit], [words, 2]);
    assertStringIncludes(errors, advice);
  }
});
