import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { createSelfSigned } from "../../../../server/network/tls/self_signed.ts";
import { checkCredentials, TlsError } from "../../../../server/network/tls/tls_credentials.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const DAY = 24 * 60 * 60 * 1000;

Deno.test("self-signed: it vouches for itself, and belongs to its key", () => {
  const credentials = createSelfSigned([], NOW);
  const certificate = checkCredentials(credentials);
  assert(certificate.verify(certificate.publicKey));
  assertEquals(certificate.ca, false);
  assertEquals(certificate.issuer, certificate.subject);
});

Deno.test("self-signed: from a day before until 825 days after", () => {
  const certificate = new X509Certificate(createSelfSigned([], NOW).cert);
  assertEquals(Date.parse(certificate.validFrom), NOW - DAY);
  assertEquals(Date.parse(certificate.validTo), NOW + 825 * DAY);
});

Deno.test("self-signed: good for this machine, and for the names and addresses given", () => {
  const hosts = ["chat.lan", "192.0.2.7", "fe80::1", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.8"];
  const certificate = new X509Certificate(createSelfSigned([...hosts, "localhost"], NOW).cert);
  for (const name of ["localhost", "chat.lan"]) assertEquals(certificate.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1", "192.0.2.7", "fe80::1", "2001:db8:1:2:3:4:5:6"]) {
    assert(certificate.checkIP(address) !== undefined, address);
  }
  assertEquals(certificate.checkHost("other.lan"), undefined);
  assertEquals(certificate.subjectAltName!.match(/localhost/g)!.length, 1);
});

Deno.test("self-signed: the same key and number make the same certificate but for its signature", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { generate: () => pair, serialNumber: () => Buffer.from([0xff, 1]) };
  const [one, other] = [1, 2].map(() => new X509Certificate(createSelfSigned([], NOW, keys).cert));
  assertEquals(one!.serialNumber, "FF01");
  assertEquals(one!.validTo, other!.validTo);
  assertEquals(
    one!.publicKey.export({ type: "spki", format: "pem" }),
    pair.publicKey.export({ type: "spki", format: "pem" }),
  );
});

Deno.test("self-signed: a host that is none is an error, not a certificate", () => {
  assertThrows(() => createSelfSigned(["no host"], NOW), TlsError);
});

Deno.test("TLS credentials: what cannot be used is told in one sentence", () => {
  const [one, other] = [createSelfSigned([], NOW), createSelfSigned([], NOW)];
  for (
    const [cert, key, start] of [
      [one.cert, other.key, "Cannot use the TLS certificate: the key is not"],
      ["", one.key, "Cannot read the TLS certificate:"],
      [one.key, one.key, "Cannot read the TLS certificate:"],
      [one.cert, "", "Cannot read the TLS key:"],
      [one.cert, one.cert, "Cannot read the TLS key:"],
    ] as const
  ) {
    const error = assertThrows(() => checkCredentials({ cert, key }), TlsError) as TlsError;
    assert(error.message.startsWith(start), error.message);
  }
});
