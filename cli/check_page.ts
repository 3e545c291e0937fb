import { ChatClient } from "../client/chat_client.ts";
import { runPageChecks } from "../client/page_checks.ts";
import { ChatError } from "../client/core/chat_error.ts";
import { ConnectionError } from "../client/core/connection_errors.ts";
import { pagePath } from "../client/core/web_address.ts";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { reportSummary, resultLine } from "./check_results.ts";
import type { ConnectionTarget } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import { print } from "./standard_streams.ts";

/** `hubbub check` of the URL of a page. */
export async function checkPage(target: ConnectionTarget, timeout: number): Promise<void> {
  const page = `${hostPort(target)}${pagePath(target.webSocket!)}`;
  let isFirst = true;
  try {
    reportSummary(
      await runPageChecks({
        async connect(name) {
          const client = await ChatClient.connect({ ...target, name });
          if (isFirst) print(`${page} is ${cleanLine(client.welcome!.server)}, by WebSocket.`);
          isFirst = false;
          return client;
        },
        patienceMilliseconds: timeout,
        onResult: (result) => print(resultLine(result)),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    const code = error instanceof ChatError ? EXIT.failed : EXIT.network;
    throw new CliError(error.message, code, { cause: error });
  }
}
