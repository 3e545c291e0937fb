/**
 * The arrows between the folders point one way, no files import each other in a circle, and the
 * runtime's own functions stay in the command line: `docs/ARCHITECTURE.md`, as a check.
 *
 * The second half of this file checks the check, on modules that exist nowhere else.
 */

import { assert, assertEquals } from "@std/assert";

/** Sources by their path from the root, such as `server/chat/hub.ts`. */
type Modules = ReadonlyMap<string, string>;

interface Import {
  readonly specifier: string;
  readonly isDynamic: boolean;
}

/** What the files of each folder may import besides those of their own. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  server: ["protocol"],
  client: ["protocol"],
  bench: ["protocol"],
  web: ["protocol"],
  cli: ["protocol", "server", "client", "bench", "web", "deno.json"],
  "mod.ts": ["protocol", "server", "client", "bench", "web"],
};

/** The executable's entry loads the command line only where it is run as a program. */
const ALLOWED_DYNAMICALLY = { from: "mod.ts", to: "cli/main.ts" };

/** Comments, strings, templates and regular expressions: what may look like code and is not. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:[!&|?{};>]\s*|^\s*|return\s+)\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//gm;

/**
 * A module's code without comments and regular expressions, and its strings apart: each is replaced
 * by its number. Templates stay, since code may stand in them.
 */
function scan(source: string): { code: string; strings: readonly string[] } {
  const strings: string[] = [];
  const code = source.replace(NO_CODE, (part) => {
    if (part.startsWith("`")) return part;
    return /^["']/.test(part) ? `"${strings.push(part.slice(1, -1)) - 1}"` : " ";
  });
  return { code, strings };
}

/** The imports of a module, types and re-exports included. */
function importsOf(source: string): Import[] {
  const { code, strings } = scan(source);
  const found = (pattern: RegExp, isDynamic: boolean) =>
    [...code.matchAll(pattern)].map(([, number]) => ({
      specifier: strings[Number(number)]!,
      isDynamic,
    }));
  return [
    ...found(/^\s*(?:import|export)\s[^;"]*?\bfrom\s*"(\d+)"/gm, false),
    ...found(/^\s*import\s*"(\d+)"/gm, false),
    ...found(/\bimport\s*\(\s*"(\d+)"/g, true),
  ];
}

/** The path that a relative specifier means; `undefined` for packages. */
function resolve(specifier: string, from: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

const folderOf = (path: string) => path.split("/")[0]!;

/** Whatever is wrong with the modules, one sentence each. */
function faults(modules: Modules): string[] {
  return [...modules].flatMap(([path, source]) => [
    ...arrowFaults(path, source),
    ...runtimeFaults(path, source),
  ]).concat(cycles(modules));
}

function arrowFaults(path: string, source: string): string[] {
  const folder = folderOf(path);
  return importsOf(source).flatMap(({ specifier, isDynamic }) => {
    const to = resolve(specifier, path);
    if (to === undefined) {
      const isBuiltIn = specifier.startsWith("node:");
      return folder === "protocol" && isBuiltIn ? [`${path} imports ${specifier}`] : [];
    }
    const isAllowed = folderOf(to) === folder || ARROWS[folder]?.includes(folderOf(to)) ||
      (isDynamic && path === ALLOWED_DYNAMICALLY.from && to === ALLOWED_DYNAMICALLY.to);
    return isAllowed ? [] : [`${path} imports ${to}`];
  });
}

function runtimeFaults(path: string, source: string): string[] {
  const isFree = folderOf(path) === "cli";
  return !isFree && /\bDeno\b\s*(?:\?\.|[.[,;)}])/.test(scan(source).code)
    ? [`${path} uses Deno`]
    : [];
}

/** Each circle of imports once, told from the first of its files that was come upon. */
function cycles(modules: Modules): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) return void found.push([...trail.slice(start), path].join(" -> "));
    const source = modules.get(path);
    if (source === undefined || done.has(path)) return;
    for (const { specifier } of importsOf(source)) {
      const to = resolve(specifier, path);
      if (to !== undefined) visit(to, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return found;
}

const ROOT = new URL("../", import.meta.url);

/** The sources of this project. */
async function ownModules(): Promise<Modules> {
  const modules = new Map([["mod.ts", await Deno.readTextFile(new URL("mod.ts", ROOT))]]);
  const read = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await read(path);
      else if (/\.tsx?$/.test(name)) {
        modules.set(path, await Deno.readTextFile(new URL(path, ROOT)));
      }
    }
  };
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) {
    if (isDirectory && name in ARROWS) await read(name);
  }
  return modules;
}

Deno.test("architecture: the arrows point one way, and Deno stays in the command line", async () => {
  const modules = await ownModules();
  assertEquals([...modules].flatMap(([path, source]) => arrowFaults(path, source)), []);
  assertEquals([...modules].flatMap(([path, source]) => runtimeFaults(path, source)), []);
});

Deno.test("architecture: no files import each other in a circle", async () => {
  assertEquals(cycles(await ownModules()), []);
});

Deno.test("architecture: the check has read the project", async () => {
  const modules = await ownModules();
  for (const folder of ["protocol", "server", "client", "bench", "cli"]) {
    const paths = [...modules.keys()].filter((path) => folderOf(path) === folder);
    assert(paths.length > 3, folder);
  }
  for (const [path, source] of modules) {
    const ends = importsOf(source).flatMap(({ specifier }) => resolve(specifier, path) ?? []);
    for (const end of ends) {
      assert(modules.has(end) || end === "deno.json", `${path} imports ${end}`);
    }
    // Whatever stands like an import in the plain text was understood as one.
    const plain = source.match(/^(?:import|export) .*$|^\} from "/gm)?.filter((line) =>
      / from "|^import "/.test(line) || line.startsWith("} from")
    ) ?? [];
    const statics = importsOf(source).filter(({ isDynamic }) =>
      !isDynamic
    );
    assertEquals(statics.length, plain.length, path);
  }
});

/** Modules of one file each, and one that each may import. */
function modulesOf(sources: Record<string, string>): Modules {
  return new Map(Object.entries({
    "protocol/mod.ts": "export const a = 1;",
    ...sources,
  }));
}

const FINE: Readonly<Record<string, Record<string, string>>> = {
  "arrows that may be": {
    "server/chat/hub.ts": 'import { a } from "../protocol/mod.ts";',
    "client/x.ts": 'import { a } from "../protocol/mod.ts";\nimport net from "node:net";',
    "bench/deep/x.ts": 'import { a } from "../../protocol/mod.ts";\nimport "./y.ts";',
    "bench/deep/y.ts": "",
    "web/x.ts": 'import type { A } from "../protocol/mod.ts";',
    "cli/main.ts": 'import "../server/chat/hub.ts";\nimport "../client/x.ts";\n' +
      'import "../bench/deep/x.ts";\nimport config from "../deno.json" with { type: "json" };',
    "mod.ts": 'export * from "./server/hub.ts";\nawait import("./cli/main.ts");',
  },
  "packages": { "protocol/x.ts": 'import * as v from "valibot";\nimport x from "npm:x";' },
  "Deno in the command line": { "cli/x.ts": "Deno.exit(1);" },
  "Deno in comments, strings and expressions": {
    "server/x.ts": '// In Deno 2.9.6\n/** Deno.listen("/*") */\nconst a = "Deno.args"; ' +
      "const b = /Deno.\"/; const c = 'Deno.'; const d = xDeno.y; const e = DenoX;",
  },
  "imports in comments and strings": {
    "protocol/x.ts":
      ' * import { a } from "../server/chat/hub.ts";\n// import "../server/x.ts";\n' +
      '/*\nimport { a } from "../server/chat/hub.ts";\n*/\nconst a = "import(\'../server/x.ts\')".length;',
  },
  "two ways to one file": {
    "server/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "server/b.ts": 'import "./d.ts";',
    "server/c.ts": 'import "./d.ts";',
    "server/d.ts": "",
  },
};

for (const [what, sources] of Object.entries(FINE)) {
  Deno.test(`architecture: the check has nothing against ${what}`, () => {
    assertEquals(faults(modulesOf(sources)), []);
  });
}

const WRONG: readonly (readonly [what: string, sources: Record<string, string>, fault: string])[] =
  [
    [
      "a reverse arrow",
      { "protocol/x.ts": 'import { Hub } from "../server/chat/hub.ts";' },
      "protocol/x.ts imports server/chat/hub.ts",
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

for (const [what, sources, fault] of WRONG) {
  Deno.test(`architecture: the check finds ${what}`, () => {
    assertEquals(faults(modulesOf(sources)), [fault]);
  });
}
