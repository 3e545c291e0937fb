/** Each command loads what it needs when it needs it: its start takes as long as that. */

import { assert, assertEquals } from "@std/assert";
import { runDeno } from "../../../tools/repository.ts";

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** The modules that a module loads at its start, by their paths in the project or their packages. */
async function loadedBy(path: string): Promise<string[]> {
  const { stdout } = await runDeno(["info", "--json", path]);
  const { roots, modules } = JSON.parse(stdout) as Graph;
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) loaded.add(code.specifier);
    }
  }
  const base = roots[0]!.slice(0, -path.length);
  return [...loaded].map((specifier) => specifier.replace(base, ""));
}

Deno.test("the command line loads no server, no client and no load tester before a command runs", async () => {
  const loaded = await loadedBy("cli/main.ts");
  assert(loaded.includes("cli/options/serve.ts"), loaded.join(" "));
  const entries = ["protocol", "server", "client", "bench"].map((folder) => `${folder}/mod.ts`);
  assertEquals(loaded.filter((path) => entries.includes(path)), []);
  assert(loaded.length < 60, `${loaded.length} modules`);
});

for (
  const { command, most, without } of [
    {
      command: "send",
      most: 70,
      without: ["client/terminal/", "client/check/"],
    },
    {
      command: "tail",
      most: 70,
      without: ["client/terminal/", "client/check/"],
    },
    { command: "chat", most: 70, without: ["client/terminal/", "client/scripts/"] },
    { command: "check", most: 55, without: ["client/terminal/", "client/scripts/"] },
    { command: "echo", most: 70, without: ["server/server.ts", "server/chat/"] },
    // The server itself is loaded by its thread.
    {
      command: "serve",
      most: 75,
      without: ["server/server.ts", "server/chat/", "server/storage/"],
    },
  ] as const
) {
  Deno.test(`${command} loads the modules that it needs, and no others`, async () => {
    const loaded = await loadedBy(`cli/${command}.ts`);
    const needless = loaded.filter((path) => without.some((folder) => path.startsWith(folder)));
    assertEquals(needless, []);
    const modules = loaded.filter((path) => path.endsWith(".ts"));
    assert(modules.length <= most, `${modules.length} modules: ${modules.join(" ")}`);
  });
}
