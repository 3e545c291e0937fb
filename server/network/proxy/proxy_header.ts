/**
 * The header of the PROXY protocol, versions 1 and 2:
 * https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIPv4, isIPv6 } from "node:net";
import { plainAddress } from "../../addresses/network_address.ts";

/** First bytes of a header of version 1. */
export const PROXY_V1_START = "PROXY ";
/** First bytes of a header of version 2, as a byte string. */
export const PROXY_V2_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/** Maximum length of a header of version 1, CR LF included (section 2.1 of the specification). */
export const MAX_V1_BYTES = 107;
/** Signature, version and command, family, and length (section 2.2). */
const V2_FIXED_BYTES = 16;
/** Maximum number of bytes after these. The specification allows 65,535; addresses and the TLVs of haproxy
 * and nginx need a few hundred, with the certificate of a client up to two thousand. */
export const MAX_V2_REST_BYTES = 4096;

const COMMAND_LOCAL = 0;
const COMMAND_PROXY = 1;
const TCP_IPV4 = 0x11;
const TCP_IPV6 = 0x21;
/** The family of a client with an unknown address. */
const UNSPECIFIED = 0;
/** Highest address family (AF_UNIX) and transport (DGRAM) of the specification. */
const MAX_FAMILY = 3;
const MAX_TRANSPORT = 2;
const TLV_SSL = 0x20;
const TLV_HEADER_BYTES = 3;
/** The bit of a TLV_SSL for "the client connected over TLS". */
const CLIENT_SSL = 0x01;

export class ProxyHeaderError extends Error {
  override readonly name = "ProxyHeaderError";
}

export interface ProxiedClient {
  readonly address: string;
  readonly port: number;
}

export interface ProxyHeader {
  /** `undefined` for a connection of the proxy itself, and for an unknown address. */
  readonly client: ProxiedClient | undefined;
  /** Whether the connection is that of the proxy itself, such as a health check (command LOCAL of version 2). */
  readonly isLocal: boolean;
  /** Whether the client encrypts its connection with the proxy. False for version 1. */
  readonly isSecure: boolean;
}

/** A header, and the client's bytes after it. */
export interface DecodedProxyHeader {
  readonly header: ProxyHeader;
  readonly rest: Buffer;
}

/**
 * Decodes one header, in any chunks. Each byte is examined once, and a length over the maximum is
 * refused before anything is buffered.
 */
export class ProxyHeaderDecoder {
  readonly #bytes = Buffer.alloc(V2_FIXED_BYTES + MAX_V2_REST_BYTES);
  #length = 0;
  /** Length of the whole header; `undefined` while unknown. */
  #expected: number | undefined;

  /**
   * Adds the next bytes.
   *
   * @param chunk the first one starts with the first byte of the header.
   * @returns `undefined` if more bytes are needed.
   * @throws {ProxyHeaderError} if the bytes are not a header, or it is too long.
   */
  push(chunk: Buffer): DecodedProxyHeader | undefined {
    const known = this.#length;
    const taken = chunk.copy(this.#bytes, known);
    this.#length += taken;
    const isV1 = this.#bytes[0] === PROXY_V1_START.charCodeAt(0);
    this.#expected ??= isV1 ? this.#v1Length(known) : this.#v2Length();
    const expected = this.#expected;
    if (expected === undefined || this.#length < expected) return undefined;
    const bytes = this.#bytes.subarray(0, expected);
    const rest = chunk.subarray(expected - known);
    return { header: isV1 ? parseV1(bytes.toString("latin1")) : parseV2(bytes), rest };
  }

  #v1Length(known: number): number | undefined {
    const end = this.#bytes.subarray(0, Math.min(this.#length, MAX_V1_BYTES)).indexOf(0x0a, known);
    if (end >= 0) return end + 1;
    if (this.#length < MAX_V1_BYTES) return undefined;
    throw new ProxyHeaderError(`it has no end within ${MAX_V1_BYTES} bytes`);
  }

  #v2Length(): number | undefined {
    if (this.#length < V2_FIXED_BYTES) return undefined;
    const length = this.#bytes.readUInt16BE(14);
    if (length <= MAX_V2_REST_BYTES) return V2_FIXED_BYTES + length;
    throw new ProxyHeaderError(`it has ${length} bytes, of at most ${MAX_V2_REST_BYTES}`);
  }
}

/** Parses `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n`. */
function parseV1(line: string): ProxyHeader {
  if (!line.startsWith(PROXY_V1_START) || !line.endsWith("\r\n")) {
    throw new ProxyHeaderError("its line is damaged");
  }
  const [family, ...fields] = line.slice(PROXY_V1_START.length, -2).split(" ");
  // Text after UNKNOWN must be ignored.
  if (family === "UNKNOWN") return { client: undefined, isLocal: false, isSecure: false };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isPlainIPv6 : () => false;
  const [source = "", destination = "", sourcePort = "", destinationPort = ""] = fields;
  const isValid = fields.length === 4 && isAddress(source) && isAddress(destination) &&
    isPort(sourcePort) && isPort(destinationPort);
  if (!isValid) throw new ProxyHeaderError("its addresses are damaged");
  return {
    client: { address: plainAddress(source), port: Number(sourcePort) },
    isLocal: false,
    isSecure: false,
  };
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

/** A decimal port without leading zeros. */
function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(bytes: Buffer): ProxyHeader {
  const [versionAndCommand = 0, family = 0] = bytes.subarray(12, 14);
  const version = versionAndCommand >> 4;
  const command = versionAndCommand & 0x0f;
  if (bytes.toString("latin1", 0, 12) !== PROXY_V2_SIGNATURE || version !== 2) {
    throw new ProxyHeaderError("its version is unknown");
  }
  if (command > COMMAND_PROXY) throw new ProxyHeaderError("its command is unknown");
  if (family >> 4 > MAX_FAMILY || (family & 0x0f) > MAX_TRANSPORT) {
    throw new ProxyHeaderError("its address family is unknown");
  }
  // The rest of a LOCAL header must be skipped.
  if (command === COMMAND_LOCAL) return { client: undefined, isLocal: true, isSecure: false };
  const rest = bytes.subarray(V2_FIXED_BYTES);
  // Without a family the length of the addresses is unknown, and so is the start of the TLVs.
  if (family >> 4 === UNSPECIFIED) return { client: undefined, isLocal: false, isSecure: false };
  const length = addressLength(family);
  if (rest.length < length) throw new ProxyHeaderError("its addresses are cut off");
  return {
    client: clientOf(family, rest),
    isLocal: false,
    isSecure: isOverTls(rest.subarray(length)),
  };
}

/** Bytes of the addresses of both sides, for IPv4, IPv6 and Unix sockets. */
function addressLength(family: number): number {
  return [0, 12, 36, 216][family >> 4]!;
}

/** The client's address; `undefined` for Unix sockets and datagrams, which no limit could count. */
function clientOf(family: number, rest: Buffer): ProxiedClient | undefined {
  if (family === TCP_IPV4) {
    return { address: rest.subarray(0, 4).join("."), port: rest.readUInt16BE(8) };
  }
  if (family !== TCP_IPV6) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => rest.readUInt16BE(2 * index).toString(16));
  return { address: plainAddress(groups.join(":")), port: rest.readUInt16BE(32) };
}

/** Whether a TLV after the addresses shows that the client uses TLS. */
function isOverTls(bytes: Buffer): boolean {
  let isSecure = false;
  for (let position = 0; position < bytes.length;) {
    const start = position + TLV_HEADER_BYTES;
    if (start > bytes.length) throw new ProxyHeaderError("its last TLV is cut off");
    const end = start + bytes.readUInt16BE(position + 1);
    if (end > bytes.length) throw new ProxyHeaderError("its last TLV is cut off");
    if (bytes[position] === TLV_SSL) {
      // A bit field, and the result of the check of the client's certificate (section 2.2.6).
      if (end - start < 5) throw new ProxyHeaderError("its TLV of TLS is cut off");
      isSecure = (bytes[start]! & CLIENT_SSL) !== 0;
    }
    position = end;
  }
  return isSecure;
}
