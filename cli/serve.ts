import { Command, Option } from "@commander-js/extra-typings";
import {
  DEFAULT_SERVER_OPTIONS,
  ListenError,
  LOG_LEVELS,
  logLine,
  type ServerOptions,
  type ServerThread,
  startServerThread,
} from "../server/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { serveBanner } from "./serve_banner.ts";
import { onInterrupt } from "./signals.ts";
import { useFairEventLoop } from "./threads.ts";
import { address, duration, integer, port, rate, shownAddress } from "./values.ts";

const defaults = DEFAULT_SERVER_OPTIONS;

/** `hubbub serve`: the chat server. */
export function serveCommand() {
  return new Command("serve")
    .summary("start a chat server")
    .description("Starts a chat server that anybody can join with nc, telnet or hubbub chat.")
    .argument("[host[:port]]", "where to listen, instead of --host and --port")
    .argument("[port]", "the port, after a host")
    .optionsGroup("Where it listens:")
    .addOption(
      new Option("--host <address>", "address to listen on; 0.0.0.0 for all interfaces")
        .default(defaults.host).env("HUBBUB_HOST"),
    )
    .addOption(
      new Option("--port <number>", "port to listen on; 0 lets the system choose")
        .argParser(port).default(defaults.port).env("HUBBUB_PORT"),
    )
    .addOption(
      new Option("--backlog <number>", "connections that may wait to be accepted")
        .argParser(integer(0, 65_535)).default(defaults.backlog).env("HUBBUB_BACKLOG"),
    )
    .optionsGroup("Limits:")
    .addOption(
      new Option("--max-clients <number>", "clients at once; one more is told that it is full")
        .argParser(integer(1, 1_000_000)).default(defaults.maxClients).env("HUBBUB_MAX_CLIENTS"),
    )
    .addOption(
      new Option(
        "--rate <n[:burst]|off>",
        "messages a second from one client, and how many at once; more are read later",
      ).argParser(rate).default(defaults.rate, "20:40").env("HUBBUB_RATE"),
    )
    .addOption(
      new Option("--registration-timeout <time>", "time that a client has to give a name")
        .argParser(duration(100, 3_600_000))
        .default(defaults.registrationMilliseconds, "60s").env("HUBBUB_REGISTRATION_TIMEOUT"),
    )
    .optionsGroup("Log:")
    .addOption(
      new Option("--log-level <level>", "how much to log, on standard error")
        .choices(LOG_LEVELS).default(defaults.logLevel).env("HUBBUB_LOG_LEVEL"),
    )
    .action(async (first, second, options) => {
      const where = { host: options.host, port: options.port, ...address(first, second) };
      await serve({
        ...where,
        backlog: options.backlog,
        maxClients: options.maxClients,
        rate: options.rate,
        registrationMilliseconds: options.registrationTimeout,
        logLevel: options.logLevel,
      });
    });
}

/** Runs the server until it is told to stop. */
async function serve(
  options: Partial<ServerOptions> & Pick<ServerOptions, "host" | "port">,
): Promise<void> {
  // Before anything else: a signal that comes during the start must not kill without a word.
  const interrupts = onInterrupt();
  const thread = await startThread(options);
  console.log(serveBanner(thread, options));
  const first = await Promise.race([interrupts.next(), thread.finished]);
  if (first === undefined) throw new CliError("The server ended by itself.", EXIT.failed);
  console.log("Stopping: everybody is told. Ctrl+C again ends at once.");
  void interrupts.next().then(() => Deno.exit(EXIT.interrupted));
  thread.stop();
  await thread.finished;
}

async function startThread(
  options: Partial<ServerOptions> & Pick<ServerOptions, "host" | "port">,
): Promise<ServerThread> {
  useFairEventLoop();
  try {
    return await startServerThread(options, (entry) => console.error(logLine(entry)));
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const where = shownAddress(options.host, options.port);
    throw new CliError(
      `Cannot listen on ${where}: ${listenFault(error, options)}`,
      EXIT.network,
      { cause: error },
    );
  }
}

/** What went wrong, and what to do about it. */
function listenFault(
  { code, message }: ListenError,
  { host, port }: Pick<ServerOptions, "host" | "port">,
): string {
  switch (code) {
    case "EADDRINUSE":
      return `the port is in use. Try --port ${
        port < 65_535 ? port + 1 : 8080
      }, or stop the other server.`;
    case "EACCES":
    case "EPERM":
      return "permission denied. Ports below 1024 need an administrator; try --port 8080.";
    case "EADDRNOTAVAIL":
    case "EINVAL": // what Deno says of a foreign address
      return "this machine does not have that address. " +
        "Try --host 127.0.0.1, or --host 0.0.0.0 for all interfaces.";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `"${host}" is not an address that can be found. Try --host 127.0.0.1.`;
    default:
      return `${message}.`;
  }
}
