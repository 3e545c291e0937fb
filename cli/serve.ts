import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import config from "../deno.json" with { type: "json" };
import {
  ListenError,
  type LogEntry,
  logLine,
  type ServerOptions,
  type ServerThread,
  startServerThread,
} from "../server/mod.ts";
import { configFileTexts } from "./options/config_file.ts";
import { CliError, EXIT } from "./exit.ts";
import { listenFault } from "./listen_fault.ts";
import { addOptions, commandLineTexts } from "./options/command_line.ts";
import { configTable } from "./print_config.ts";
import { ownerGone, ownProgramName } from "./own_program.ts";
import { type AddressWords, refuseTwice } from "./server_target.ts";
import { serveBanner, serveQrCode, type ServeStatus } from "./serve_banner.ts";
import { SERVE_OPTIONS, type ServeValues } from "./options/serve.ts";
import { dropPermissions, networkThreadPermissions } from "./serve_permissions.ts";
import { checkTogether, serverOptionsOf } from "./serve_values.ts";
import { environmentTexts, settle, type Texts, valuesOf, variableOf } from "./options/settings.ts";
import { onHangup, onInterrupt } from "./signals.ts";
import { useFairEventLoop } from "./threads.ts";
import { readCertificate } from "./tls_files.ts";
import { listenAddress } from "./options/addresses.ts";
import { mention, say, tell } from "./standard_streams.ts";

/** `hubbub serve`: the chat server. */
export function serveCommand() {
  const command = new Command("serve")
    .summary("start a chat server")
    .description("Starts a chat server that anybody can join with nc, telnet or hubbub chat.")
    .argument("[host[:port]]", "where to listen, instead of --host and --port")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("--config <file>", "read options from this file (JSON)")
        .env(variableOf("config")),
    )
    .addOption(new Option("--print-config", "show every option, its value and its origin, and end"))
    .action(async (first, second, { config, printConfig }, self) => {
      const settings = settle(SERVE_OPTIONS, {
        "command line": new Map([
          ...commandLineTexts(self, SERVE_OPTIONS),
          ...addressTexts(self, [first, second]),
        ]),
        environment: environmentTexts(SERVE_OPTIONS, (variable) => Deno.env.get(variable)),
        file: config === undefined ? new Map() : await configFileTexts(SERVE_OPTIONS, config),
      });
      const values = valuesOf(SERVE_OPTIONS, settings);
      checkTogether(values);
      if (printConfig === true) say(configTable(SERVE_OPTIONS, settings));
      else await serve(values);
    });
  addOptions(command, SERVE_OPTIONS);
  return command;
}

/** An address in place of `--host` and `--port`. */
function addressTexts(command: CommandUnknownOpts, words: AddressWords): Texts {
  const address = listenAddress(words[0], words[1]);
  refuseTwice(command, address, words);
  const { host, port } = address;
  return new Map([
    ...(host === undefined ? [] : [["host", host] as const]),
    ...(port === undefined ? [] : [["port", String(port)] as const]),
  ]);
}

/** Runs the server until it is told to stop. */
async function serve(values: ServeValues): Promise<void> {
  // Before anything else: a signal that comes during the start must not kill without a word.
  const interrupts = onInterrupt();
  const writeLog = (entry: LogEntry) => tell(logLine(entry, values["log-format"]));
  const thread = await startThread(
    {
      ...serverOptionsOf(values),
      tls: await tlsOf(values),
      serverName: `hubbub ${config.version}`,
    },
    writeLog,
    [values["tls-cert"], values["tls-key"]].filter((path) => path !== undefined),
  );
  rereadCertificateOnHangup(values, thread);
  announce(values, thread);
  const isOwnerGone = ownerGone();
  await dropPermissions();
  const first = await Promise.race([
    ...[interrupts.next(), isOwnerGone.then(() => "SIGTERM" as const)],
    thread.finished.then(() => undefined),
  ]);
  if (first === undefined) throw new CliError("The server ended by itself.", EXIT.failed);
  mention("Stopping: everybody is told. Ctrl+C again ends at once.");
  void interrupts.next().then(() => Deno.exit(EXIT.interrupted));
  // Service managers restart by SIGTERM, and people stop by Ctrl+C.
  thread.stop(first === "SIGTERM" ? "restart" : "shutdown");
  // The log has told it.
  if (await thread.finished !== undefined) throw new CliError("", EXIT.failed);
}

async function tlsOf(values: ServeValues): Promise<ServerOptions["tls"]> {
  const { tls, "tls-cert": cert, "tls-key": key } = values;
  if (cert !== undefined && key !== undefined) return await readCertificate(cert, key);
  return tls === "self-signed" ? tls : null;
}

/** A renewed certificate is taken without a restart; one that cannot be used changes nothing. */
function rereadCertificateOnHangup(
  { "tls-cert": cert, "tls-key": key }: ServeValues,
  thread: ServerThread,
): void {
  // The main thread may read no files by then.
  if (cert !== undefined && key !== undefined) onHangup(() => thread.reloadTls({ cert, key }));
}

function announce(
  values: ServeValues,
  { address: { host, port, tlsFingerprint, metrics }, maxClients }: ServerThread,
): void {
  const status: ServeStatus = {
    program: ownProgramName(),
    host,
    port,
    maxClients,
    backlog: values.backlog,
    web: values.web,
    metrics,
    fingerprint: tlsFingerprint,
    isSelfSigned: values.tls === "self-signed",
    tlsOnly: values["tls-only"],
    data: values.data,
  };
  mention(serveBanner(status));
  if (values.qr && Deno.stdout.isTerminal()) mention(serveQrCode(status));
}

async function startThread(
  options: Partial<ServerOptions> & Pick<ServerOptions, "host" | "port" | "data">,
  writeLog: (entry: LogEntry) => void,
  certificate: readonly string[],
): Promise<ServerThread> {
  useFairEventLoop();
  const permissions = await networkThreadPermissions({ ...options, certificate });
  try {
    return await startServerThread(options, writeLog, (line) => tell(line), permissions);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const isUsage = error.code === "ERR_OPERATOR_WITHOUT_ACCOUNT";
    const exitCode = isUsage ? EXIT.usage : EXIT.network;
    throw new CliError(startFault(error, options), exitCode, { cause: error });
  }
}

/** What went wrong, and what to do about it. */
function startFault(error: ListenError, { host, port }: Pick<ServerOptions, "host" | "port">) {
  // What the server cannot use, it says itself.
  if (error.code === "ERR_OPERATOR_WITHOUT_ACCOUNT") {
    return error.message.replace("hubbub account", `${ownProgramName()} account`);
  }
  if (error.message.startsWith("Cannot ")) return error.message;
  return listenFault(error, { host, port });
}
