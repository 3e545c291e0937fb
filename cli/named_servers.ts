/**
 * The client's configuration file: servers by names that the user chooses.
 *
 * @module
 */

import { statSync } from "node:fs";
import { join } from "node:path";
import { cleanLine } from "../protocol/mod.ts";
import { readBoundedFile } from "../server/bounded_file.ts";
import { configFolder } from "./config_folder.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { refuseUntrusted } from "./file_trust.ts";
import { type ServerAddress, serverAddress } from "./options/addresses.ts";
import { CONNECTION_OPTIONS } from "./options/clients.ts";
import { checkedTexts, parseJsonFile } from "./options/config_file.ts";
import type { Texts } from "./options/settings.ts";
import { shellWord } from "./shell_word.ts";
import { name, roomName, suggestion } from "./options/values.ts";
import type { OptionTable } from "./options/table.ts";

/** The file in the configuration folder. */
const FILE = "client.json";

/** The mode bits that let users other than the owner read. */
const READABLE_BY_OTHERS = 0o044;

/** The properties of a server in the file: its address, and options of the clients by their names. */
export const NAMED_SERVER_OPTIONS = {
  address: {
    takes: "value",
    placeholder: "<address>",
    help: "address of the server",
    parse: (value) => serverAddress(value, undefined),
  },
  name: { ...CONNECTION_OPTIONS.name, parse: name },
  room: { ...CONNECTION_OPTIONS.room, parse: roomName },
  "connect-timeout": CONNECTION_OPTIONS["connect-timeout"],
  reconnect: CONNECTION_OPTIONS.reconnect,
  "name-password": CONNECTION_OPTIONS["name-password"],
  "server-password": CONNECTION_OPTIONS["server-password"],
  proxy: CONNECTION_OPTIONS.proxy,
  tls: CONNECTION_OPTIONS.tls,
  "first-use": CONNECTION_OPTIONS["first-use"],
  fingerprint: CONNECTION_OPTIONS.fingerprint,
} as const satisfies OptionTable;

/** A server of the file. */
export interface NamedServer {
  readonly address: ServerAddress;
  /** Options of the clients. */
  readonly options: Texts;
}

/**
 * The server of a name.
 *
 * @returns `undefined` without a file, or without a server of that name.
 * @throws {CliError} when the file cannot be used.
 */
export function namedServer(word: string): NamedServer | undefined {
  // An address: the file is not read.
  if (/[:/\s[\]]/.test(word)) return undefined;
  const { path, servers } = readServers();
  const server = servers.get(word);
  if (server === undefined) return undefined;
  checkSecrecy(path, server);
  const address = serverAddress(server.get("address"), undefined);
  const isEncrypted = server.get("tls") === "yes" || server.has("fingerprint");
  return { address: isEncrypted ? { isEncrypted, ...address } : address, options: server };
}

/** A sentence with the server whose name is most similar to a word; empty without one. */
export function nearestServer(word: string): string {
  const { path, servers } = readServers();
  const meant = suggestion(word, [...servers.keys()]).trimStart();
  return meant === "" ? "" : `${path} names servers. ${meant}`;
}

export function isNamedServer(word: string): boolean {
  return namedServer(word) !== undefined;
}

/**
 * The servers of a file's content, each by its name with the texts of its options.
 *
 * @throws {CliError} that names the fault.
 */
export function parseServers(path: string, content: string): ReadonlyMap<string, Texts> {
  const { value, fail } = parseJsonFile(path, content);
  const { servers, ...others } = asObject(value) ?? {};
  const named = asObject(servers);
  if (named === undefined || Object.keys(others).length > 0) {
    return fail('it must be an object with "servers" and nothing else: ' + EXAMPLE);
  }
  return new Map(
    Object.entries(named).map(([key, server]) => {
      const texts = checkedTexts(
        NAMED_SERVER_OPTIONS,
        server,
        (what) => fail(`server "${cleanLine(key)}": ${what}`),
      );
      if (!texts.has("address")) fail(`server "${cleanLine(key)}" has no "address".`);
      return [key, texts];
    }),
  );
}

const EXAMPLE = '{ "servers": { "office": { "address": "chat.example.org:8080" } } }.';

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Record<string, unknown> : undefined;
}

/** The file's path and its servers; empty without a file. */
function readServers(): { path: string; servers: ReadonlyMap<string, Texts> } {
  const folder = configFolder();
  if (folder === undefined) return { path: "", servers: new Map() };
  const path = join(folder, FILE);
  refuseUntrusted(path);
  const content = read(path);
  return { path, servers: content === undefined ? new Map() : parseServers(path, content) };
}

function read(path: string): string | undefined {
  try {
    return readBoundedFile(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
  }
}

/** Refuses passwords that other users of the machine can read. Windows has no such modes. */
function checkSecrecy(path: string, server: Texts): void {
  const hasPassword = server.has("name-password") || server.has("server-password") ||
    ["address", "proxy"].some((option) => server.get(option)?.includes("@"));
  const mode = hasPassword ? statSync(path).mode : 0;
  if ((mode & READABLE_BY_OTHERS) === 0) return;
  throw new CliError(
    `Cannot use ${path}: other users can read the passwords in it. Run: chmod 600 ${
      shellWord(path)
    }`,
    EXIT.usage,
  );
}
