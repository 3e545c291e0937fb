import { type ByteString, PROMPT_MILLISECONDS, RECORD_SEPARATOR } from "../../protocol/mod.ts";
import { PROXY_V1_START, PROXY_V2_SIGNATURE } from "./proxy/proxy_header.ts";

/** The protocol of a client, by its first bytes. */
export type Protocol = "text" | "json" | "length" | "irc" | "http" | "tls" | "proxy";

/** Silence after which a client is treated as a user that waits for a prompt. */
export const DETECTION_MILLISECONDS = PROMPT_MILLISECONDS;

/** The same on a server with a certificate. Clients with TLS may read the authorities of their system after
 * they have connected: irssi did so for 80 to 244 ms on a busy machine. */
export const TLS_DETECTION_MILLISECONDS = 500;

const BY_FIRST_BYTE: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  // The start of a JSON object.
  ["{", "json"],
  // The same, of a program that requests an introduction.
  [RECORD_SEPARATOR, "json"],
  // The first byte of the length of any frame within the limit.
  ["\x00", "length"],
  // A handshake record (RFC 8446, section 5.1), the start of every TLS client.
  ["\x16", "tls"],
]);

/** Whether the first bytes are JSON lines. */
export function isJsonStart(bytes: ByteString): boolean {
  return BY_FIRST_BYTE.get(bytes.charAt(0)) === "json";
}

/** The methods of HTTP (RFC 9110, section 9, and RFC 5789), with the space after them: names of users
 * have no spaces. */
const HTTP_METHODS = [
  "GET ",
  "HEAD ",
  "POST ",
  "PUT ",
  "DELETE ",
  "OPTIONS ",
  "PATCH ",
  "CONNECT ",
  "TRACE ",
];

/** The commands with which IRC clients start, in upper or lower case. */
const IRC_COMMANDS = ["CAP ", "NICK ", "USER ", "PASS "]
  .flatMap((command) => [command, command.toLowerCase()]);

/** Whether the first bytes are a command of IRC. */
export function isIrcStart(bytes: ByteString): boolean {
  return IRC_COMMANDS.some((command) => bytes.startsWith(command));
}

/** Protocols by several bytes. */
const BY_START: readonly (readonly [start: ByteString, protocol: Protocol])[] = [
  ...HTTP_METHODS.map((method) => [method, "http"] as const),
  ...IRC_COMMANDS.map((command) => [command, "irc"] as const),
  [PROXY_V1_START, "proxy"],
  [PROXY_V2_SIGNATURE, "proxy"],
];
const LONGEST_START = Math.max(...BY_START.map(([start]) => start.length));

/**
 * Detects the protocol of a client by its first bytes, in any chunks.
 *
 * 1. One byte is enough for `{`, 0x1E, 0x00 and 0x16.
 * 2. An incomplete method of HTTP, command of IRC, or start of a PROXY header, is undecided.
 * 3. Anything else is text, and so is an undecided start after a silence.
 */
export class Detector {
  #head: ByteString = "";

  /** Adds the next bytes. @returns the protocol; `undefined` while it is undecided. */
  push(bytes: ByteString): Protocol | undefined {
    const head = this.#head += bytes.slice(0, LONGEST_START - this.#head.length);
    const known = BY_FIRST_BYTE.get(head.charAt(0));
    if (known !== undefined) return known;
    const found = BY_START.find(([start]) => head.startsWith(start));
    if (found !== undefined) return found[1];
    return BY_START.some(([start]) => start.startsWith(head)) ? undefined : "text";
  }

  /** Whether the bytes so far are an incomplete start of a PROXY header. */
  get mayBecomeProxy(): boolean {
    return this.#head !== "" &&
      [PROXY_V1_START, PROXY_V2_SIGNATURE].some((start) => start.startsWith(this.#head));
  }
}
