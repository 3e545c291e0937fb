import { assert, assertEquals, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { storedSelfSigned } from "../../../../server/network/tls/stored_certificate.ts";

const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1000;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("stored certificate: is made once and then reused", () =>
  inFolder(async (folder) => {
    const made = await storedSelfSigned(folder, ["chat.lan"], NOW);
    assertEquals(await storedSelfSigned(folder, ["chat.lan"], NOW + 700 * DAY), made);
    assertEquals(
      await storedSelfSigned(folder, [], NOW),
      made,
      "valid for more hosts than required",
    );
  }));

Deno.test("stored certificate: is replaced a month before it expires", () =>
  inFolder(async (folder) => {
    const made = await storedSelfSigned(folder, [], NOW);
    const later = await storedSelfSigned(folder, [], NOW + 796 * DAY);
    assert(later.cert !== made.cert);
    assertEquals(Date.parse(new X509Certificate(later.cert).validTo) > NOW + 1600 * DAY, true);
    assertEquals(await storedSelfSigned(folder, [], NOW + 796 * DAY), later);
  }));

Deno.test("stored certificate: is replaced when it is not valid for a host", () =>
  inFolder(async (folder) => {
    const made = await storedSelfSigned(folder, [], NOW);
    assert((await storedSelfSigned(folder, ["192.0.2.7"], NOW)).cert !== made.cert);
  }));

Deno.test("stored certificate: is replaced when a file is broken or missing", () =>
  inFolder(async (folder) => {
    const made = await storedSelfSigned(folder, [], NOW);
    await Deno.writeTextFile(`${folder}/tls_key.pem`, "broken");
    const second = await storedSelfSigned(folder, [], NOW);
    assert(second.cert !== made.cert);
    await Deno.remove(`${folder}/tls_cert.pem`);
    assert((await storedSelfSigned(folder, [], NOW)).cert !== second.cert);
  }));

Deno.test({
  name: "stored certificate: an unreadable one is an error, and is not replaced",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await storedSelfSigned(folder, [], NOW);
      const before = await Deno.readTextFile(`${folder}/tls_cert.pem`);
      const key = `${folder}/tls_key.pem`;
      await Deno.remove(key);
      // A link to itself cannot be read, but could be replaced.
      await Deno.symlink(key, key);
      await assertRejects(() => storedSelfSigned(folder, [], NOW), Error, "ELOOP");
      assertEquals(await Deno.readTextFile(`${folder}/tls_cert.pem`), before);
      assertEquals(await Deno.readLink(key), key);
    }),
});

Deno.test({
  name: "stored certificate: is readable by its owner only, even if the old files were not",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await storedSelfSigned(folder, [], NOW);
      await Deno.chmod(`${folder}/tls_key.pem`, 0o644);
      await storedSelfSigned(folder, ["new.lan"], NOW);
      for (const file of ["tls_key.pem", "tls_cert.pem"]) {
        assertEquals((await Deno.stat(`${folder}/${file}`)).mode! & 0o777, 0o600, file);
      }
    }),
});
