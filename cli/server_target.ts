/**
 * The server to connect to, given as words or as `--host` and `--port`.
 *
 * @module
 */

import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  host,
  type PartialAddress,
  type ServerAddress,
  serverAddress,
  serverPort,
} from "./options/addresses.ts";
import { CliError, EXIT } from "./exit.ts";
import { namedServer } from "./named_servers.ts";

/** A host and a port to connect to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The server without a given host and port. */
export const DEFAULT_TARGET: Target = { host: "127.0.0.1", port: 8080 };

const PARTS = ["host", "port"] as const;

/** Zero to two words of the command line. */
export type AddressWords = readonly [first?: string | undefined, second?: string | undefined];

/** The options of {@link serverTarget}. They have no variables for the load tester: the variable with
 * the server of a chat must not choose the server to load. */
export const TARGET_OPTIONS = {
  host: () =>
    new Option("--host <address>", "host of the server, in place of the argument").argParser(host),
  port: () => new Option("--port <number>", "port of the server, likewise").argParser(serverPort),
};

/**
 * The server that words, or the options of {@link TARGET_OPTIONS}, name. For each part the words take
 * precedence over the environment. A server of the client's configuration file ({@link namedServer})
 * gives the command's other options, too, where neither the command line nor the environment does.
 *
 * @throws {CliError} when the command line gives a part twice.
 */
export function serverTarget(command: CommandUnknownOpts, words: AddressWords): ServerAddress {
  const [first, second] = words;
  const named = first === undefined ? undefined : namedServer(first);
  if (named !== undefined) {
    useOptions(command, named.options);
    const port = second === undefined ? undefined : serverAddress(first, second).port;
    return {
      ...named.address,
      ...(port === undefined ? undefined : { port }),
      ...partsOf(command, ["cli"]),
    };
  }
  const given = serverAddress(first, second);
  refuseTwice(command, given, words);
  return { ...partsOf(command, ["cli", "env"]), ...given };
}

/** Reads one word as {@link serverTarget} does, for an option that names a server. */
export function serverOf(word: string): ServerAddress {
  return namedServer(word)?.address ?? serverAddress(word, undefined);
}

/**
 * Refuses a part of an address that the command line gives in words and as `--host` or `--port`.
 *
 * @throws {CliError} that names it.
 */
export function refuseTwice(
  command: CommandUnknownOpts,
  given: PartialAddress,
  words: AddressWords,
): void {
  for (const part of PARTS) {
    if (given[part] === undefined || command.getOptionValueSource(part) !== "cli") continue;
    throw new CliError(
      `Cannot use --${part}: the address ${words.join(" ").trim()} has a ${part} already. ` +
        "Give one of them.",
      EXIT.usage,
    );
  }
}

/** The parts of an address that the options give, from these sources. */
function partsOf(command: CommandUnknownOpts, sources: readonly string[]): PartialAddress {
  const given = PARTS.filter((part) => sources.includes(command.getOptionValueSource(part) ?? ""));
  return Object.fromEntries(given.map((part) => [part, command.getOptionValue(part)]));
}

/** Sets those options of a command that were not given. */
function useOptions(command: CommandUnknownOpts, options: ReadonlyMap<string, unknown>): void {
  // A certificate that the user has named in another way takes precedence.
  const isTrustGiven = ["fingerprint", "insecure"].some((name) => isGiven(command, name));
  for (const option of command.options) {
    const name = option.name().replace(/^no-/, "");
    const key = option.attributeName();
    if (!options.has(name) || isGiven(command, key)) continue;
    if (name === "fingerprint" && isTrustGiven) continue;
    command.setOptionValueWithSource(key, options.get(name), "config");
  }
}

function isGiven(command: CommandUnknownOpts, key: string): boolean {
  return ["cli", "env"].includes(command.getOptionValueSource(key) ?? "");
}

/** Whether the command line gives the server as options, so that none of its words is an address. */
export function isTargetInOptions(command: CommandUnknownOpts): boolean {
  return PARTS.some((part) => command.getOptionValueSource(part) === "cli");
}

/**
 * {@link serverTarget} of a command that connects without TLS; `undefined` if none is named.
 *
 * @throws {InvalidArgumentError} for the URL of an encrypted connection, too.
 */
export function plainTarget(
  command: CommandUnknownOpts,
  words: AddressWords,
): Target | undefined {
  const address = serverTarget(command, words);
  return Object.keys(address).length === 0 ? undefined : plain(address, words[0]!);
}

function plain({ isEncrypted, ...address }: ServerAddress, given: string): Target {
  if (isEncrypted !== true) return { ...DEFAULT_TARGET, ...address };
  throw new InvalidArgumentError(
    `Cannot use ${given}: this command connects without TLS. Give a plain port of the server, such ` +
      "as http://127.0.0.1:8080/ or 127.0.0.1:8080.",
  );
}
