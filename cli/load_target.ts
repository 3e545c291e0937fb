/**
 * The server to load: an address, a URL, a Unix socket, or a command that starts it.
 *
 * @module
 */

import { InvalidArgumentError } from "./options/commander.ts";
import type { Target } from "../bench/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { withoutWebSocket } from "./options/addresses.ts";
import type { Settings } from "./options/settings.ts";
import type { FlagDefinition, ValueDefinition } from "./options/table.ts";
import type { AddressTable, AddressWords } from "./address_parts.ts";
import { DEFAULT_ENDPOINT, resolveServer, serverOf } from "./server_target.ts";
import type { ServerToLoad } from "./started_server.ts";

/** The prefix of the path of a Unix socket. */
const UNIX = "unix:";

/** Maximum length of the path of a Unix socket on Linux (`sun_path` in unix(7)), in bytes. */
const MAX_PATH_BYTES = 107;

/** A table with the options of an address and `--tls`. */
type LoadTargetTable = AddressTable & { readonly tls: FlagDefinition };

/** A table with the options that name the server to load. */
export type LoadedServerTable = LoadTargetTable & {
  readonly "server-command": ValueDefinition<readonly string[]>;
};

/** The server that words, options and the command behind `--` name. */
export function serverToLoad(
  settings: Settings<LoadedServerTable>,
  words: AddressWords,
): ServerToLoad {
  return { target: loadTarget(settings, words), command: settings.values.serverCommand };
}

/** The target that words, `--host`, `--port` and `--tls` name; `undefined` without one. */
export function loadTarget(
  settings: Settings<LoadTargetTable>,
  words: AddressWords,
): Target | undefined {
  const { tls } = settings.values;
  const socket = unixSocket(words);
  if (socket !== undefined) {
    if (!tls) return socket;
    throw new CliError("Cannot use --tls with a Unix socket.", EXIT.usage);
  }
  const given = words[0] ?? settings.values.host ?? "";
  const resolved = resolveServer(settings, words);
  const { isEncrypted, ...address } = withoutWebSocket(resolved.address, given);
  if (isEncrypted === false && tls) {
    throw new CliError(
      `Cannot use --tls with ${given}: give https:// in the address, or leave out --tls.`,
      EXIT.usage,
    );
  }
  if (Object.keys(address).length > 0) return target(address, isEncrypted === true || tls);
  if (!tls) return undefined;
  throw new CliError("Cannot use --tls without a server: give its address.", EXIT.usage);
}

/** Reads the address of another server to load. */
export function loadServer(value: string): Target {
  const socket = unixSocket([value]);
  if (socket !== undefined) return socket;
  const { isEncrypted, ...address } = withoutWebSocket(serverOf(value), value);
  return target(address, isEncrypted === true);
}

function target(address: { host?: string; port?: number }, isEncrypted: boolean): Target {
  return {
    ...DEFAULT_ENDPOINT,
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
    `Invalid address "${first}": expected ${UNIX} and the path of a Unix socket, with at most ` +
      `${MAX_PATH_BYTES} bytes, such as unix:/run/chat.sock.`,
  );
}
