/**
 * The project follows the rules of `docs/ARCHITECTURE.md` about imports, and the check of these rules
 * finds faults, in modules that exist nowhere else.
 */

import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { ARROWS, faults, folderOf, modulesOf } from "./support/architecture.ts";

const ROOT = new URL("../", import.meta.url);

/** The sources of this project. */
async function ownSources(): Promise<ReadonlyMap<string, string>> {
  const sources = new Map([["mod.ts", await Deno.readTextFile(new URL("mod.ts", ROOT))]]);
  const read = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await read(path);
      else if (/\.tsx?$/.test(name)) {
        sources.set(path, await Deno.readTextFile(new URL(path, ROOT)));
      }
    }
  };
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) {
    if (isDirectory && name in ARROWS) await read(name);
  }
  return sources;
}

const own = await modulesOf(ROOT, await ownSources());

Deno.test("architecture: the arrows point one way, no files import each other in a circle, and only its own runtime layer uses Deno", () => {
  assertEquals(faults(own), []);
});

Deno.test("architecture: the check has read the project", () => {
  for (
    const folder of ["protocol", "server", "client", "client/core", "bench/load", "web", "cli"]
  ) {
    const paths = [...own.keys()].filter((path) => folderOf(path) === folder);
    assert(paths.length > 3, folder);
    const imports = paths.flatMap((path) => own.get(path)!.imports);
    assert(imports.length > paths.length, folder);
    for (const { to } of imports) {
      const isData = /\.(json|md)$/.test(to);
      assert(own.has(to) || isData || to.startsWith("node:"), to);
    }
  }
  assert([...own.values()].some(({ uses }) => uses.includes("Deno")));
});

const FINE: Readonly<Record<string, Record<string, string>>> = {
  "arrows that may be": {
    "server/chat/hub.ts": 'import { a } from "../../protocol/mod.ts";',
    "client/x.ts": 'import { a } from "../protocol/mod.ts";\nimport net from "node:net";',
    "bench/deep/x.ts": 'import { a } from "../../protocol/mod.ts";\nimport "./y.ts";',
    "bench/deep/y.ts": "",
    "web/x.ts": 'import type { A } from "../protocol/mod.ts";\nimport "../client/core/x.ts";',
    "client/core/x.ts": 'import { a } from "../../protocol/mod.ts";',
    "client/y.ts": 'import "./core/x.ts";',
    "cli/main.ts": 'import "../server/chat/hub.ts";\nimport "../client/x.ts";\n' +
      'import "../bench/deep/x.ts";\nimport config from "../deno.json" with { type: "json" };',
    "mod.ts": 'export * from "./server/hub.ts";\nawait import("./cli/main.ts");',
  },
  "packages": { "protocol/x.ts": 'import * as v from "valibot";\nimport x from "npm:x";' },
  "Deno in the runtime layer": { "cli/runtime/deno_x.ts": "Deno.exit(1);" },
  "Deno in comments, strings and expressions": {
    "server/x.ts": '// In Deno 2.9.6\n/** Deno.listen("/*") */\nconst a = "Deno.args"; ' +
      "const b = /Deno.\"/; const c = 'Deno.'; const d = xDeno.y; const e = DenoX;",
  },
  "imports in comments and strings": {
    "protocol/x.ts":
      '/**\n * import { a } from "../server/chat/hub.ts";\n */\n// import "../server/x.ts";\n' +
      '/*\nimport { a } from "../server/chat/hub.ts";\n*/\nconst a = "import(\'../server/x.ts\')".length;',
  },
  "two ways to one file": {
    "server/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "server/b.ts": 'import "./d.ts";',
    "server/c.ts": 'import "./d.ts";',
    "server/d.ts": "",
  },
};

const WRONG: readonly (readonly [what: string, sources: Record<string, string>, fault: string])[] =
  [
    [
      "a reverse arrow",
      { "protocol/x.ts": 'import { Hub } from "../server/chat/hub.ts";' },
      "protocol/x.ts imports server/chat/hub.ts",
    ],
    [
      "a reverse arrow within the server",
      { "server/chat/x.ts": 'import "../session/y.ts";', "server/session/y.ts": "" },
      "server/chat/x.ts imports server/session/y.ts",
    ],
    [
      "a folder of the server that imports what puts it together",
      { "server/network/x.ts": 'import "../server.ts";', "server/server.ts": "" },
      "server/network/x.ts imports server/server.ts",
    ],
    [
      "a reverse arrow within the load tester",
      { "bench/load/x.ts": 'import "../results/y.ts";', "bench/results/y.ts": "" },
      "bench/load/x.ts imports bench/results/y.ts",
    ],
    [
      "a reverse arrow of a type",
      { "protocol/x.ts": 'import type { Hub } from "../server/chat/hub.ts";' },
      "protocol/x.ts imports server/chat/hub.ts",
    ],
    [
      "a reverse arrow over several lines",
      { "server/x.ts": 'import {\n  a,\n  type B,\n} from "../client/mod.ts";' },
      "server/x.ts imports client/mod.ts",
    ],
    [
      "a reverse arrow behind other imports",
      {
        "server/x.ts": 'import { a } from "../protocol/mod.ts";\nimport { b } from "../cli/x.ts";',
      },
      "server/x.ts imports cli/x.ts",
    ],
    [
      "the terminal's client in the client core",
      { "client/core/x.ts": 'import "../terminal.ts";' },
      "client/core/x.ts imports client/terminal.ts",
    ],
    [
      "the whole client in the page",
      { "web/x.ts": 'import { a } from "../client/x.ts";' },
      "web/x.ts imports client/x.ts",
    ],
    [
      "a built-in module in the client core",
      { "client/core/x.ts": 'import { Buffer } from "node:buffer";' },
      "client/core/x.ts imports node:buffer",
    ],
    [
      "the DOM in the client core",
      { "client/core/x.ts": "document.body.remove();" },
      "client/core/x.ts uses document",
    ],
    [
      "a re-export",
      { "client/x.ts": 'export * from "../server/mod.ts";' },
      "client/x.ts imports server/mod.ts",
    ],
    [
      "a re-export of names",
      { "client/x.ts": 'export { type A, b } from "../bench/mod.ts";' },
      "client/x.ts imports bench/mod.ts",
    ],
    [
      "an import for its effects",
      { "web/x.ts": 'import "../client/mod.ts";' },
      "web/x.ts imports client/mod.ts",
    ],
    [
      "a load tester that shares its process with the server",
      { "bench/deep/x.ts": 'import { Server } from "../../server/mod.ts";' },
      "bench/deep/x.ts imports server/mod.ts",
    ],
    [
      "a dynamic import",
      { "bench/x.ts": 'const { Server } = await import("../server/mod.ts");' },
      "bench/x.ts imports server/mod.ts",
    ],
    [
      "the type of a dynamic import",
      { "server/x.ts": 'let a: import("../cli/x.ts").A;' },
      "server/x.ts imports cli/x.ts",
    ],
    [
      "the library with the command line in it",
      { "mod.ts": 'import { main } from "./cli/main.ts";' },
      "mod.ts imports cli/main.ts",
    ],
    [
      "another part of the command line in the entry",
      { "mod.ts": 'await import("./cli/serve.ts");' },
      "mod.ts imports cli/serve.ts",
    ],
    [
      "the test's code in the product",
      { "cli/x.ts": 'import { fake } from "../tests/fakes.ts";' },
      "cli/x.ts imports tests/fakes.ts",
    ],
    [
      "a built-in module in the protocol",
      { "protocol/x.ts": 'import { Buffer } from "node:buffer";' },
      "protocol/x.ts imports node:buffer",
    ],
    ["Deno", { "protocol/x.ts": "const a = Deno.args;" }, "protocol/x.ts uses Deno"],
    ["Deno by index", { "server/x.ts": 'const a = Deno["args"];' }, "server/x.ts uses Deno"],
    ["Deno taken apart", { "bench/x.ts": "const { args } = Deno;" }, "bench/x.ts uses Deno"],
    ["Deno in a type", { "client/x.ts": "let a: Deno.Conn;" }, "client/x.ts uses Deno"],
    ["Deno in a template", { "client/x.ts": "const a = `${Deno.pid}`;" }, "client/x.ts uses Deno"],
    ["Deno in the command line", { "cli/x.ts": "Deno.exit(0);" }, "cli/x.ts uses Deno"],
    ["Deno in the library", { "mod.ts": "Deno.exit(0);" }, "mod.ts uses Deno"],
    [
      "Deno behind a comment, a string and an expression",
      { "server/x.ts": 'const a = "//"; const b = /["\'`/*]/; /* " */ Deno.exit(0);' },
      "server/x.ts uses Deno",
    ],
    [
      "a cycle of two",
      { "server/a.ts": 'import "./b.ts";', "server/b.ts": 'import type { A } from "./a.ts";' },
      "server/a.ts -> server/b.ts -> server/a.ts",
    ],
    [
      "a cycle of three behind a file that is not in it",
      {
        "server/a.ts": 'import "./b.ts";',
        "server/b.ts": 'import "./c.ts";',
        "server/c.ts": 'export * from "./d.ts";',
        "server/d.ts": 'import "./b.ts";',
      },
      "server/b.ts -> server/c.ts -> server/d.ts -> server/b.ts",
    ],
    [
      "a file that imports itself",
      { "server/a.ts": 'import { a } from "./a.ts";' },
      "server/a.ts -> server/a.ts",
    ],
  ];

/** The faults of some modules, and of one that each of them may import. */
async function faultsOf(sources: Record<string, string>): Promise<string[]> {
  const root = await Deno.makeTempDir();
  const all = { "protocol/mod.ts": "export const a = 1;", ...sources };
  for (const [path, source] of Object.entries(all)) {
    await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, source);
  }
  try {
    return faults(await modulesOf(pathToFileURL(`${root}/`), new Map(Object.entries(all))));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

for (const [what, sources] of Object.entries(FINE)) {
  Deno.test(`architecture: the check accepts ${what}`, async () => {
    assertEquals(await faultsOf(sources), []);
  });
}

for (const [what, sources, fault] of WRONG) {
  Deno.test(`architecture: the check finds ${what}`, async () => {
    assertEquals(await faultsOf(sources), [fault]);
  });
}
