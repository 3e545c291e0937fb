import { Command, Option } from "@commander-js/extra-typings";
import { type CheckResult, runChecks } from "../client/check/mod.ts";
import { ConnectionError } from "../client/mod.ts";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { DEFAULT_TARGET, plainTarget, TARGET_OPTIONS } from "./server_target.ts";
import { duration } from "./options/values.ts";
import { say } from "./standard_streams.ts";

const EXAMPLES = `
Examples:
  hubbub check 127.0.0.1 8080
  hubbub check localhost:9999 --timeout 1s

Exit codes: 0 nothing failed, 1 something failed, 3 cannot connect.`;

/** `hubbub check`: a scripted test of any chat or echo server. */
export function checkCommand() {
  return new Command("check")
    .summary("test a chat or echo server")
    .description(
      "Connects to any chat or echo server, finds out which it is by what it sends, and checks what " +
        "such a server should do: a line with PASS, FAIL or SKIP for each. It joins with names such " +
        "as Ann4711 and talks: do not point it at a chat in which people are.",
    )
    .argument("[host[:port]]", "the server, or its name in client.json; default: 127.0.0.1:8080")
    .argument("[port]", "the port, after a host")
    .addOption(TARGET_OPTIONS.host().env("HUBBUB_HOST"))
    .addOption(TARGET_OPTIONS.port().env("HUBBUB_PORT"))
    .addOption(
      new Option("-t, --timeout <time>", "the longest that anything is waited for")
        .argParser(duration(100, 60_000)).default(3000, "3s").env("HUBBUB_TIMEOUT"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (first, second, { timeout }, self) => {
      await check(plainTarget(self, [first, second]) ?? DEFAULT_TARGET, timeout);
    });
}

async function check(
  endpoint: { host: string; port: number },
  patienceMilliseconds: number,
): Promise<void> {
  try {
    const { passed, failed, skipped } = await runChecks({
      endpoint,
      patienceMilliseconds,
      onRecognised: (title) => say(`${hostPort(endpoint)} is ${cleanLine(title)}.`),
      onResult: (result) => say(resultLine(result)),
    });
    say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    if (failed > 0) throw new CliError("", EXIT.failed);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new CliError(error.message, EXIT.network, { cause: error });
  }
}

/** `FAIL  Unicode comes back: nothing came back in 3 s` */
function resultLine({ verdict, name, detail }: CheckResult): string {
  return `${verdict}  ${name}${detail === "" ? "" : `: ${cleanLine(detail)}`}`;
}
