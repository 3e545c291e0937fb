/**
 * The server to load: an address, a URL, a Unix socket, or a command that
 * starts it.
 *
 * @module
 */

import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Target } from "../bench/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import type { NamedServer } from "./started_server.ts";
import { TARGET_OPTIONS } from "./options/clients.ts";
import { settingsOf } from "./options/command_line.ts";
import { type AddressWords, DEFAULT_TARGET, resolveServer, serverOf } from "./server_target.ts";

/** The prefix of a Unix socket's path. */
const UNIX = "unix:";

/** Maximum length of a Unix socket's path on Linux (`sun_path` in unix(7)), in bytes. */
const MAX_PATH_BYTES = 107;

/** The options of an address. They have no variables: the variable with the server of a chat must not
 * choose the server to load. */
export const LOADED_ADDRESS_TABLE = {
  host: { ...TARGET_OPTIONS.host, variables: [] },
  port: { ...TARGET_OPTIONS.port, variables: [] },
} as const;

/** The options that name the server to load. */
export const LOADED_SERVER_OPTIONS = {
  host: () =>
    new Option("--host <address>", TARGET_OPTIONS.host.help).argParser(TARGET_OPTIONS.host.parse),
  port: () =>
    new Option("--port <number>", TARGET_OPTIONS.port.help).argParser(TARGET_OPTIONS.port.parse),
  tls: () => new Option("--tls", "connect with TLS; certificates are not verified"),
  /** The words behind `--` on the command line; see {@link withServerCommand}. */
  serverCommand: () => new Option("--server-command <json>").argParser(commandOf).hideHelp(),
};

/** The server that words, {@link LOADED_SERVER_OPTIONS} and the command behind `--` name. */
export function namedServer(command: CommandUnknownOpts, words: AddressWords): NamedServer {
  const { serverCommand } = command.opts() as { readonly serverCommand?: readonly string[] };
  return { target: loadTarget(command, words), command: serverCommand };
}

/** The target that words, or {@link LOADED_SERVER_OPTIONS}, name; `undefined` if they name none. */
export function loadTarget(command: CommandUnknownOpts, words: AddressWords): Target | undefined {
  const { tls } = command.opts() as { readonly tls?: true };
  const socket = unixSocket(words);
  if (socket !== undefined) {
    if (tls !== true) return socket;
    throw new CliError("Cannot use --tls with a Unix socket.", EXIT.usage);
  }
  const given = settingsOf(command, LOADED_ADDRESS_TABLE);
  const { address: { isEncrypted, ...address } } = resolveServer(given, words);
  if (isEncrypted === false && tls === true) {
    throw new CliError(
      `Cannot use --tls with ${words[0]}: give https:// in the address, or leave out --tls.`,
      EXIT.usage,
    );
  }
  if (Object.keys(address).length > 0) return target(address, isEncrypted === true || tls === true);
  if (tls !== true) return undefined;
  throw new CliError("Cannot use --tls without a server: give its address.", EXIT.usage);
}

/** Reads the address of another server to load. */
export function loadServer(value: string): Target {
  const socket = unixSocket([value]);
  if (socket !== undefined) return socket;
  const { isEncrypted, ...address } = serverOf(value);
  return target(address, isEncrypted === true);
}

function target(address: { host?: string; port?: number }, isEncrypted: boolean): Target {
  return {
    ...DEFAULT_TARGET,
    ...address,
    ...isEncrypted ? { isEncrypted } as const : undefined,
  };
}

function unixSocket([first = "", second]: AddressWords): Target | undefined {
  if (!first.startsWith(UNIX)) return undefined;
  const path = first.slice(UNIX.length);
  const length = new TextEncoder().encode(path).length;
  if (second === undefined && length > 0 && length <= MAX_PATH_BYTES) {
    return { host: "", port: 0, path };
  }
  throw new InvalidArgumentError(
    `Invalid address "${first}": expected ${UNIX} and the path of a Unix socket, of at most ` +
      `${MAX_PATH_BYTES} bytes, such as unix:/run/chat.sock.`,
  );
}

/**
 * Moves the words behind `--` in a command line of `bench` into an option: commander would read them as
 * arguments.
 */
export function withServerCommand(parameters: readonly string[]): string[] {
  const end = parameters.indexOf("--");
  if (parameters[0] !== "bench" || end < 0) return [...parameters];
  const command = parameters.slice(end + 1);
  return [...parameters.slice(0, end), "--server-command", JSON.stringify(command)];
}

function commandOf(json: string): readonly string[] {
  const command: readonly string[] = JSON.parse(json);
  if (command.length > 0 && command[0] !== "") return command;
  throw new CliError("Give a command that starts the server behind --.", EXIT.usage);
}
