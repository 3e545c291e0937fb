/**
 * The rules of `docs/ARCHITECTURE.md` about imports, as a check: the arrows between the folders point one
 * way, no files import each other in a circle, and the runtime's own functions stay in the command line.
 *
 * @module
 */

import { run } from "./commands.ts";

/** An import, re-export or imported type of a file or a built-in module; packages are left out. */
interface Import {
  /** A path from the root, or such as `node:net`. */
  readonly to: string;
  readonly isDynamic: boolean;
}

/** The part of a module that the rules are about. */
interface Module {
  readonly imports: readonly Import[];
  /** The {@link RUNTIME_OBJECTS} that it names. */
  readonly uses: readonly string[];
}

/** Modules by their path from the root, such as `server/chat/hub.ts`. */
export type Modules = ReadonlyMap<string, Module>;

/** Files of the server that its folders may import. */
const SERVER_BASE = [
  ...["bounded_file", "byte_buffer", "options", "private_folder", "result", "secrets"],
].map((name) => `server/${name}.ts`);

/** Files of the client that its folders may import: `ChatClient`, and what its faces have in common. */
const CLIENT_BASE = [
  ...["batched_output", "chat_client", "chat_requests", "client_options", "connection_lines"],
  ...["current_room", "leaving", "outcome", "room_log", "system_reason", "typed_line"],
].map((name) => `client/${name}.ts`);

/** The file of the load tester that its folders may import. */
const BENCH_BASE = ["bench/format.ts"];

/** What makes and watches a load, for the folders of the load tester above it. */
const BENCH_LOADS = [
  ...[...BENCH_BASE, "bench/ledger", "bench/profiles", "bench/load", "bench/monitoring"],
];

/** What the files of each folder may import besides those of their own: folders with all that is below
 * them, or files. The arrows of a folder within another one are those of the inner one. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
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
  "server/hooks": [
    "protocol",
    "server/addresses",
    "server/observability",
    "server/scheduling",
  ],
  "server/network": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/observability",
    "server/scheduling",
  ],
  "server/irc": [
    "protocol",
    "server/chat",
    "server/fanout",
    "server/scheduling",
    "server/storage",
  ],
  "server/session": [
    "protocol",
    ...SERVER_BASE,
    "server/chat",
    "server/fanout",
    "server/irc",
    "server/network",
    "server/observability",
    "server/scheduling",
    "server/storage",
  ],
  "server/web": [
    "protocol",
    ...SERVER_BASE,
    "server/addresses",
    "server/chat",
    "server/network",
    "server/observability",
    "server/scheduling",
    "server/session",
    "server/storage",
  ],
  "server/echo": ["protocol", "server/network"],
  server: ["protocol", "server"],
  "client/core": ["protocol"],
  "client/transports": ["protocol", "client/core", "client/system_reason.ts"],
  "client/files": ["protocol", "client/core", ...CLIENT_BASE],
  "client/lines": ["protocol", "client/core", "client/transports", ...CLIENT_BASE],
  "client/check": ["protocol", "client/core", "client/lines"],
  "client/learn": ["protocol"],
  "client/scripts": ["protocol", "client/core", "client/files", "client/lines", ...CLIENT_BASE],
  "client/terminal": ["protocol", "client/core", "client/files", "client/lines", ...CLIENT_BASE],
  client: ["protocol", "client"],
  "bench/ledger": ["protocol"],
  "bench/profiles": ["protocol", ...BENCH_BASE],
  "bench/load": ["protocol", ...BENCH_BASE, "bench/ledger", "bench/profiles"],
  "bench/monitoring": ["protocol", "bench/profiles", "bench/load"],
  "bench/results": BENCH_LOADS,
  "bench/scenarios": ["protocol", ...BENCH_LOADS, "bench/results"],
  "bench/engine": [
    "bench/ledger",
    "bench/load",
    "bench/monitoring",
    "bench/results",
    "bench/scenarios",
  ],
  "bench/reports": [...BENCH_LOADS, "bench/results", "bench/scenarios", "bench/engine"],
  bench: ["protocol", "bench"],
  web: ["protocol", "client/core"],
  cli: [
    ...["protocol", "server", "client", "bench", "deno.json"],
    ...["docs/bench.schema.json", "docs/LESSONS.md"],
  ],
  "mod.ts": ["protocol", "server", "client", "bench"],
};

/** Folders whose files run in a browser, Node and Deno alike. */
const PORTABLE: readonly string[] = ["protocol", "client/core"];

/** Names of objects that only some of these runtimes have. */
const RUNTIME_OBJECTS = ["Deno", "WebSocket", "document", "localStorage"];

/** How the paths of the files that use Deno's own functions begin. */
const RUNTIME_OF_DENO = "cli/runtime/deno";

/** The executable's entry loads the command line only where it is run as a program. */
const ALLOWED_DYNAMICALLY = { from: "mod.ts", to: "cli/main.ts" };

/** The used part of the output of `deno info --json`. */
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

/** Reads the modules with these sources, by their paths from the root. */
export async function modulesOf(root: URL, sources: ReadonlyMap<string, string>): Promise<Modules> {
  const imports = await importsOf(root, [...sources.keys()]);
  return new Map([...sources].map(([path, source]) => [path, {
    imports: imports.get(path)!,
    uses: [
      ...new Set(Deno.lint.runPlugin(RUNTIME_PLUGIN, path, source).map(({ message }) => message)),
    ],
  }]));
}

/** The innermost folder of a file that {@link ARROWS} has. */
export function folderOf(path: string): string {
  const [top = "", inner] = path.split("/");
  return `${top}/${inner}` in ARROWS ? `${top}/${inner}` : top;
}

/** Folders whose arrows include their inner folders. */
const WHOLE = ["server", "client", "bench"];

/** Whether an arrow to a folder or file allows an import. */
const allows = (target: string, to: string) =>
  target === to || target === folderOf(to) ||
  (WHOLE.includes(target) && to.startsWith(`${target}/`));

/** Faults of the modules, one sentence each. */
export function faults(modules: Modules): string[] {
  return [...modules].flatMap(([path, module]) => [
    ...arrowFaults(path, module),
    ...runtimeFaults(path, module),
  ]).concat(cycles(modules));
}

function runtimeFaults(path: string, { uses }: Module): string[] {
  const folder = folderOf(path);
  return uses.filter((name) =>
    name === "Deno" ? !path.startsWith(RUNTIME_OF_DENO) : PORTABLE.includes(folder)
  ).map((name) => `${path} uses ${name}`);
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
