import { Option } from "@commander-js/extra-typings";
import process from "node:process";
import {
  ConnectionError,
  type ConnectOptions,
  hasWebPage,
  openTcp,
  type OpenTransport,
  runPlainChat,
  runTerminalChat,
  systemClientClock,
  tracedTransport,
} from "../client/mod.ts";
import { hostPort, Trace } from "../protocol/mod.ts";
import { formFragment } from "../web/model/server_field.ts";
import { connectionCommand, connectionOf, endWith, madeUpName } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import { jobControl } from "./job_control.ts";
import { openUrl } from "./open_url.ts";
import { stopOnInterrupt } from "./signals.ts";
import {
  type GivenTrace,
  segmentOption,
  traceDelayOption,
  traceOption,
  traceOptionsOf,
} from "./trace_options.ts";
import { serverTarget } from "./server_target.ts";
import { say, standardErrors, standardOutput, tell } from "./standard_streams.ts";

/** `hubbub chat`: the terminal client, and the same for pipes. */
export function chatCommand() {
  return connectionCommand("chat", "your name; a terminal asks for it")
    .summary("join a chat")
    .description(
      "Joins a chat. On a terminal Tab completes, the arrows bring back what was typed, /help tells " +
        "what to type and Ctrl+C leaves. In a pipe every line of standard input is sent and every line of the chat " +
        "printed, and it ends when the input has ended and everything was acknowledged. With an echo server or another line " +
        "chat it says so, and talks by plain lines.",
    )
    .argument("[host[:port]]", "the server, or its name in client.json; default: 127.0.0.1:8080")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("--no-color", "no colours on a terminal; NO_COLOR in the environment does it too")
        .env("HUBBUB_NO_COLOR"),
    )
    .addOption(traceOption())
    .addOption(traceDelayOption())
    .addOption(segmentOption())
    // Without a variable: HUBBUB_WEB is an option of `serve`.
    .addOption(new Option("--web", "open the server's page in the browser instead"))
    .action(async (first, second, _options, self) => {
      const server = serverTarget(self, [first, second]);
      const { name, color, web, ...connection } = self.opts();
      const plain = connectionOf(server, connection);
      if (web === true) return await openPage(plain, name);
      const target = traced(plain, connection);
      endWith(await chat(target, name, color && !Deno.noColor), first);
    });
}

/** `hubbub chat --web`. */
async function openPage(
  target: ReturnType<typeof connectionOf>,
  name = "",
): Promise<void> {
  const { room = "", openTransport } = target;
  const scheme = openTransport === undefined ? "http" : "https";
  const url = `${scheme}://${hostPort(target)}/${formFragment({ name, room })}`;
  const hasPage = await hasWebPage(target).catch((error) => {
    if (!(error instanceof ConnectionError)) throw error;
    throw new CliError(error.message, EXIT.network, { cause: error });
  });
  if (!hasPage) {
    throw new CliError(
      `${hostPort(target)} serves no browsers (--no-web). Join without --web.`,
      EXIT.failed,
    );
  }
  say(url);
  if (await openUrl(url)) return;
  throw new CliError("No browser could be opened. Open the address above in one.", EXIT.failed);
}

/** The target, with its connections traced where that was asked for. */
function traced<Target extends { openTransport?: OpenTransport }>(
  target: Target,
  given: GivenTrace,
): Target {
  const options = traceOptionsOf(given);
  if (options === undefined) return target;
  const traceOf = (connection: string) =>
    options.lines ? new Trace(connection, Date.now, (line) => tell(line)) : undefined;
  const open = target.openTransport ?? openTcp;
  return { ...target, openTransport: tracedTransport(open, traceOf, options, systemClientClock) };
}

async function chat(
  target: Omit<ConnectOptions, "name">,
  name: string | undefined,
  color: boolean,
) {
  const options = { ...target, input: process.stdin, stop: stopOnInterrupt() };
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const outcome = isTerminal
    ? await runTerminalChat({
      ...options,
      ...{ color, jobs: jobControl(), output: process.stdout, errors: process.stderr },
      ...(name === undefined ? undefined : { name }),
    })
    : await runPlainChat({
      ...options,
      ...{ name: name ?? madeUpName("guest"), isNameMadeUp: name === undefined },
      ...{ output: standardOutput(), errors: standardErrors },
    });
  return outcome;
}
