/** `hubbub bench` with small servers as beginners write them: its hint is a command that works. */

import { assertEquals, assertMatch } from "@std/assert";
import { findHint } from "../../cli/bench_hint.ts";
import { startBeginner, withoutBeginners } from "../support/beginner_server.ts";
import { startProgram } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";

const ignore = withoutBeginners || !isThorough("servers as beginners write them");

/** What follows `Try: hubbub bench broadcast HOST:PORT` for each kind of server. */
const HINTS: Record<string, RegExp> = {
  no_newline: /broadcast \S+ --profile line$/,
  prompt: /broadcast \S+ --profile line --own-messages$/,
  reads: /broadcast \S+ --profile line$/,
  name_first: /broadcast \S+ --profile line --own-messages$/,
  echo_prefix: /echo \S+$/,
  closes: /bench cannot load a server that closes the connection after a message\.$/,
  json: /it uses its own JSON.* Describe how to speak to it with --profile line/,
  datagrams: /broadcast \S+ --profile line --login '' --welcome ''$/,
  slow_accept: /broadcast \S+ --profile line --own-messages$/,
  no_locks: /broadcast \S+ --profile line$/,
};

Deno.test({
  name: "bench: the hint fits each of the servers as beginners write them",
  ignore,
  fn: async () => {
    await Promise.all(
      Object.entries(HINTS).map(async ([kind, hint]) => {
        await using server = await startBeginner(kind);
        const target = { host: "127.0.0.1", port: server.port };
        const tried = { target, scenario: "broadcast", takesTemplates: true };
        assertMatch(await findHint({ ...tried, profile: "json" }, 800) ?? "", hint, kind);
      }),
    );
  },
});

const SHORT = ["-c", "4", "-s", "2", "-d", "100ms", "--no-progress"];

/** A server, the profile it is loaded with in vain, and the exit code of that. */
const WRONG = [["name_first", "line", 1], ["datagrams", "json", 3], [
  "echo_prefix",
  "line",
  1,
]] as const;

Deno.test({
  name: "bench: the hint is a command that works",
  ignore,
  fn: async () => {
    await Promise.all(WRONG.map(async ([kind, profile, failed]) => {
      await using server = await startBeginner(kind);
      await using wrong = startProgram([
        ...[
          "bench",
          "broadcast",
          `127.0.0.1:${server.port}`,
          "--profile",
          profile,
          "-t",
          "1s",
          ...SHORT,
        ],
      ]);
      const [, command] = await wrong.stderr.until(/^Hint: .* Try: hubbub (.*)$/m);
      assertEquals(await wrong.exit, failed, kind);
      const words = command!.split(" ").map((word) => word === "''" ? "" : word);
      // In an echo all of them send.
      const short = words[1] === "echo" ? SHORT.toSpliced(2, 2) : SHORT;
      await using right = startProgram([...words, ...short]);
      assertMatch(await right.stdout.all(), /^No reply was lost|^No delivery was lost/m, kind);
      assertEquals(await right.exit, 0, kind);
    }));
  },
});
