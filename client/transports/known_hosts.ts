/**
 * A file with the certificates of known servers, one line `HOST:PORT FINGERPRINT` each.
 *
 * @module
 */

import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { cleanLine, hostPort } from "../../protocol/mod.ts";
import { systemReason } from "../system_reason.ts";
import type { Endpoint } from "../core/transport.ts";

/** Maximum size of the file, in bytes: about 8000 servers. */
const MAX_KNOWN_HOSTS_BYTES = 1_048_576;

/** In place of a fingerprint: the certificate was signed by an authority that the machine trusts. */
export const BY_AUTHORITY = "authority";

const ENTRY = /^(\S+:\d{1,5})[ \t]+((?:[\dA-F]{2}:){31}[\dA-F]{2}|authority)$/i;

const HEADER = "# Servers and their certificates (SHA-256), as hubbub met them with --tls.\n";

/** The known certificate of a server. */
export interface KnownHost {
  /** SHA-256, in upper case with colons, or {@link BY_AUTHORITY}. */
  readonly certificate: string;
  /** The line of the file that has it, from 1. */
  readonly line: number;
}

/** The file cannot be used; the message is a sentence that names it. */
export class KnownHostsError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "KnownHostsError";
  /** Stable, as the codes of system errors. */
  readonly code = "ERR_KNOWN_HOSTS";
}

/** The file of known servers. Every look-up reads it: several programs share it. */
export class KnownHosts {
  /**
   * The file is opened at the first look-up.
   *
   * @param path of the file, which need not exist.
   */
  constructor(readonly path: string) {}

  /**
   * The certificate of a server, from its first line; `undefined` for an unknown server.
   *
   * @throws {KnownHostsError} when the file cannot be read, or has a malformed line before that.
   */
  find(endpoint: Endpoint): KnownHost | undefined {
    const key = keyOf(endpoint);
    for (const [index, text] of this.#read().split("\n").entries()) {
      const entry = text.trim();
      if (entry === "" || entry.startsWith("#")) continue;
      const [, server, certificate] = ENTRY.exec(entry) ?? [];
      if (server === undefined) {
        throw this.#fault(
          `line ${index + 1} is not a server with its fingerprint. Correct or remove it`,
        );
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
   * Adds a server. Creates a missing file and folder, for their owner only.
   *
   * @param certificate its fingerprint, or {@link BY_AUTHORITY}.
   * @throws {KnownHostsError} when the file cannot be written.
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

  /** The content; empty without a file. */
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
