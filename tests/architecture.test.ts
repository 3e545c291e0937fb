/**
 * The arrows between the folders point one way, no files import each other in a circle, and the
 * runtime's own functions stay in the command line: `docs/ARCHITECTURE.md`, as a check.
 *
 * The second half of this file checks the check, on modules that exist nowhere else.
 */

import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./support/commands.ts";

/** An import, re-export or imported type of a file or a built-in module; packages are left out. */
interface Import {
  /** A path from the root, or such as `node:net`. */
  readonly to: string;
  readonly isDynamic: boolean;
}

interface Module {
  readonly imports: readonly Import[];
  /** The {@link RUNTIME_OBJECTS} that it names. */
  readonly uses: readonly string[];
}

/** Modules by their path from the root, such as `server/chat/hub.ts`. */
type Modules = ReadonlyMap<string, Module>;

/** Files of the server that its folders may import. */
const SERVER_BASE = ["server/byte_buffer.ts", "server/options.ts", "server/result.ts"];

/** What the files of each folder may import besides those of their own: folders with all that is below
 * them, or files. The arrows of a folder within another one are those of the inner one. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  "server/addresses": ["protocol"],
  "server/names": ["protocol"],
  "server/scheduling": ["protocol"],
  "server/fanout": ["protocol", ...SERVER_BASE],
  "server/storage": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/names",
    "server/scheduling",
  ],
  "server/observability": ["protocol", "server/addresses", "server/storage"],
  "server/accounts": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/observability",
    "server/scheduling",
    "server/storage",
  ],
  "server/chat": [
    "protocol",
    ...SERVER_BASE,
    "server/accounts",
    "server/addresses",
    "server/fanout",
    "server/names",
    "server/observability",
    "server/scheduling",
    "server/storage",
  ],
  "server/network": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/observability",
    "server/scheduling",
  ],
  "server/session": [
    "protocol",
    ...SERVER_BASE,
    "server/chat",
    "server/fanout",
    "server/network",
    "server/observability",
    "server/scheduling",
    "server/storage",
  ],
  "server/web": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/network",
    "server/observability",
  ],
  "server/echo": ["protocol", "server/network"],
  server: ["protocol", "server"],
  "client/core": ["protocol"],
  client: ["protocol", "client/core"],
  bench: ["protocol"],
  web: ["protocol", "client/core"],
  cli: ["protocol", "server", "client", "client/core", "bench", "web", "deno.json"],
  "mod.ts": ["protocol", "server", "client", "client/core", "bench", "web"],
};

/** Folders whose files run in a browser, Node and Deno alike. */
const PORTABLE: readonly string[] = ["protocol", "client/core"];

/** Names of objects that only some of these runtimes have. */
const RUNTIME_OBJECTS = ["Deno", "WebSocket", "document", "localStorage"];

/** The executable's entry loads the command line only where it is run as a program. */
const ALLOWED_DYNAMICALLY = { from: "mod.ts", to: "cli/main.ts" };

/** Of the output of `deno info --json`, what is read here. */
interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/**
 * The imports of modules, as the runtime reads them.
 *
 * @param root the folder of the paths, with a slash at its end.
 * @throws {Error} for a module that cannot be parsed.
 */
async function importsOf(root: URL, paths: readonly string[]): Promise<Map<string, Import[]>> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(entry, paths.map((path) => `import "${new URL(path, root)}";`).join(""));
  const { stdout } = await run(Deno.execPath(), "info", "--json", "--no-npm", "--no-config", entry);
  const { modules }: { modules: ModuleInfo[] } = JSON.parse(stdout);
  await Deno.remove(entry);
  const infos = new Map(modules.map((info) => [info.specifier, info]));
  const pathOf = (url: string) => url.startsWith(root.href) ? url.slice(root.href.length) : url;
  return new Map(paths.map((path) => {
    const { error, dependencies = [] } = infos.get(new URL(path, root).href)!;
    if (error !== undefined) throw new Error(error);
    const imports = dependencies.flatMap(({ code, type, isDynamic = false }) => {
      // Without a configuration the names of packages are not resolved.
      const to = pathOf(code?.specifier ?? type?.specifier ?? "npm:");
      return to.startsWith("npm:") ? [] : [{ to, isDynamic }];
    });
    return [path, imports];
  }));
}

/** Reports each place where a module names an object of the runtime. */
const RUNTIME_PLUGIN: Deno.lint.Plugin = {
  name: "runtime",
  rules: {
    objects: {
      create: (context) => ({
        Identifier(node: Deno.lint.Identifier) {
          if (RUNTIME_OBJECTS.includes(node.name)) context.report({ node, message: node.name });
        },
      }),
    },
  },
};

/** The modules with these sources. */
async function modulesOf(root: URL, sources: ReadonlyMap<string, string>): Promise<Modules> {
  const imports = await importsOf(root, [...sources.keys()]);
  return new Map([...sources].map(([path, source]) => [path, {
    imports: imports.get(path)!,
    uses: [
      ...new Set(Deno.lint.runPlugin(RUNTIME_PLUGIN, path, source).map(({ message }) => message)),
    ],
  }]));
}

/** The innermost folder of a file that {@link ARROWS} has. */
function folderOf(path: string): string {
  const [top = "", inner] = path.split("/");
  return `${top}/${inner}` in ARROWS ? `${top}/${inner}` : top;
}

/** Whether an arrow to a folder or file allows an import. `server` is all of the server's folders. */
const allows = (target: string, to: string) =>
  target === to || target === folderOf(to) || (target === "server" && to.startsWith("server/"));

/** Faults of the modules, one sentence each. */
function faults(modules: Modules): string[] {
  return [...modules].flatMap(([path, module]) => [
    ...arrowFaults(path, module),
    ...runtimeFaults(path, module),
  ]).concat(cycles(modules));
}

function runtimeFaults(path: string, { uses }: Module): string[] {
  const folder = folderOf(path);
  return uses.filter((name) => name === "Deno" ? folder !== "cli" : PORTABLE.includes(folder))
    .map((name) => `${path} uses ${name}`);
}

function arrowFaults(path: string, { imports }: Module): string[] {
  const folder = folderOf(path);
  return imports.filter(({ to, isDynamic }) => {
    if (to.startsWith("node:")) return PORTABLE.includes(folder);
    if (isDynamic && path === ALLOWED_DYNAMICALLY.from && to === ALLOWED_DYNAMICALLY.to) {
      return false;
    }
    return folderOf(to) !== folder && !ARROWS[folder]?.some((target) => allows(target, to));
  }).map(({ to }) => `${path} imports ${to}`);
}

/** Each circle of imports once, from the first of its files that was visited. */
function cycles(modules: Modules): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) return void found.push([...trail.slice(start), path].join(" -> "));
    const module = modules.get(path);
    if (module === undefined || done.has(path)) return;
    for (const { to } of module.imports) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return found;
}

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

Deno.test("architecture: the arrows point one way, no files import each other in a circle, and only the command line uses Deno", () => {
  assertEquals(faults(own), []);
});

Deno.test("architecture: the check has read the project", () => {
  for (const folder of ["protocol", "server", "client", "client/core", "bench", "web", "cli"]) {
    const paths = [...own.keys()].filter((path) => folderOf(path) === folder);
    assert(paths.length > 3, folder);
    const imports = paths.flatMap((path) => own.get(path)!.imports);
    assert(imports.length > paths.length, folder);
    for (const { to } of imports) {
      assert(own.has(to) || to === "deno.json" || to.startsWith("node:"), to);
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
  "Deno in the command line": { "cli/x.ts": "Deno.exit(1);" },
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
