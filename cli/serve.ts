import { ListenError, type ServerThread, startServerThread } from "../server/server_thread.ts";
import { Log, type LogEntry, logLine } from "../server/observability/log.ts";
import type { ServerOptions } from "../server/server.ts";
import { buildInfo } from "./build_info.ts";
import { CliError, EXIT } from "./exit.ts";
import { listenFault } from "./listeners.ts";
import { listenAddress } from "./options/addresses.ts";
import type { Run } from "./options/command_line.ts";
import { type SERVE, SERVE_OPTIONS, type ServeValues } from "./options/serve.ts";
import type { Settings } from "./options/settings.ts";
import { isOwnServer, ownerGone } from "./server_owner.ts";
import { useFairEventLoop } from "./fair_event_loop.ts";
import { runtime } from "./runtime/mod.ts";
import { isEverywhere, serveBanner, type ServeStatus } from "./serve_banner.ts";
import { checkTogether, serverOptionsOf } from "./serve_values.ts";
import { refuseTwice } from "./address_parts.ts";
import { ServeReread } from "./serve_reread.ts";
import { type Interrupts, onInterrupt } from "./signals.ts";
import { announce, print, warn } from "./standard_streams.ts";

/** `hubbub serve`: the chat server. */
export const serve: Run<typeof SERVE.options> = async (given, words) => {
  const rereading = Promise.withResolvers<ServeReread>();
  // First of all: a signal during the start must not end the process without a message, and one that
  // comes once the files were read causes them to be read again.
  const interrupts = onInterrupt(
    undefined,
    () => void rereading.promise.then((reread) => reread.request()),
  );
  const own = withAddress(given, words);
  const settings = await withConfigFile(own);
  checkTogether(settings.values);
  if (settings.values.printConfig) print(String(settings));
  else await runServer(own, settings, interrupts, rereading.resolve);
};

type ServeSettings = Settings<typeof SERVE.options>;

/** An address in place of `--host` and `--port`. */
function withAddress(settings: ServeSettings, words: readonly string[]): ServeSettings {
  const address = listenAddress(words[0], words[1]);
  refuseTwice(settings, address, [words[0], words[1]]);
  const { host, port } = address;
  return settings.withCommandLine([
    ...(host === undefined ? [] : [["host", host] as const]),
    ...(port === undefined ? [] : [["port", String(port)] as const]),
  ]);
}

async function withConfigFile(settings: ServeSettings): Promise<ServeSettings> {
  const { config } = settings.values;
  if (config === undefined) return settings;
  const { configFileTexts } = await import("./serve_config.ts");
  return settings.withFile(configFileTexts(SERVE_OPTIONS, config));
}

/**
 * Runs the server until a stop signal.
 *
 * @param own the settings without those of the file, which is read again on SIGHUP.
 * @param onListening called with what rereads the files, once the server listens.
 */
async function runServer(
  own: ServeSettings,
  settings: ServeSettings,
  interrupts: Interrupts,
  onListening: (reread: ServeReread) => void,
): Promise<void> {
  const { values } = settings;
  let { logFormat } = values;
  const writeLog = (entry: LogEntry) => warn(logLine(entry, logFormat));
  const { version, commit, form, target, runtime: runtimeName } = buildInfo();
  const thread = await startThread(
    {
      ...serverOptionsOf(values),
      tls: await tlsOf(values),
      serverName: `hubbub ${version}`,
      build: { version, commit: commit ?? "unknown", form, runtime: runtimeName, target },
      // All members of `bench rooms` have the same address.
      ...isOwnServer() ? { newRoomsPerHour: null } : undefined,
    },
    writeLog,
    [values.config, values.tlsCert, values.tlsKey].filter((path) => path !== undefined),
  );
  const log = new Log(values.logLevel, Date.now, writeLog);
  const onValues = (inForce: ServeValues) => logFormat = inForce.logFormat;
  onListening(new ServeReread(own, settings, { thread, log, onValues }));
  await printBanner(values, thread);
  const isOwnerGone = ownerGone();
  await runtime.dropPermissions();
  const first = await Promise.race([
    ...[interrupts.next(), isOwnerGone.then(() => "SIGTERM" as const)],
    thread.finished.then(() => undefined),
  ]);
  if (first === undefined) throw new CliError("The server ended by itself.", EXIT.failed);
  announce("Stopping: the clients are notified. Ctrl+C again ends at once.");
  void interrupts.next().then(() => runtime.exit(EXIT.interrupted));
  // Service managers restart with SIGTERM; users stop with Ctrl+C.
  thread.stop(first === "SIGTERM" ? "restart" : "shutdown");
  // The log has the reason.
  if (await thread.finished !== undefined) throw new CliError("", EXIT.failed);
}

async function tlsOf(values: ServeValues): Promise<ServerOptions["tls"]> {
  const { tls, tlsCert: cert, tlsKey: key } = values;
  if (cert !== undefined && key !== undefined) {
    return (await import("./certificate_files.ts")).readCertificate(cert, key);
  }
  return tls === "self-signed" ? tls : null;
}

async function printBanner(
  values: ServeValues,
  { address: { host, port, tlsFingerprint, metrics }, maxClients }: ServerThread,
): Promise<void> {
  const status: ServeStatus = {
    program: runtime.programName,
    host,
    port,
    maxClients,
    backlog: values.backlog,
    web: values.web,
    metrics,
    fingerprint: tlsFingerprint,
    isSelfSigned: values.tls === "self-signed",
    tlsOnly: values.tlsOnly,
    data: values.data === undefined ? undefined : (await import("node:path")).resolve(values.data),
  };
  const localAddresses = isEverywhere(host)
    ? (await import("./lan_addresses.ts")).lanAddresses()
    : [];
  announce(serveBanner(status, localAddresses));
  if (values.qr && runtime.isTerminal(1)) {
    announce((await import("./serve_qr_code.ts")).serveQrCode(status, localAddresses));
  }
}

async function startThread(
  options: Partial<ServerOptions> & Pick<ServerOptions, "host" | "port" | "data">,
  writeLog: (entry: LogEntry) => void,
  reread: readonly string[],
): Promise<ServerThread> {
  useFairEventLoop();
  if ((options.hooksOut ?? []).length > 0) runtime.trustSystemCertificates();
  const threadOptions = await runtime.networkThreadOptions({ ...options, reread });
  try {
    return await startServerThread(options, writeLog, (line) => warn(line), threadOptions);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const isUsage = error.code === "ERR_OPERATOR_WITHOUT_ACCOUNT";
    const exitCode = isUsage ? EXIT.usage : EXIT.network;
    throw new CliError(startFault(error, options), exitCode, { cause: error });
  }
}

/** The reason of a failed start, and what to do about it. */
function startFault(error: ListenError, { host, port }: Pick<ServerOptions, "host" | "port">) {
  if (error.code === "ERR_OPERATOR_WITHOUT_ACCOUNT") {
    return error.message.replace("hubbub account", `${runtime.programName} account`);
  }
  if (error.message.startsWith("Cannot ")) return error.message;
  return listenFault(error, { host, port });
}
