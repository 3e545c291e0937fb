/** Headers of the PROXY protocol, version 2, as a proxy writes them. */

import { Buffer } from "node:buffer";
import { PROXY_V2_SIGNATURE } from "../../server/network/proxy/proxy_header.ts";

/** A header of version 2. */
export function proxyV2(
  versionAndCommand: number,
  family: number,
  addresses: readonly number[] = [],
  tlvs: readonly number[] = [],
): Buffer {
  const length = addresses.length + tlvs.length;
  return Buffer.concat([
    Buffer.from(PROXY_V2_SIGNATURE, "latin1"),
    Buffer.of(versionAndCommand, family, length >> 8, length & 0xff),
    Buffer.from([...addresses, ...tlvs]),
  ]);
}

/** A header of version 2 for a client with an IPv4 address. */
export function proxyV2For(address: string, port: number, tlvs: readonly number[] = []): Buffer {
  const source = address.split(".").map(Number);
  return proxyV2(0x21, 0x11, [...source, 127, 0, 0, 1, port >> 8, port & 0xff, 0, 80], tlvs);
}

export function tlv(type: number, value: string | readonly number[]): number[] {
  const bytes = Buffer.from(value as string);
  return [type, bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

/** PP2_TYPE_SSL with its bit field. */
export function sslTlv(client: number, more: readonly number[] = []): number[] {
  return tlv(0x20, [client, 0, 0, 0, 0, ...more]);
}
