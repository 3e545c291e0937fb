/** TLS with trust on first use: remembered certificates, and the error of a changed one. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient, ConnectionError, KnownHosts, openTlsOnFirstUse } from "../../../client/mod.ts";
import { withEmptyFolder } from "../../../tools/repository.ts";
import {
  FOREIGN,
  SELF_SIGNED,
  SIGNED,
  type TestCertificate,
  VERSION_1,
} from "../../support/certificates.ts";
import { freePort } from "../../support/addresses.ts";
import { startTls } from "../../support/tls_fixture.ts";
import { connectTrusting } from "../../support/trusting_client.ts";

/** Joins, and returns the certificates that were reported as stored. */
async function join(port: number, path: string): Promise<string[]> {
  const remembered: string[] = [];
  const openTransport = openTlsOnFirstUse({
    knownHosts: new KnownHosts(path),
    onRemembered: ({ port }, fingerprint) => remembered.push(`${port} ${fingerprint}`),
  });
  const client = await ChatClient.connect({ port, name: "Ann", openTransport });
  client.close();
  return remembered;
}

async function refusal(port: number, path: string): Promise<ConnectionError> {
  return await assertRejects(() => join(port, path), ConnectionError) as ConnectionError;
}

Deno.test("first use: the certificate is stored, reported once, and then trusted", () =>
  withEmptyFolder(async (folder) => {
    const path = `${folder}/hubbub/known_hosts`;
    using server = await startTls(SELF_SIGNED);
    using signed = await startTls(SIGNED);
    assertEquals(await join(server.port, path), [`${server.port} ${SELF_SIGNED.fingerprint}`]);
    assertEquals(await join(server.port, path), []);
    // Signed by an authority that this machine does not trust.
    assertEquals(await join(signed.port, path), [`${signed.port} ${SIGNED.fingerprint}`]);
    assertEquals(await join(server.port, path), []);
    // The name in it is unconfirmed, so a wrong one does not matter.
    using foreign = await startTls(FOREIGN);
    assertEquals(await join(foreign.port, path), [`${foreign.port} ${FOREIGN.fingerprint}`]);
  }));

Deno.test("first use: a server with another certificate is refused, with the line to remove", () =>
  withEmptyFolder(async (folder) => {
    const path = `${folder}/known_hosts`;
    const port = freePort();
    {
      using _first = await startTls(SELF_SIGNED, port);
      await join(port, path);
    }
    const before = await Deno.readTextFile(path);
    using _changed = await startTls(FOREIGN, port);
    const { code, message } = await refusal(port, path);
    assertEquals(code, "certificate_differs");
    assertEquals(
      message,
      `Cannot connect to 127.0.0.1:${port}: its certificate has changed. It had the ` +
        `fingerprint ${SELF_SIGNED.fingerprint} (line 2 of ${path}), and now has ` +
        `${FOREIGN.fingerprint}. Another server may pretend to be it. If its owner confirms the ` +
        "new fingerprint, remove that line, or give it as --fingerprint.",
    );
    assertEquals(await Deno.readTextFile(path), before);
  }));

Deno.test("first use: a certificate that cannot be stored, compared or proved is not trusted", () =>
  withEmptyFolder(async (folder) => {
    using server = await startTls(SELF_SIGNED);
    await Deno.writeTextFile(`${folder}/file`, "not an entry\n");
    const unwritable = await refusal(server.port, `${folder}/file/known_hosts`);
    assertEquals(unwritable.code, "known_hosts");
    const malformed = await refusal(server.port, `${folder}/file`);
    assertMatch(
      malformed.message,
      /Cannot use \S+file: line 1 is not a server with its fingerprint/,
    );
    using old = await startTls(VERSION_1);
    const path = `${folder}/known_hosts`;
    assertEquals((await refusal(old.port, path)).code, "certificate_untrusted");
    assertEquals(new KnownHosts(path).find({ host: "127.0.0.1", port: old.port }), undefined);
  }));

Deno.test("first use: a server with a certificate of an authority must not have less later", () =>
  withEmptyFolder(async (folder) => {
    const path = `${folder}/known_hosts`;
    const openTransport = `client.openTlsOnFirstUse({
      knownHosts: new client.KnownHosts(${JSON.stringify(path)}),
      onRemembered: () => console.log("remembered"),
    })`;
    const attempt = async (certificate: TestCertificate, port: number) => {
      using server = await startTls(certificate, port);
      return [server.port, await connectTrusting(server.port, openTransport)] as const;
    };
    const [port, first] = await attempt(SIGNED, freePort());
    assertEquals(first, "fixture");
    assertEquals(new KnownHosts(path).find({ host: "127.0.0.1", port })?.certificate, "authority");
    assertEquals(await attempt(SELF_SIGNED, port), [port, "certificate_differs"]);
    assertEquals(await attempt(SIGNED, port), [port, "fixture"]);
    // A signed certificate for another name is refused.
    assertEquals((await attempt(FOREIGN, 0))[1], "certificate_name");
  }));
