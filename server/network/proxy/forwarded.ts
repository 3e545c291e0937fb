/**
 * The headers of a proxy in an HTTP request: `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`
 * (RFC 7239), and `X-Forwarded-Prefix`.
 *
 * @module
 */

import { isIP } from "node:net";
import { plainAddress } from "../../addresses/network_address.ts";
import type { TrustedProxies } from "../trusted_proxies.ts";

/** Maximum length of a forwarding header in characters: a hundred proxies, far more than in any chain. */
const MAX_VALUE_LENGTH = 4096;
/** Maximum number of examined proxies, from the last one. */
const MAX_HOPS = 32;

/** Maximum length of an IPv6 address, in brackets and with a port. */
const MAX_NODE_LENGTH = "[0000:0000:0000:0000:0000:ffff:255.255.255.255]:65535".length;

/** The client of a forwarded request, by the headers. */
export interface Forwarded {
  readonly address?: string;
  /** In `Forwarded` only. */
  readonly port?: number;
  /** Whether the client encrypts its connection with the proxy. */
  readonly isSecure?: boolean;
  /** The requested host, as in a `Host` header. */
  readonly host?: string;
  /** The path at the proxy below which the server is, such as `/chat`: without a slash at its end. */
  readonly prefix?: string;
}

/** A path that needs no quotes in a command, and no encoding in an address. */
const PLAIN_PATH = /^((?:\/(?!\.\.?(?:\/|$))[\w.~-]+)+)\/?$/;
const MAX_PREFIX_LENGTH = 200;

/** The forwarding headers are invalid. The message is the end of a sentence. */
export class ForwardedError extends Error {
  override readonly name = "ForwardedError";
}

/** Returns the value of a header by its lower-case name; several values are joined with commas. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * Reads the forwarding headers of a request from a trusted proxy.
 *
 * 1. Each proxy appends the address of its own peer, so only the end of the list is reliable: the client
 *    is the rightmost address that is not a trusted proxy.
 * 2. The search ends at an entry that is not an address, with the proxy that wrote it.
 * 3. A proxy that sets one kind of header forwards the other kind unchanged from the client. So both
 *    must agree.
 *
 * @throws {ForwardedError} if a header is invalid or too long, or the two kinds contradict each other.
 */
export function readForwarded(header: HeaderReader, proxies: TrustedProxies): Forwarded {
  const bounded = (name: string) => {
    const value = header(name);
    if (value === undefined || value.length <= MAX_VALUE_LENGTH) return value;
    throw new ForwardedError(`${name} has more than ${MAX_VALUE_LENGTH} characters`);
  };
  return { ...readClient(bounded, proxies), ...readPrefix(header("x-forwarded-prefix")) };
}

/** The prefix; nothing for one that is not a plain path, of a proxy with another use for the header. */
function readPrefix(value = ""): Pick<Forwarded, "prefix"> {
  if (value.length > MAX_PREFIX_LENGTH) return {};
  const [, prefix] = PLAIN_PATH.exec(value) ?? [];
  return prefix === undefined ? {} : { prefix };
}

function readClient(header: HeaderReader, proxies: TrustedProxies): Forwarded {
  const plain = readPlain(header, proxies);
  const standard = readStandard(header("forwarded"), proxies);
  if (plain === undefined || standard === undefined) return plain ?? standard ?? {};
  const isSame = plain.address === standard.address && plain.isSecure === standard.isSecure &&
    plain.host === standard.host;
  if (isSame) return standard;
  throw new ForwardedError("Forwarded and X-Forwarded-* contradict each other");
}

function readPlain(header: HeaderReader, proxies: TrustedProxies): Forwarded | undefined {
  const [hops, proto, host] = ["for", "proto", "host"].map((name) => header(`x-forwarded-${name}`));
  if (hops === undefined && proto === undefined && host === undefined) return undefined;
  const client = clientOf(splitList(hops ?? "").slice(-MAX_HOPS), proxies);
  return {
    ...client?.node,
    ...(proto !== undefined && { isSecure: isEncrypted(lastOf(proto)) }),
    ...(host !== undefined && { host: lastOf(host) }),
  };
}

function readStandard(header: string | undefined, proxies: TrustedProxies): Forwarded | undefined {
  if (header === undefined) return undefined;
  const elements = parseForwarded(header).slice(-MAX_HOPS);
  if (elements.length === 0) return undefined;
  const client = clientOf(elements.map((element) => element.get("for") ?? ""), proxies);
  // The values of the trusted proxy nearest to the client.
  const element = client === undefined ? elements.at(-1)! : elements[client.index]!;
  const proto = element.get("proto");
  const host = element.get("host");
  return {
    ...client?.node,
    ...(proto !== undefined && { isSecure: isEncrypted(proto) }),
    ...(host !== undefined && { host }),
  };
}

/** An address, with its port if known. */
type Node = Pick<Forwarded, "address" | "port">;

/** Finds the client among the hops, and its index. */
function clientOf(
  hops: readonly string[],
  proxies: TrustedProxies,
): { readonly node: Node; readonly index: number } | undefined {
  let client: { node: Node; index: number } | undefined;
  for (let index = hops.length - 1; index >= 0; index--) {
    const node = parseNode(hops[index]!);
    if (node === undefined) break;
    client = { node, index };
    if (!proxies.has(node.address)) break;
  }
  return client;
}

/** Parses `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`. */
function parseNode(text: string): { readonly address: string; readonly port?: number } | undefined {
  if (text.length > MAX_NODE_LENGTH) return undefined;
  if (isIP(text) !== 0) return { address: plainAddress(text) };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isAddress = bracketed === undefined ? isIP(plain ?? "") === 4 : isIP(bracketed) === 6;
  if (!isAddress || Number(port ?? 0) > 65_535) return undefined;
  const address = plainAddress(bracketed ?? plain);
  return port === undefined ? { address } : { address, port: Number(port) };
}

function isEncrypted(proto: string): boolean {
  return /^(https|wss)$/i.test(proto);
}

/** The items of a comma-separated list. Empty ones are ignored (RFC 9110, section 5.6.1). */
function splitList(list: string): string[] {
  return list.split(",").map((item) => item.trim()).filter(Boolean);
}

function lastOf(list: string): string {
  return splitList(list).at(-1) ?? "";
}

/** One `name=value`, the value a token or a quoted string, and its end (RFC 7239, section 4). */
const PAIR =
  /[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w:[\]-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(;|,|$)/y;

/** Parses the elements of a `Forwarded` header: parameters by their names in lower case. */
function parseForwarded(header: string): Map<string, string>[] {
  const elements = [new Map<string, string>()];
  PAIR.lastIndex = 0;
  for (;;) {
    const match = PAIR.exec(header);
    if (match === null) throw new ForwardedError("Forwarded is damaged");
    const [, name, token, quoted, end] = match;
    const element = elements.at(-1)!;
    if (name !== undefined) {
      if (element.has(name.toLowerCase())) throw new ForwardedError("Forwarded is damaged");
      element.set(name.toLowerCase(), token ?? quoted!.replace(/\\(.)/g, "$1"));
    }
    // Empty elements of a list are ignored (RFC 9110, section 5.6.1).
    if (end === "") return elements.filter(({ size }) => size > 0);
    if (end === ",") elements.push(new Map());
  }
}
