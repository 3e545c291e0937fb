import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { createSelfSigned } from "../../../../server/network/tls/self_signed.ts";
import { checkCredentials, TlsError } from "../../../../server/network/tls/tls_credentials.ts";
import { hasCommand } from "../../../support/commands.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const DAY = 24 * 60 * 60 * 1000;

Deno.test("self-signed: it is signed with its own key, and is no authority", async () => {
  const credentials = await createSelfSigned([], NOW);
  const certificate = checkCredentials(credentials);
  assert(certificate.verify(certificate.publicKey));
  assertEquals(certificate.ca, false);
  assertEquals(certificate.issuer, certificate.subject);
});

Deno.test("self-signed: it is valid from one day before until 825 days after", async () => {
  const certificate = new X509Certificate((await createSelfSigned([], NOW)).cert);
  assertEquals(Date.parse(certificate.validFrom), NOW - DAY);
  assertEquals(Date.parse(certificate.validTo), NOW + 825 * DAY);
});

Deno.test("self-signed: it is valid for this machine and for the given names and addresses", async () => {
  const hosts = ["chat.lan", "192.0.2.7", "fe80::1", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.8"];
  const certificate = new X509Certificate(
    (await createSelfSigned([...hosts, "localhost"], NOW)).cert,
  );
  for (const name of ["localhost", "chat.lan"]) assertEquals(certificate.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1", "192.0.2.7", "fe80::1", "2001:db8:1:2:3:4:5:6"]) {
    assert(certificate.checkIP(address) !== undefined, address);
  }
  assertEquals(certificate.checkHost("other.lan"), undefined);
  assertEquals(certificate.subjectAltName!.match(/localhost/g)!.length, 1);
});

Deno.test("self-signed: the key and the serial number are those of the key source", async () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { generate: () => pair, serialNumber: () => Uint8Array.of(0xff, 1) };
  const make = async () => new X509Certificate((await createSelfSigned([], NOW, keys)).cert);
  const [one, other] = [await make(), await make()];
  assertEquals(one.serialNumber, "FF01");
  assertEquals(one.validTo, other.validTo);
  assertEquals(
    one.publicKey.export({ type: "spki", format: "pem" }),
    pair.publicKey.export({ type: "spki", format: "pem" }),
  );
});

Deno.test("self-signed: an invalid host is an error", async () => {
  await assertRejects(() => createSelfSigned(["no host"], NOW), TlsError);
});

Deno.test("TLS credentials: an error names the unusable part in one sentence", async () => {
  const [one, other] = [await createSelfSigned([], NOW), await createSelfSigned([], NOW)];
  for (
    const [cert, key, start] of [
      [one.cert, other.key, "Cannot use the TLS certificate: the key does not"],
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

Deno.test("self-signed: times after 2049 and long lists of hosts are encoded", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `host${index}.lan`);
  const now = Date.UTC(2049, 0, 1);
  const certificate = new X509Certificate((await createSelfSigned(hosts, now)).cert);
  assertEquals(Date.parse(certificate.validFrom), now - DAY);
  assertEquals(Date.parse(certificate.validTo), now + 825 * DAY);
  for (const host of hosts) assertEquals(certificate.checkHost(host), host);
});

Deno.test({
  name: "self-signed: OpenSSL reads all of it",
  ignore: !hasCommand("openssl", "version"),
  fn: async () => {
    const hosts = ["grüße.lan", "::ffff:192.0.2.8"];
    const { cert } = await createSelfSigned(hosts, NOW);
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, cert);
    try {
      const { stdout } = await new Deno.Command("openssl", {
        args: ["x509", "-in", path, "-noout", "-text"],
      }).output();
      const text = new TextDecoder().decode(stdout);
      for (
        const line of [
          "Signature Algorithm: ecdsa-with-SHA256",
          'Issuer: CN = "hubbub, self-signed"',
          "Not Before: Jan 30 12:00:00 2026 GMT",
          "Not After : May  5 12:00:00 2028 GMT",
          'Subject: CN = "hubbub, self-signed"',
          "NIST CURVE: P-256",
          "X509v3 Basic Constraints: critical\n                CA:FALSE",
          "X509v3 Key Usage: critical\n                Digital Signature",
          "X509v3 Extended Key Usage: \n                TLS Web Server Authentication",
          "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
          "DNS:xn--gre-6ka8l.lan, IP Address:0:0:0:0:0:FFFF:C000:208",
        ]
      ) assertStringIncludes(text, line);
    } finally {
      await Deno.remove(path);
    }
  },
});
