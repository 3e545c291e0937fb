import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { BaseRuntimeError, provideBaseRuntime, sha256 } from "../../tools/base_runtime.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

const VERSION = "2.9.6";
const TARGET = "x86_64-unknown-linux-gnu";
const ARCHIVE = `https://dl.deno.land/release/v2.9.6/denort-${TARGET}.zip`;
const SUM =
  `https://github.com/denoland/deno/releases/download/v2.9.6/denort-${TARGET}.zip.sha256sum`;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const archive = bytesOf("an archive");
const archiveSum = await sha256(archive);

/** Runs it with responses by URL; a URL without one is unreachable. */
async function provide(
  denoDirectory: string,
  answers: Record<string, string>,
): Promise<void> {
  await provideBaseRuntime(TARGET, {
    version: VERSION,
    denoDirectory,
    fetch: (url) =>
      url in answers
        ? Promise.resolve(new Response(answers[url]))
        : Promise.reject(new TypeError("dns error")),
  });
}

function cached(denoDirectory: string): string {
  return join(denoDirectory, "dl", "release", `v${VERSION}`, `denort-${TARGET}.zip`);
}

Deno.test("SHA-256: the example of FIPS 180-4, abc", async () => {
  assertEquals(
    await sha256(bytesOf("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

for (
  const [origin, sum] of [
    ["sha256sum", `${archiveSum}  denort-${TARGET}.zip\n`],
    [
      "PowerShell",
      `\r\nAlgorithm : SHA256\r\nHash      : ${archiveSum.toUpperCase()}\r\nPath      : D:\\a\\b.zip\r\n`,
    ],
  ] as const
) {
  Deno.test(`a base runtime with the published sum, of ${origin}, goes to Deno's cache`, async () => {
    await withEmptyFolder(async (folder) => {
      await provide(folder, { [ARCHIVE]: "an archive", [SUM]: sum });
      assertEquals(await Deno.readFile(cached(folder)), archive);
      // The second time, it is in the cache.
      await provide(folder, { [SUM]: sum });
    });
  });
}

Deno.test("a base runtime with another sum is refused, downloaded or cached", async () => {
  await withEmptyFolder(async (folder) => {
    const answers = { [ARCHIVE]: "another archive", [SUM]: `${archiveSum}  x.zip\n` };
    await assertRejects(
      () => provide(folder, answers),
      BaseRuntimeError,
      "is not what Deno published",
    );
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
    await provide(folder, { ...answers, [ARCHIVE]: "an archive" });
    await Deno.writeTextFile(cached(folder), "changed");
    await assertRejects(() => provide(folder, answers), BaseRuntimeError, cached(folder));
  });
});

Deno.test("without a network, or a readable sum, a base runtime is refused", async () => {
  await withEmptyFolder(async (folder) => {
    await assertRejects(
      () => provide(folder, {}),
      BaseRuntimeError,
      "cannot be downloaded from dl.deno.land",
    );
    await assertRejects(
      () => provide(folder, { [ARCHIVE]: "an archive" }),
      BaseRuntimeError,
      "cannot be downloaded from github.com",
    );
    await assertRejects(
      () => provide(folder, { [ARCHIVE]: "an archive", [SUM]: "not found" }),
      BaseRuntimeError,
      "cannot be read",
    );
  });
});
