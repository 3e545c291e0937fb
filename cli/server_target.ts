/**
 * The server to connect to, given as words or as `--host` and `--port`.
 *
 * @module
 */

import { InvalidArgumentError } from "./options/commander.ts";
import type { Endpoint } from "../client/core/transport.ts";
import { type NamedServer, namedServer } from "./named_servers.ts";
import { type AddressTable, type AddressWords, PARTS, refuseTwice } from "./address_parts.ts";
import {
  type PartialAddress,
  type ServerAddress,
  serverAddress,
  withoutPassword,
  withoutWebSocket,
} from "./options/addresses.ts";
import type { Origin, Settings } from "./options/settings.ts";
import type { OptionTable } from "./options/table.ts";

/** The server without a given host and port. */
export const DEFAULT_ENDPOINT: Endpoint = { host: "127.0.0.1", port: 8080 };

/** A server, and the settings with which to connect to it. */
export interface ResolvedServer<Table extends OptionTable> {
  readonly address: ServerAddress;
  readonly settings: Settings<Table>;
}

/**
 * Resolves the server that words, or the options `--host` and `--port`, name. For each part the words
 * take precedence over the environment. A server of the client's configuration file
 * ({@link namedServer}) gives the other options, too, where neither the command line nor the
 * environment does.
 *
 * @throws {CliError} when the command line gives a part twice.
 */
export function resolveServer<Table extends AddressTable>(
  settings: Settings<Table>,
  words: AddressWords,
): ResolvedServer<Table> {
  const [first, second] = words;
  const named = first === undefined ? undefined : namedServer(first);
  if (named !== undefined) {
    const port = second === undefined ? undefined : serverAddress(first, second).port;
    return at(named, settings, {
      ...(port === undefined ? undefined : { port }),
      ...partsOf(settings, ["command line"]),
    });
  }
  const given = serverAddress(first, second);
  refuseTwice(settings, given, words);
  const { host, port } = partsOf(settings, ["command line", "environment"]);
  if (given.host !== undefined || host === undefined) {
    return { address: { ...(port === undefined ? undefined : { port }), ...given }, settings };
  }
  const namedHost = namedServer(host);
  if (namedHost !== undefined) {
    const { port } = partsOf(settings, ["command line"]);
    return at(namedHost, settings, { ...(port === undefined ? undefined : { port }), ...given });
  }
  const url = serverAddress(host, undefined);
  refuseTwice(settings, url.port === undefined ? {} : { port: url.port }, [withoutPassword(host)]);
  return {
    address: { ...(port === undefined ? undefined : { port }), ...url, ...given },
    settings,
  };
}

/** A named server. @param parts of the address that are given besides. */
function at<Table extends AddressTable>(
  { address, options }: NamedServer,
  settings: Settings<Table>,
  { host, port }: PartialAddress,
): ResolvedServer<Table> {
  const parts = {
    ...(host === undefined ? undefined : serverAddress(host, undefined)),
    ...(port === undefined ? undefined : { port }),
  };
  return { address: { ...address, ...parts }, settings: settings.withFile(options) };
}

/** Reads one word as {@link resolveServer} does, for an option that names a server. */
export function serverOf(word: string): ServerAddress {
  return namedServer(word)?.address ?? serverAddress(word, undefined);
}

/** The parts of an address that the options give, from these origins. */
function partsOf(
  settings: Settings<AddressTable>,
  origins: readonly Origin[],
): PartialAddress {
  const { values } = settings;
  const given = PARTS.filter((part) => origins.includes(settings.originOf(part)));
  return Object.fromEntries(given.map((part) => [part, values[part]]));
}

/** Whether the command line gives the server as options, so that none of its words is an address. */
export function isTargetInOptions(settings: Settings<AddressTable>): boolean {
  return PARTS.some((part) => settings.originOf(part) === "command line");
}

/**
 * {@link resolveServer} for a subcommand that connects without TLS; `undefined` if none is named.
 *
 * @throws {InvalidArgumentError} for the URL of an encrypted connection, too.
 */
export function plainEndpoint(
  settings: Settings<AddressTable>,
  words: AddressWords,
): Endpoint | undefined {
  const given = words[0] ?? settings.values.host ?? "";
  const resolved = resolveServer(settings, words);
  const { isEncrypted, ...address } = withoutWebSocket(resolved.address, given);
  if (isEncrypted === true) {
    throw new InvalidArgumentError(
      `Cannot use ${given}: this command connects without TLS. Give a plain port of the server, ` +
        "such as http://127.0.0.1:8080/ or 127.0.0.1:8080.",
    );
  }
  const isNamed = isEncrypted !== undefined || Object.keys(address).length > 0;
  return isNamed ? { ...DEFAULT_ENDPOINT, ...address } : undefined;
}
