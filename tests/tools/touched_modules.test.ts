import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { REPOSITORY, runDeno, withEmptyFolder } from "../../tools/repository.ts";
import { touchedModules } from "../../tools/touched_modules.ts";

Deno.test("touched modules: files and packages of all processes, each once", async () => {
  await withEmptyFolder(async (folder) => {
    const cache = "file:///home/ann/.cache/deno/npm/localhost";
    const urls = [
      `${pathToFileURL(REPOSITORY)}/server/worker.ts`,
      `${pathToFileURL(REPOSITORY)}/server/worker.ts`,
      `${pathToFileURL(REPOSITORY)}/tests/fixtures/permission_probe.ts`,
      `${cache}/ws/8.23.0/lib/websocket.js`,
      `${cache}/@noble/hashes/2.4.0/sha2.js`,
      "file:///elsewhere/other.ts",
    ];
    for (const [index, url] of urls.entries()) {
      await Deno.writeTextFile(join(folder, `${index}.json`), JSON.stringify({ url, result: [] }));
    }
    assertEquals(await touchedModules(folder), {
      files: ["server/worker.ts"],
      packages: ["@noble/hashes@2.4.0", "ws@8.23.0"],
    });
  });
});

Deno.test("touched modules: those of a run that loads a command, and not those of others", async () => {
  await withEmptyFolder(async (folder) => {
    const program = ["run", `--coverage=${folder}`, "-A", "cli/main.ts"];
    const { success, stderr } = await runDeno([...program, "completions", "bash"]);
    assert(success, stderr);
    const { files, packages } = await touchedModules(folder);
    assert(files.includes("cli/completions/bash.ts"), files.join());
    assert(!files.includes("server/worker.ts"), files.join());
    assert(packages.some((name) => name.startsWith("fastest-levenshtein@")), packages.join());
  });
});
