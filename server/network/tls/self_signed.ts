import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "./der.ts";
import { type TlsCredentials, TlsError } from "./tls_credentials.ts";

/** Longest time for which clients of Apple's take a certificate of a private authority
 * (https://support.apple.com/en-us/103769). */
export const SELF_SIGNED_DAYS = 825;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Under which names every machine reaches itself. */
const OWN_NAMES = ["localhost", "127.0.0.1", "::1"];

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

/** Where the randomness of a certificate comes from. */
export interface KeySource {
  generate(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** 16 bytes. */
  serialNumber(): Uint8Array;
}

const randomKeys: KeySource = {
  generate: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  serialNumber: () => randomBytes(16),
};

/**
 * Makes a certificate that vouches for itself, and its key: P-256, SHA-256, valid for 825 days.
 *
 * It is that of a server (CA:FALSE), as Deno's own client wants it; it still serves as the authority
 * that a client is told to trust.
 *
 * @param hosts names and addresses besides `localhost` for which it is good.
 * @param now Unix milliseconds. It is good from a day before, for clients whose clock is behind.
 * @throws {TlsError} where a host is neither a name nor an address.
 */
export function createSelfSigned(
  hosts: readonly string[],
  now: number,
  keys: KeySource = randomKeys,
): TlsCredentials {
  const { publicKey, privateKey } = keys.generate();
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const name = sequence(
    set(sequence(objectIdentifier(OID.commonName), utf8String("hubbub, self-signed"))),
  );
  const content = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // version 3
    integer(keys.serialNumber()),
    algorithm,
    name,
    sequence(time(now - DAY_MILLISECONDS), time(now + SELF_SIGNED_DAYS * DAY_MILLISECONDS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, extensions([...new Set([...OWN_NAMES, ...hosts])])),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, algorithm, bitString(signature));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extensions(hosts: readonly string[]): Buffer {
  const extension = (id: string, isCritical: boolean, value: Uint8Array) =>
    sequence(
      objectIdentifier(id),
      ...(isCritical ? [boolean(true)] : []), // false is the default, which DER leaves out
      octetString(value),
    );
  return sequence(
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.keyUsage, true, bitString(Buffer.from([0x80]), 7)), // digitalSignature
    extension(OID.extendedKeyUsage, false, sequence(objectIdentifier(OID.serverAuthentication))),
    extension(OID.subjectAltName, false, sequence(...hosts.map(generalName))),
  );
}

/** A host as a name or an address of the subject (RFC 5280, section 4.2.1.6). */
function generalName(host: string): Buffer {
  if (isIP(host) !== 0) return tagged(0x87, addressBytes(host));
  const name = URL.parse(`http://${host}`)?.hostname;
  if (name === undefined) {
    throw new TlsError(`Cannot make a certificate for "${host}": it is no name of a host.`);
  }
  return tagged(0x82, Buffer.from(name, "latin1"));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // A URL has the address in its short form, all of it in hexadecimal.
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail = ""] = short.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Buffer.from(
    [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]),
  );
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
