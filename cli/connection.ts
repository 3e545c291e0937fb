/**
 * Connections of `chat`, `send`, `tail` and `check`: how to connect, and how their failures end the program.
 *
 * @module
 */

import { join } from "node:path";
import { ChatError } from "../client/core/chat_error.ts";
import { type ChatOutcome, exitCodeOf } from "../client/outcome.ts";
import type { ConnectionError } from "../client/core/connection_errors.ts";
import type { ConnectOptions } from "../client/chat_client.ts";
import { KnownHosts } from "../client/transports/known_hosts.ts";
import { type HttpProxy, openTunnel } from "../client/transports/http_tunnel.ts";
import { openTls, openTlsOnFirstUse } from "../client/transports/tls_transport.ts";
import type { OpenTransport } from "../client/core/transport.ts";
import { pagePath } from "../client/core/web_address.ts";
import { type ErrorCode, hostPort, protocolError } from "../protocol/mod.ts";
import { configFolder } from "./config_folder.ts";
import { CliError, EXIT } from "./exit.ts";
import { refuseUntrusted } from "./file_trust.ts";
import { nearestServer } from "./named_servers.ts";
import type { ServerAddress } from "./options/addresses.ts";
import type { ConnectionValues } from "./options/clients.ts";
import { httpProxy, NO_PROXY, proxyVariable } from "./options/http_proxy.ts";
import { faultOf } from "./options/settings.ts";
import { readVariable, variable } from "./options/variables.ts";
import { runtime } from "./runtime/mod.ts";
import { DEFAULT_ENDPOINT } from "./server_target.ts";
import { warn } from "./standard_streams.ts";

/** The file with the certificates of known servers, in the configuration folder. */
const KNOWN_HOSTS = "known_hosts";

/** How to connect to a server. */
export type ConnectionTarget = Omit<ConnectOptions, "name"> & typeof DEFAULT_ENDPOINT;

/**
 * How to connect to a server.
 *
 * @throws {CliError} for options of an encrypted connection with a plain URL.
 */
export function connectionOf(
  { isEncrypted, ...address }: ServerAddress,
  values: Omit<ConnectionValues, "host" | "port" | "name">,
): ConnectionTarget {
  const { room, connectTimeout, reconnect, namePassword, serverPassword, insecure } = values;
  const tls = values.tls || isEncrypted === true;
  const { webSocket } = address;
  const server = { ...DEFAULT_ENDPOINT, ...address };
  if (isEncrypted === false && (tls || values.fingerprint !== undefined || insecure)) {
    const encrypted = webSocket === undefined
      ? hostPort(server)
      : `https://${hostPort(server)}${pagePath(webSocket)}`;
    throw new CliError(
      `Cannot encrypt the connection to a plain URL. Give ${encrypted} instead.`,
      EXIT.usage,
    );
  }
  const proxy = proxyOf(values.proxy, webSocket && { ...server, isEncrypted: tls });
  const over = proxy === undefined ? undefined : openTunnel(proxy);
  const openTransport = encryptedTransport({ ...values, tls }, over) ?? over;
  return {
    ...server,
    connectTimeoutMilliseconds: connectTimeout,
    ...(room === undefined ? undefined : { room }),
    ...(namePassword === undefined ? undefined : { password: namePassword }),
    ...(serverPassword === undefined ? undefined : { serverPassword }),
    ...(openTransport === undefined ? undefined : { openTransport }),
    ...(reconnect ? undefined : { reconnect }),
  };
}

const NAME_PASSWORD_ADVICE =
  "Give the password of the name as HUBBUB_NAME_PASSWORD in the environment, or --name-password.";

/** The options that mend a refusal, by its code. */
const ADVICE: ReadonlyMap<ErrorCode, string> = new Map([
  [
    "server_password_wrong",
    "Give the server's password as HUBBUB_SERVER_PASSWORD in the environment, or --server-password.",
  ],
  ["password_needed", NAME_PASSWORD_ADVICE],
  [
    "wrong_password",
    "Check the password of the name: HUBBUB_NAME_PASSWORD in the environment, or --name-password.",
  ],
]);

const WRONG_SERVER_PASSWORD = protocolError("server_password_wrong").text;
const WRONG_SERVER_PASSWORD_ADVICE =
  "Check the server's password: HUBBUB_SERVER_PASSWORD in the environment, or --server-password.";

/**
 * Ends the program with the exit code of a chat. The chat has printed its error; this adds the options
 * that mend it, or, for an unknown host, the server of the configuration file with a similar name.
 *
 * @param word the first word of the command line that names the server.
 * @throws {CliError} unless the exit code is 0.
 */
export function endWith(outcome: ChatOutcome, word: string | undefined): void {
  const exitCode = exitCodeOf(outcome);
  if (exitCode === EXIT.done) return;
  throw new CliError(outcome.type === "failed" ? adviceFor(outcome.error, word) : "", exitCode);
}

function adviceFor(error: ConnectionError | ChatError, word: string | undefined): string {
  if (error instanceof ChatError) {
    // A missing and a wrong password have the same code.
    if (error.text === WRONG_SERVER_PASSWORD) return WRONG_SERVER_PASSWORD_ADVICE;
    return ADVICE.get(error.code) ?? "";
  }
  return error.code === "unknown_host" && word !== undefined ? nearestServer(word) : "";
}

/** A name for a client that was given none, such as `guest-4711`. */
export function generatedName(kind: string): string {
  return `${kind}-${Math.floor(1000 + 9000 * Math.random())}`;
}

/**
 * The proxy that an option gives, or, to the server of a URL, the environment.
 *
 * @throws {CliError} for a proxy of the environment that cannot be used.
 */
function proxyOf(
  given: ConnectionValues["proxy"],
  server: Parameters<typeof proxyVariable>[1] | undefined,
): HttpProxy | undefined {
  if (given !== undefined) return given === NO_PROXY ? undefined : given;
  const name = server && proxyVariable(readVariable, server);
  const text = name && variable(name);
  if (name === undefined || text === undefined) return undefined;
  const fault = faultOf(httpProxy, text);
  if (fault !== undefined) {
    throw new CliError(`Cannot use ${name} of the environment: ${fault}`, EXIT.usage);
  }
  const proxy = httpProxy(text);
  return proxy === NO_PROXY ? undefined : proxy;
}

/** The transport of an encrypted connection; `undefined` for a plain one. @param over the one below. */
function encryptedTransport(
  { tls, firstUse, fingerprint, insecure }: Pick<
    ConnectionValues,
    "tls" | "firstUse" | "fingerprint" | "insecure"
  >,
  over: OpenTransport | undefined,
): OpenTransport | undefined {
  if (insecure) {
    warn("The server is not authenticated: --insecure trusts any certificate.");
  }
  if (fingerprint !== undefined || insecure) return openTls({ fingerprint, insecure, over });
  if (!tls) return undefined;
  runtime.trustSystemCertificates();
  const folder = configFolder();
  if (folder === undefined) return openTls({ over });
  const path = join(folder, KNOWN_HOSTS);
  refuseUntrusted(path);
  return openTlsOnFirstUse({
    knownHosts: new KnownHosts(path),
    isTrusting: firstUse,
    over,
    onRemembered: (endpoint, found) =>
      warn(
        // After "Connecting ..." on a terminal.
        `${runtime.isTerminal(1) ? "\n" : ""}The certificate of ${hostPort(endpoint)} is signed ` +
          `by no authority that this machine trusts. It is remembered in ${path}. Compare its ` +
          `fingerprint with the one that the server has printed: ${found}`,
      ),
  });
}
