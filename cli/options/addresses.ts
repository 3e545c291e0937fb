/**
 * Reading of addresses: where a server listens, and where a client finds it.
 *
 * @module
 */

import { InvalidArgumentError } from "./commander.ts";
import { webSocketOf, type WebSocketOptions } from "../../client/core/web_address.ts";
import { hostPort } from "../../protocol/text.ts";
import { addressBytes } from "../../server/addresses/network_address.ts";
import { MAX_PORT, wholeNumber } from "./numbers.ts";

/** The given parts of an address. */
export interface PartialAddress {
  readonly host?: string;
  readonly port?: number;
}

/** The given parts of the address of a server to connect to. */
export interface ServerAddress extends PartialAddress {
  /** Whether a URL names an encrypted connection; `undefined` without a URL. */
  readonly isEncrypted?: boolean;
  /** The WebSocket of the URL of a page. */
  readonly webSocket?: WebSocketOptions;
}

/** An address that cannot be used. */
export class AddressError extends InvalidArgumentError {
  /** @param reason the end of its message, a sentence. */
  constructor(given: string, readonly reason: string) {
    super(`Invalid address "${withoutPassword(given)}": ${reason}`);
  }
}

/** The path of the WebSocket of a server without a proxy. */
const ROOT_PATH = "/ws";

const URL_START = /^[a-z][a-z\d+.-]*:\/\//i;

/** The schemes of a URL, with their default ports. */
const SCHEMES: Readonly<Record<string, { isEncrypted: boolean; port?: number }>> = {
  "http:": { isEncrypted: false, port: 80 },
  "https:": { isEncrypted: true, port: 443 },
  "ws:": { isEncrypted: false, port: 80 },
  "wss:": { isEncrypted: true, port: 443 },
  "tcp:": { isEncrypted: false },
  "tls:": { isEncrypted: true },
};

/**
 * Reads where a client finds a server, from one or two words: `HOST`, `HOST:PORT`, `HOST PORT`,
 * `::1`, `[::1]:8080`, a port alone, or a URL such as `http://HOST:PORT/`.
 *
 * @throws {InvalidArgumentError} with the right form, where it can be derived.
 */
export function serverAddress(first: string | undefined, second: string | undefined) {
  return read(first, second, 1);
}

/**
 * The address without its WebSocket, for what connects in another way.
 *
 * @param given the address as it was written.
 * @throws {InvalidArgumentError} when the URL names more than host and port.
 */
export function withoutWebSocket(
  { webSocket, ...address }: ServerAddress,
  given: string,
): Omit<ServerAddress, "webSocket"> {
  const { path = ROOT_PATH, authorization } = webSocket ?? {};
  if (path === ROOT_PATH && authorization === undefined) return address;
  throw fault(given, `a path or user in the address cannot be used here. ${advice(address)}`);
}

/** Reads the host of a server to connect to: as {@link host}, or a URL. */
export function serverHost(value: string): string {
  if (!URL_START.test(value)) return host(value);
  serverAddress(value, undefined);
  return value;
}

/** A text without the password of a URL in it, for errors. */
export function withoutPassword(text: string): string {
  return text.replace(/:\/\/[^/\s]*@/g, "://...@");
}

/** Reads where a server listens, from one or two words as {@link serverAddress}, but no URL. Port 0
 * lets the system choose. */
export function listenAddress(
  first: string | undefined,
  second: string | undefined,
): PartialAddress {
  const { isEncrypted, webSocket: _, ...address } = read(first, second, 0);
  if (isEncrypted === undefined) return address;
  throw fault(first!, `a server listens on an address, not on a URL. ${advice(address)}`);
}

/** Reads a host without a port: a name or an address, also in brackets. */
export function host(value: string): string {
  const { host, port, isEncrypted } = read(value, undefined, 0);
  if (host !== undefined && port === undefined && isEncrypted === undefined) return host;
  throw new InvalidArgumentError(
    "expected a host without a port, such as 127.0.0.1 or ::1" +
      (host === undefined ? "." : `: give --host ${host}${portOption(port)}.`),
  );
}

/** Reads a host and a port to listen on; a port alone is on 127.0.0.1. */
export function hostAndPort(value: string): { readonly host: string; readonly port: number } {
  const { host = "127.0.0.1", port } = listenAddress(value, undefined);
  if (port !== undefined) return { host, port };
  throw new InvalidArgumentError("expected a host and a port, such as 127.0.0.1:9090.");
}

function read(
  first: string | undefined,
  second: string | undefined,
  minimumPort: 0 | 1,
): ServerAddress {
  if (first === undefined) return {};
  const given = second === undefined ? first : `${first} ${second}`;
  if (second === undefined) {
    // Two words in one quoted argument.
    const [word, next, ...more] = first.trim().split(/\s+/);
    if (next !== undefined && more.length === 0) return read(word, next, minimumPort);
  }
  const readPort = (text: string) => portOf(text, given, minimumPort);
  if (URL_START.test(first)) {
    if (second === undefined) return fromUrl(first, readPort);
    throw fault(given, "a URL has its port in it. Give for example http://127.0.0.1:8080/.");
  }
  const address = first.replace(/^([^/]+)\/$/, "$1");
  if (second !== undefined) {
    if (isHost(bare(address))) return { host: bare(address), port: readPort(second) };
    const found = read(address, undefined, minimumPort);
    const what = found.port === undefined ? "" : "it has two ports. ";
    throw fault(given, what + advice(found));
  }
  if (wholeNumber(address) !== undefined) return { port: readPort(address) };
  if (isIPv6(address)) return { host: unambiguous(address, given) };
  const [, name = "", number] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(address) ?? [];
  const host = bare(name);
  if (name === "" && number !== undefined) return { port: readPort(number) };
  if (isHost(host)) return { host, ...(number === undefined ? {} : { port: readPort(number) }) };
  throw fault(given, rightForm(address));
}

function fromUrl(text: string, readPort: (text: string) => number): ServerAddress {
  const url = URL.parse(text);
  const scheme = url === null ? undefined : SCHEMES[url.protocol];
  const host = bare(url?.hostname ?? "");
  if (url === null || scheme === undefined || !isHost(host)) {
    throw fault(
      text,
      "expected a URL such as http://127.0.0.1:8080/ or https://chat.example.org/.",
    );
  }
  const port = url.port === "" ? scheme.port : readPort(url.port);
  const address = { host, ...(port === undefined ? undefined : { port }) };
  const webSocket = webSocketOfUrl(url, text);
  if (webSocket !== undefined) return { ...address, isEncrypted: scheme.isEncrypted, webSocket };
  const more = url.username + url.password + url.pathname.replace(/^\/$/, "") + url.search +
    url.hash;
  if (more === "") return { ...address, isEncrypted: scheme.isEncrypted };
  throw fault(text, `a ${url.protocol} address has no user, path or query. ${advice(address)}`);
}

function webSocketOfUrl(url: URL, text: string): WebSocketOptions | undefined {
  try {
    return webSocketOf(url);
  } catch (error) {
    const right = `${url.protocol}//${url.host}${url.pathname}`;
    throw fault(text, `${(error as Error).message}. Give for example ${right}.`);
  }
}

function portOf(text: string, given: string, minimum: 0 | 1): number {
  const port = wholeNumber(text, minimum, MAX_PORT);
  if (port !== undefined) return port;
  const why = wholeNumber(text) === 0
    ? "a client needs the port on which the server listens"
    : `"${text}" is not a port number`;
  throw fault(given, `${why}. A port is a whole number from ${minimum} to ${MAX_PORT}.`);
}

/** Refuses `::1:8080` and `fe80::1%eth0:8080`: valid IPv6 addresses, but probably meant with a port. */
function unambiguous(address: string, given: string): string {
  const [, zoned, port] = /^([^%]+%[^:]+):(\d+)$/.exec(address) ?? [];
  if (zoned !== undefined) throw fault(given, `Give [${zoned}]:${port}.`);
  const [, before = "", last] = /^(.*):(\d{4})$/.exec(address) ?? [];
  if (last === undefined || !isIPv6(before) || !before.includes("::")) return address;
  const form = hostPort({ host: before, port: Number(last) });
  throw fault(given, `it can be read in two ways. Give ${form}, or [${address}].`);
}

/** The right form of a malformed address: brackets around IPv6, or the user name as an option. */
function rightForm(text: string): string {
  const [, before = "", port] = /^\[?([\da-f:.]+?)(?:\]:?|:)(\d+)$/i.exec(text) ?? [];
  if (port !== undefined && isIPv6(before)) {
    return advice({ host: before, port: Number(port) });
  }
  const [, user, address] = /^([^@]+)@([^@]+)$/.exec(text) ?? [];
  if (address !== undefined) return `your name is given as --name ${user}. Give ${address}.`;
  return "expected a name or an IP address, and perhaps a port, such as 127.0.0.1:8080 or [::1]:8080.";
}

function advice({ host, port }: PartialAddress): string {
  if (host === undefined) return rightForm("");
  return `Give ${port === undefined ? host : hostPort({ host, port })}.`;
}

function portOption(port: number | undefined): string {
  return port === undefined ? "" : ` --port ${port}`;
}

/** Without the brackets of an IPv6 address. */
function bare(text: string): string {
  const [, address = ""] = /^\[(.*)\]$/.exec(text) ?? [];
  return isIPv6(address) ? address : text;
}

/** Whether a text is an IP address or may be a host name. */
function isHost(text: string): boolean {
  return isIPv6(text) || /^(?!\d+$)[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}._-]{0,252}$/u.test(text);
}

/** Whether a text is an IPv6 address, perhaps with a zone (RFC 4007, section 11). */
function isIPv6(text: string): boolean {
  return addressBytes(text.replace(/%[\da-z.:-]+$/i, ""))?.length === 16;
}

function fault(given: string, why: string): AddressError {
  return new AddressError(given, why);
}
