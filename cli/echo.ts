import { Command, Option } from "@commander-js/extra-typings";
import { hostPort, Trace, type TraceOptions } from "../protocol/mod.ts";
import {
  type Acceptor,
  ECHO_MODES,
  type EchoMode,
  EchoServer,
  tracedConnection,
} from "../server/echo/mod.ts";
import { denoAcceptor } from "./deno_acceptor.ts";
import { SERVE_OPTIONS } from "./options/serve.ts";
import { onInterrupt } from "./signals.ts";
import {
  type GivenTrace,
  segmentOption,
  traceDelayOption,
  traceOption,
  traceOptionsOf,
} from "./trace_options.ts";
import { host, listenAddress } from "./options/addresses.ts";
import { refuseTwice } from "./server_target.ts";
import { choice, integer, port } from "./options/values.ts";
import { ownerGone } from "./own_program.ts";
import { mention, tell } from "./standard_streams.ts";

const LINE_TIMEOUT = SERVE_OPTIONS["line-timeout"];

const EXAMPLES = `
Examples:
  hubbub echo                                       many clients at once; try it with: nc 127.0.0.1 8080
  hubbub echo --prefix 'Server received: '          every line comes back with that before it
  hubbub echo --mode iterative                      one client to its end, the others wait in the queue
  hubbub echo --mode once --port 9000               one message a client, then the next client
  hubbub check 127.0.0.1 8080                       checks it from another terminal`;

/** `hubbub echo`: the echo servers of the textbooks. */
export function echoCommand() {
  return new Command("echo")
    .summary("start an echo server")
    .description(
      "Sends back what clients send, byte for byte. Concurrent serves all at once; iterative serves " +
        "one until it leaves while the others wait, connected and told nothing; once answers one " +
        "message and takes the next client.",
    )
    .argument("[host[:port]]", "where to listen, instead of --host and --port")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("--mode <mode>", "how clients are served")
        .choices(ECHO_MODES).argParser(choice(ECHO_MODES)).default("concurrent" as const).env(
          "HUBBUB_MODE",
        ),
    )
    .addOption(
      new Option(
        "--prefix <text>",
        "send this before every line, or message without a newline, that goes back",
      )
        .default("", "none").env("HUBBUB_PREFIX"),
    )
    .addOption(
      new Option("--line-timeout <time|off>", LINE_TIMEOUT.help)
        .argParser(LINE_TIMEOUT.parse).default(0, "off").env("HUBBUB_LINE_TIMEOUT"),
    )
    .addOption(
      new Option("--host <address>", "address to listen on; 0.0.0.0 for all interfaces")
        .argParser(host).default("127.0.0.1").env("HUBBUB_HOST"),
    )
    .addOption(
      new Option("--port <number>", "port to listen on; 0 lets the system choose")
        .argParser(port).default(8080).env("HUBBUB_PORT"),
    )
    .addOption(
      new Option("--backlog <number>", "connections that wait to be accepted")
        .argParser(integer(1, 65_535)).default(128).env("HUBBUB_BACKLOG"),
    )
    .addOption(
      new Option("--quiet", "tell nothing of single clients").env("HUBBUB_QUIET"),
    )
    .addOption(traceOption())
    .addOption(traceDelayOption())
    .addOption(segmentOption())
    .addHelpText("after", EXAMPLES)
    .action(async (first, second, { host, port, ...options }, self) => {
      const address = listenAddress(first, second);
      refuseTwice(self, address, [first, second]);
      await echo({ host, port, ...address, ...options });
    });
}

/** Runs the server until it is told to stop. */
async function echo(
  options: {
    host: string;
    port: number;
    mode: EchoMode;
    prefix: string;
    lineTimeout: number;
    backlog: number;
    quiet?: true | undefined;
  } & GivenTrace,
): Promise<void> {
  const interrupts = onInterrupt();
  const acceptor = denoAcceptor(options);
  const server = new EchoServer(traced(acceptor, traceOptionsOf(options)), {
    mode: options.mode,
    prefix: options.prefix,
    lineTimeoutMilliseconds: options.lineTimeout,
    monotonic: () => performance.now(),
    log: options.quiet ? () => {} : (line) => tell(line),
    delay,
  });
  mention(`Listening on ${hostPort({ host: options.host, port: acceptor.port })}`);
  void Promise.race([interrupts.next(), ownerGone()]).then(() => server.stop());
  await server.run();
  const { clients, bytes } = server.totals;
  mention(`Stopped. Clients served: ${clients}, bytes echoed: ${bytes}.`);
}

/** The acceptor, with its connections traced where that was asked for. */
function traced(acceptor: Acceptor, options: TraceOptions | undefined): Acceptor {
  if (options === undefined) return acceptor;
  return {
    async accept() {
      const connection = await acceptor.accept();
      if (connection === undefined) return undefined;
      const trace = options.lines
        ? new Trace(connection.peer, Date.now, (line) => tell(line), "lines")
        : undefined;
      return tracedConnection(connection, trace, options, delay);
    },
    close: () => acceptor.close(),
  };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    // What is left to wait for must not hold up the end of the program.
    Deno.unrefTimer(setTimeout(resolve, milliseconds));
  });
}
