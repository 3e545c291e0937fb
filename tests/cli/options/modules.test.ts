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

/** Modules of Node and packages, which each take as long to load as the rest of a command. */
const HEAVY = /^(node|npm):/;

/** Modules of the client that options need, without imports of their own from it. */
const SMALL: readonly string[] = ["client/system_reason.ts", "client/core/web_address.ts"];

/** In every command. An executable has commander without Node's modules. */
const COMMON = [
  "npm:/fastest-levenshtein@1.0.16/esm/mod.js",
  "npm:commander@15.1.0",
  "npm:ipaddr.js@2.5.0",
];
const VALIBOT = "npm:valibot@1.5.0";

const CLIENT = [
  ...["node:buffer", "node:fs", "node:net", "node:os", "node:path", "node:process"],
  ...["node:stream", "node:timers", "node:tls"],
  VALIBOT,
];

for (
  const { command, heavy, most, without } of [
    // The first modules of all commands, and all that --version and --help of the program load.
    {
      command: "main",
      heavy: [],
      most: 30,
      without: ["server/mod.ts", "client/", "bench/", "cli/options/serve.ts"],
    },
    {
      command: "send",
      heavy: CLIENT,
      most: 90,
      without: ["client/terminal/", "client/check/"],
    },
    {
      command: "tail",
      heavy: CLIENT,
      most: 90,
      without: ["client/terminal/", "client/check/"],
    },
    {
      command: "chat",
      heavy: CLIENT,
      most: 75,
      without: ["client/terminal/", "client/scripts/"],
    },
    {
      command: "check",
      heavy: [...CLIENT, "node:timers/promises"],
      most: 80,
      without: ["client/terminal/", "client/scripts/"],
    },
    {
      command: "echo",
      heavy: ["node:timers", VALIBOT],
      most: 51,
      without: ["server/server.ts", "server/chat/"],
    },
    // The server itself is loaded by its thread.
    {
      command: "serve",
      heavy: [VALIBOT],
      most: 66,
      without: ["server/server.ts", "server/chat/", "server/storage/"],
    },
  ] as const
) {
  Deno.test(`${command} loads the modules that it needs, and no others`, async () => {
    const loaded = await loadedBy(`cli/${command}.ts`);
    const needless = loaded.filter((path) => without.some((folder) => path.startsWith(folder)));
    assertEquals(
      needless.filter((path) => !SMALL.includes(path)),
      [],
    );
    assertEquals(loaded.filter((path) => HEAVY.test(path)).sort(), [...COMMON, ...heavy].sort());
    const modules = loaded.filter((path) => path.endsWith(".ts"));
    assert(modules.length <= most, `${modules.length} modules: ${modules.join(" ")}`);
  });
}
