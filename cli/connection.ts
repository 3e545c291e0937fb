/**
 * What `chat`, `send` and `tail` have in common: how to reach a server, and as whom.
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import {
  ChatError,
  type ChatOutcome,
  type ConnectionError,
  type ConnectOptions,
  exitCodeOf,
} from "../client/mod.ts";
import { DEFAULT_ROOM, type ErrorCode, hostPort } from "../protocol/mod.ts";
import { encryptedTransport, ENCRYPTION_OPTIONS, type GivenEncryption } from "./encryption.ts";
import { CliError, EXIT } from "./exit.ts";
import { nearestServer } from "./named_servers.ts";
import type { ServerAddress } from "./options/addresses.ts";
import { DEFAULT_TARGET, TARGET_OPTIONS } from "./server_target.ts";
import { duration } from "./options/values.ts";

/**
 * A command with the options of a connection.
 *
 * @param nameHelp what the help says of `--name`.
 */
export function connectionCommand(command: string, nameHelp: string) {
  return new Command(command)
    .addOption(TARGET_OPTIONS.host().env("HUBBUB_HOST"))
    .addOption(TARGET_OPTIONS.port().env("HUBBUB_PORT"))
    .addOption(new Option("--name <name>", nameHelp).env("HUBBUB_NAME"))
    .addOption(
      new Option("--room <room>", `the room to join; default: ${DEFAULT_ROOM}`).env("HUBBUB_ROOM"),
    )
    .addOption(
      new Option("--connect-timeout <time>", "how long connecting may take")
        .argParser(duration(100, 3_600_000)).default(10_000, "10s").env("HUBBUB_CONNECT_TIMEOUT"),
    )
    .addOption(
      new Option("--no-reconnect", "end when the connection breaks, instead of making it again")
        .env("HUBBUB_NO_RECONNECT"),
    )
    .addOption(
      new Option(
        "--name-password <text>",
        "the password of a protected name; others see the command line, so rather set " +
          "HUBBUB_NAME_PASSWORD",
      ).env("HUBBUB_NAME_PASSWORD"),
    )
    .addOption(
      new Option("--server-password <text>", "the server's; likewise")
        .env("HUBBUB_SERVER_PASSWORD"),
    )
    .optionsGroup("Encryption:")
    .addOption(ENCRYPTION_OPTIONS.tls())
    .addOption(ENCRYPTION_OPTIONS.firstUse())
    .addOption(ENCRYPTION_OPTIONS.fingerprint())
    .addOption(ENCRYPTION_OPTIONS.insecure())
    .optionsGroup("Options:");
}

/** The options of {@link connectionCommand}, as they were given. */
export interface GivenConnection extends GivenEncryption {
  readonly room?: string | undefined;
  readonly connectTimeout: number;
  readonly reconnect: boolean;
  readonly namePassword?: string | undefined;
  readonly serverPassword?: string | undefined;
}

/** How to reach the server that was asked for. */
export function connectionOf(
  { isEncrypted, ...address }: ServerAddress,
  given: GivenConnection,
): Omit<ConnectOptions, "name"> & typeof DEFAULT_TARGET {
  const { room, connectTimeout, reconnect, namePassword, serverPassword } = given;
  const { firstUse, fingerprint, insecure } = given;
  const tls = given.tls === true || isEncrypted === true;
  if (isEncrypted === false && (tls || fingerprint !== undefined || insecure === true)) {
    throw new CliError(
      `Cannot encrypt the connection to a plain URL. Give ${
        hostPort({ ...DEFAULT_TARGET, ...address })
      } instead.`,
      EXIT.usage,
    );
  }
  const openTransport = encryptedTransport({ tls, firstUse, fingerprint, insecure });
  return {
    ...DEFAULT_TARGET,
    ...address,
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
  ["wrong_password", NAME_PASSWORD_ADVICE],
]);

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
  if (error instanceof ChatError) return ADVICE.get(error.code) ?? "";
  return error.code === "unknown_host" && word !== undefined ? nearestServer(word) : "";
}

/** A name for who was given none, such as `guest-4711`. */
export function madeUpName(kind: string): string {
  return `${kind}-${Math.floor(1000 + 9000 * Math.random())}`;
}
