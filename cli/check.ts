import type { CheckResult } from "../client/check/check.ts";
import { runChecks } from "../client/check/run_checks.ts";
import { ConnectionError } from "../client/core/connection_errors.ts";
import type { Endpoint } from "../client/core/transport.ts";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import type { CHECK } from "./options/clients.ts";
import type { Run } from "./options/command_line.ts";
import { DEFAULT_ENDPOINT, plainEndpoint } from "./server_target.ts";
import { print } from "./standard_streams.ts";

/** `hubbub check`: a scripted test of any chat or echo server. */
export const check: Run<typeof CHECK.options> = async (settings, words) => {
  const target = plainEndpoint(settings, [words[0], words[1]]) ?? DEFAULT_ENDPOINT;
  await runAll(target, settings.values.timeout);
};

async function runAll(endpoint: Endpoint, patienceMilliseconds: number): Promise<void> {
  try {
    const { passed, failed, skipped } = await runChecks({
      endpoint,
      patienceMilliseconds,
      onRecognised: (title) => print(`${hostPort(endpoint)} is ${cleanLine(title)}.`),
      onResult: (result) => print(resultLine(result)),
    });
    print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
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
