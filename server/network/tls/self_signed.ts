import type { BaseBlock } from "asn1js";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { addressBytes } from "../../addresses/network_address.ts";
import { type TlsCredentials, TlsError } from "./tls_credentials.ts";

/** Maximum validity that Apple's clients accept for a certificate of a private authority
 * (https://support.apple.com/en-us/103769). */
export const SELF_SIGNED_DAYS = 825;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** The names and addresses of every machine for itself. */
const OWN_HOSTS = ["localhost", "127.0.0.1", "::1"];

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

type Asn1 = typeof import("asn1js");

interface GeneralName {
  readonly tagNumber: number;
  readonly bytes: Uint8Array;
}

/** Identifies a tag of the context, such as `[0]`. */
const CONTEXT_CLASS = 3;

/** The source of the random parts of a certificate. */
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
 * Makes a self-signed certificate and its key: P-256, SHA-256, valid for 825 days.
 *
 * It is a server certificate (CA:FALSE), as Deno's own client requires; clients can still trust it as
 * an authority.
 *
 * @param hosts names and addresses besides `localhost` that the certificate is valid for.
 * @param now Unix milliseconds. It is valid from one day earlier, for clients with a slow clock.
 * @throws {TlsError} when a host is neither a name nor an address.
 */
export async function createSelfSigned(
  hosts: readonly string[],
  now: number,
  keys: KeySource = randomKeys,
): Promise<TlsCredentials> {
  const names = [...new Set([...OWN_HOSTS, ...hosts])].map(generalName);
  // Loaded on demand, since most starts make no certificate. A codec instead of @peculiar/x509 or
  // selfsigned: 40 ms of CPU time and 0.5 MB instead of 190 ms and 2.2 or 5 MB.
  const asn1 = await import("asn1js");
  const { publicKey, privateKey } = keys.generate();
  const { sequence, identifier, bits, explicit, time } = encoders(asn1);
  const algorithm = sequence(identifier(OID.ecdsaWithSha256));
  const commonName = new asn1.Utf8String({ value: "hubbub, self-signed" });
  const name = sequence(
    new asn1.Set({ value: [sequence(identifier(OID.commonName), commonName)] }),
  );
  const content = sequence(
    explicit(0, new asn1.Integer({ value: 2 })), // version 3
    asn1.Integer.fromBigInt(`0x${Buffer.from(keys.serialNumber()).toString("hex")}`),
    algorithm,
    name,
    sequence(time(now - DAY_MILLISECONDS), time(now + SELF_SIGNED_DAYS * DAY_MILLISECONDS)),
    name,
    asn1.fromBER(publicKey.export({ type: "spki", format: "der" })).result,
    explicit(3, extensions(asn1, names)),
  );
  const signature = sign("sha256", new Uint8Array(content.toBER()), privateKey);
  return {
    cert: pem("CERTIFICATE", sequence(content, algorithm, bits(signature)).toBER()),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function encoders(asn1: Asn1) {
  return {
    sequence: (...value: BaseBlock[]) => new asn1.Sequence({ value }),
    identifier: (value: string) => new asn1.ObjectIdentifier({ value }),
    bits: (valueHex: Uint8Array, unusedBits = 0) => new asn1.BitString({ valueHex, unusedBits }),
    explicit: (tagNumber: number, value: BaseBlock) =>
      new asn1.Constructed({ idBlock: { tagClass: CONTEXT_CLASS, tagNumber }, value: [value] }),
    /** With two digits for years before 2050 (RFC 5280, section 4.1.2.5). */
    time(milliseconds: number): BaseBlock {
      const valueDate = new Date(milliseconds);
      const hasLongYear = valueDate.getUTCFullYear() >= 2050;
      return new asn1[hasLongYear ? "GeneralizedTime" : "UTCTime"]({ valueDate });
    },
  };
}

function extensions(asn1: Asn1, names: readonly GeneralName[]): BaseBlock {
  const { sequence, identifier, bits } = encoders(asn1);
  const extension = (id: string, isCritical: boolean, value: BaseBlock) =>
    sequence(
      identifier(id),
      ...(isCritical ? [new asn1.Boolean({ value: true })] : []), // DER leaves out the default
      new asn1.OctetString({ valueHex: value.toBER() }),
    );
  const alternatives = names.map(({ tagNumber, bytes }) =>
    new asn1.Primitive({ idBlock: { tagClass: CONTEXT_CLASS, tagNumber }, valueHex: bytes })
  );
  return sequence(
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.keyUsage, true, bits(Uint8Array.of(0x80), 7)), // digitalSignature
    extension(OID.extendedKeyUsage, false, sequence(identifier(OID.serverAuthentication))),
    extension(OID.subjectAltName, false, sequence(...alternatives)),
  );
}

/** A host as a subject alternative name (RFC 5280, section 4.2.1.6). */
function generalName(host: string): GeneralName {
  const address = addressBytes(host);
  if (address !== undefined) return { tagNumber: 7, bytes: Uint8Array.from(address) };
  // A URL has names in ASCII.
  const name = URL.parse(`http://${host}`)?.hostname;
  if (name === undefined) {
    throw new TlsError(`Cannot make a certificate for "${host}": it is not a host name.`);
  }
  return { tagNumber: 2, bytes: Buffer.from(name, "latin1") };
}

function pem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der).toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
