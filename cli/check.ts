import { runChecks } from "../client/check/run_checks.ts";
import { TransportStream } from "../client/transports/transport_stream.ts";
import { ConnectionError } from "../client/core/connection_errors.ts";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { reportSummary, resultLine } from "./check_results.ts";
import { connectionOf, type ConnectionTarget } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import type { CHECK } from "./options/clients.ts";
import type { Run } from "./options/command_line.ts";
import { resolveServer } from "./server_target.ts";
import { print } from "./standard_streams.ts";

/** `hubbub check`: a scripted test of any chat or echo server. */
export const check: Run<typeof CHECK.options> = async (given, words) => {
  const { address, settings: { values } } = resolveServer(given, [words[0], words[1]]);
  const target = connectionOf(address, {
    ...values,
    ...{ connectTimeout: values.timeout, reconnect: false },
    ...{ room: undefined, namePassword: undefined, serverPassword: undefined },
  });
  if (target.webSocket === undefined) return await runAll(target, values.timeout);
  const { checkPage } = await import("./check_page.ts");
  await checkPage(target, values.timeout);
};

async function runAll(
  { host, port, openTransport }: ConnectionTarget,
  patienceMilliseconds: number,
): Promise<void> {
  const endpoint = { host, port };
  try {
    reportSummary(
      await runChecks({
        endpoint,
        ...(openTransport === undefined ? undefined : {
          openStream: (to, opened) => new TransportStream(openTransport, to, opened),
        }),
        patienceMilliseconds,
        onRecognised: (title) => print(`${hostPort(endpoint)} is ${cleanLine(title)}.`),
        onResult: (result) => print(resultLine(result)),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new CliError(error.message, EXIT.network, { cause: error });
  }
}
