/**
 * Certificates of the servers that were met before, in a file: `HOST:PORT FINGERPRINT`, a line each.
 *
 * @module
 */

import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { systemReason } from "./files/mod.ts";
import type { Endpoint } from "./transport.ts";

/** Largest file that is read, in bytes: some 8000 servers. */
const MAX_KNOWN_HOSTS_BYTES = 1_048_576;

/** In place of a fingerprint: an authority that the machine trusts had signed the certificate. */
export const BY_AUTHORITY = "authority";

/** A line of the file, whether its server is meant or not. */
const ENTRY = /^(\S+:\d{1,5})[ \t]+((?:[\dA-F]{2}:){31}[\dA-F]{2}|authority)$/i;

const HEADER = "# Servers and their certificates (SHA-256), as hubbub met them with --tls.\n";

/** What is known about the certificate of a server. */
export interface KnownHost {
  /** SHA-256, in upper case with colons, or {@link BY_AUTHORITY}. */
  readonly certificate: string;
  /** Where that stands, from 1. */
  readonly line: number;
}

/** The file cannot be used; the message is a sentence that names it. */
export class KnownHostsError extends Error {
  /** Tells it from other errors in a log. */
  override readonly name = "KnownHostsError";
  /** As the errors of the system have one. */
  readonly code = "ERR_KNOWN_HOSTS";
}

/** The file of known servers. It is read at every look-up: several programs share it. */
export class KnownHosts {
  /**
   * Takes the file, and opens nothing yet.
   *
   * @param path of the file; it need not exist.
   */
  constructor(readonly path: string) {}

  /**
   * What is known about a server: the first line that names it.
   *
   * @throws {KnownHostsError} where the file cannot be read, or has a line that is none.
   */
  find(endpoint: Endpoint): KnownHost | undefined {
    const key = keyOf(endpoint);
    for (const [index, text] of this.#read().split("\n").entries()) {
      const entry = text.trim();
      if (entry === "" || entry.startsWith("#")) continue;
      const [, server, certificate] = ENTRY.exec(entry) ?? [];
      if (server === undefined) {
        throw this.#fault(`line ${index + 1} is no server with its fingerprint. Mend or remove it`);
      }
      if (server.toLowerCase() !== key) continue;
      const isFingerprint = certificate!.toLowerCase() !== BY_AUTHORITY;
      return {
        certificate: isFingerprint ? certificate!.toUpperCase() : BY_AUTHORITY,
        line: index + 1,
      };
    }
    return undefined;
  }

  /**
   * Adds a server, and makes the file and its folder where they are missing, for their owner only.
   *
   * @param certificate its fingerprint, or {@link BY_AUTHORITY}.
   * @throws {KnownHostsError} where it cannot be written.
   */
  remember(endpoint: Endpoint, certificate: string): void {
    const content = this.#read();
    const start = content === "" ? HEADER : content.endsWith("\n") ? "" : "\n";
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      appendFileSync(this.path, `${start}${keyOf(endpoint)} ${certificate}\n`, { mode: 0o600 });
    } catch (error) {
      throw this.#fault(systemReason(error, "write"), error);
    }
  }

  /** Empty where there is no file. */
  #read(): string {
    try {
      if (statSync(this.path).size <= MAX_KNOWN_HOSTS_BYTES) return readFileSync(this.path, "utf8");
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return "";
      throw this.#fault(systemReason(error), error);
    }
    throw this.#fault(`it is larger than ${MAX_KNOWN_HOSTS_BYTES} bytes`);
  }

  #fault(reason: string, cause?: unknown): KnownHostsError {
    return new KnownHostsError(`Cannot use ${this.path}: ${cleanLine(reason)}.`, { cause });
  }
}

function keyOf(endpoint: Endpoint): string {
  return hostPort(endpoint).toLowerCase();
}
