import { assert, assertEquals, assertThrows } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { keptSelfSigned } from "../../../../server/network/tls/kept_certificate.ts";

const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1000;

async function inFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("kept certificate: made once, and taken from then on", () =>
  inFolder((folder) => {
    const made = keptSelfSigned(folder, ["chat.lan"], NOW);
    assertEquals(keptSelfSigned(folder, ["chat.lan"], NOW + 700 * DAY), made);
    assertEquals(keptSelfSigned(folder, [], NOW), made, "good for more than is asked for");
  }));

Deno.test("kept certificate: replaced a month before it is over", () =>
  inFolder((folder) => {
    const made = keptSelfSigned(folder, [], NOW);
    const later = keptSelfSigned(folder, [], NOW + 796 * DAY);
    assert(later.cert !== made.cert);
    assertEquals(Date.parse(new X509Certificate(later.cert).validTo) > NOW + 1600 * DAY, true);
    assertEquals(keptSelfSigned(folder, [], NOW + 796 * DAY), later);
  }));

Deno.test("kept certificate: replaced where it is not good for a host", () =>
  inFolder((folder) => {
    const made = keptSelfSigned(folder, [], NOW);
    assert(keptSelfSigned(folder, ["192.0.2.7"], NOW).cert !== made.cert);
  }));

Deno.test("kept certificate: replaced where a file is broken or missing", () =>
  inFolder(async (folder) => {
    const made = keptSelfSigned(folder, [], NOW);
    await Deno.writeTextFile(`${folder}/tls_key.pem`, "broken");
    const second = keptSelfSigned(folder, [], NOW);
    assert(second.cert !== made.cert);
    await Deno.remove(`${folder}/tls_cert.pem`);
    assert(keptSelfSigned(folder, [], NOW).cert !== second.cert);
  }));

Deno.test({
  name: "kept certificate: an unreadable one is an error, and is not replaced",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      keptSelfSigned(folder, [], NOW);
      const before = await Deno.readTextFile(`${folder}/tls_cert.pem`);
      const key = `${folder}/tls_key.pem`;
      await Deno.remove(key);
      // It cannot be read, but could be replaced.
      await Deno.symlink(key, key);
      assertThrows(() => keptSelfSigned(folder, [], NOW), Error, "ELOOP");
      assertEquals(await Deno.readTextFile(`${folder}/tls_cert.pem`), before);
      assertEquals(await Deno.readLink(key), key);
    }),
});

Deno.test({
  name: "kept certificate: nobody else's to read, though the files were before",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      keptSelfSigned(folder, [], NOW);
      await Deno.chmod(`${folder}/tls_key.pem`, 0o644);
      keptSelfSigned(folder, ["new.lan"], NOW);
      for (const file of ["tls_key.pem", "tls_cert.pem"]) {
        assertEquals((await Deno.stat(`${folder}/${file}`)).mode! & 0o777, 0o600, file);
      }
    }),
});
