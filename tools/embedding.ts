import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { compileArguments, ENTRY } from "./compile_arguments.ts";
import { REPOSITORY, runDeno, withEmptyFolder } from "./repository.ts";

/**
 * Maximum size, above which something does not belong there. Measured: 8.1 MB: npm packages (2.9 MB) and
 * the modules of the project (5.2 MB from 2 MB of sources), each in its source form, in its compiled form
 * and with a source map. The base runtime adds some 80 MB.
 */
const SIZE_LIMIT_BYTES = 9e6;

/** The files that would be embedded in the executable, and the problems with them. */
export interface EmbeddingCheck {
  readonly embedded: Embedded;
  /** One sentence for each problem. */
  readonly problems: readonly string[];
}

/**
 * Makes an executable on a stand-in for the base runtime, which needs no network, and reads its
 * embedded files. The result is that of a real executable, but cannot be run.
 */
export async function checkEmbedding(): Promise<EmbeddingCheck> {
  const [embedded, needed] = await Promise.all([
    embedOnStandIn(),
    neededBy(ENTRY),
  ]);
  return { embedded, problems: problemsOf(embedded, needed) };
}

/** Compares embedded files with needed ones. */
export function problemsOf(embedded: Embedded, needed: Needed): string[] {
  const { size } = embedded;
  return [
    ...missing(needed.files, embedded.files).map((file) => `${file} is missing.`),
    ...missing(embedded.files, needed.files).map((file) => `${file} is embedded without need.`),
    ...missing(needed.packages, embedded.packages).map((name) => `npm:${name} is missing.`),
    ...missing(embedded.packages, needed.packages).map((name) =>
      `npm:${name} is embedded without need.`
    ),
    ...(size > SIZE_LIMIT_BYTES
      ? [`${size} bytes are embedded, more than ${SIZE_LIMIT_BYTES}.`]
      : []),
  ];
}

function missing(wanted: readonly string[], there: readonly string[]): string[] {
  return wanted.filter((name) => !there.includes(name));
}

function embedOnStandIn(): Promise<Embedded> {
  return withEmptyFolder(async (folder) => {
    const runtime = join(folder, "runtime");
    const output = join(folder, "hubbub");
    await Deno.writeFile(runtime, standInRuntime(), { mode: 0o755 });
    // The stand-in is for Linux, on any machine.
    const parameters = compileArguments("x86_64-unknown-linux-gnu", output);
    const run = await runDeno(parameters, { DENORT_BIN: runtime });
    if (!run.success) throw new Error(`Cannot embed the program: ${run.stderr}`);
    return readEmbedded(await Deno.readFile(output));
  });
}

/** The files and settings that `deno compile` has embedded in an executable. */
export interface Embedded {
  /** The module that runs first. */
  readonly entry: string;
  /** Its permissions: `allow_net`, `deny_net`, ... and `prompt`. */
  readonly permissions: Readonly<Record<string, unknown>>;
  /** The unstable features of Deno that are on. */
  readonly unstable: readonly string[];
  /** Paths of the project's files, sorted, with `/`. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
  /** Size of all embedded data, in bytes. */
  readonly size: number;
}

/** A file or a folder in Deno's list of embedded files; further fields do not matter here. */
interface Entry {
  readonly File?: { readonly n: string };
  readonly Dir?: { readonly n: string; readonly e: readonly Entry[] };
}

interface Metadata {
  readonly entrypoint_key: string;
  readonly permissions: Record<string, unknown>;
  readonly unstable_config: { readonly features: readonly string[] };
}

/** Marks the start of the embedded data. The code of the runtime has it, too, with other text behind it. */
const MAGIC = "d3n0l4nd";
const METADATA_START = '{"argv":[';
const FILES_START = '[{"Dir":{"n":"';
const PACKAGES_FOLDER = /^\.deno_compile_node_modules\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\//;

/**
 * Reads the embedded data of an executable of Deno 2.9: magic, then parts that start with their length
 * in 8 bytes, metadata first. The list that `deno compile` prints is not complete: it leaves out the
 * content of large folders.
 *
 * @throws {Error} if there is no such data, or in another format.
 */
export function readEmbedded(executable: Uint8Array): Embedded {
  // One character per byte, so that positions in the text are those in the file.
  const text = new TextDecoder("latin1").decode(executable);
  const partAt = (start: number) => {
    const { buffer, byteOffset } = executable;
    const length = new DataView(buffer, byteOffset + start - 8, 8).getBigUint64(0, true);
    const bytes = executable.subarray(start, start + Number(length));
    return { end: start + bytes.length, json: JSON.parse(new TextDecoder().decode(bytes)) };
  };
  const metadataAt = find(text, METADATA_START, 0, (at) => text.startsWith(MAGIC, at - 16));
  const { json: metadata, end } = partAt(metadataAt) as { json: Metadata; end: number };
  const paths = [...pathsOf(partAt(find(text, FILES_START, end)).json as Entry[], "")];
  return {
    entry: metadata.entrypoint_key,
    permissions: metadata.permissions,
    unstable: metadata.unstable_config.features,
    files: paths.filter((path) => !PACKAGES_FOLDER.test(path)).sort(),
    packages: [...new Set(paths.flatMap(packageOf))].sort(),
    size: executable.length - metadataAt,
  };
}

function find(text: string, wanted: string, from: number, isIt = (_: number) => true): number {
  let at = text.indexOf(wanted, from);
  while (at >= 0 && !isIt(at)) at = text.indexOf(wanted, at + 1);
  if (at < 0) {
    throw new Error(
      `Cannot read the embedded data: it has no ${wanted}, or Deno has changed its format`,
    );
  }
  return at;
}

function* pathsOf(entries: readonly Entry[], folder: string): Generator<string> {
  for (const { File, Dir } of entries) {
    if (File !== undefined) yield folder + File.n;
    if (Dir !== undefined) yield* pathsOf(Dir.e, `${folder}${Dir.n}/`);
  }
}

function packageOf(path: string): string[] {
  const [, name, version] = PACKAGES_FOLDER.exec(path) ?? [];
  return name === undefined ? [] : [`${name}@${version}`];
}

/** The files of this project and the npm packages that a program needs. */
export interface Needed {
  /** Paths in the project, sorted, with `/`. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/** The used parts of `deno info --json`. */
interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly npmPackage?: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
  }[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly npmPackages: Readonly<
    Record<
      string,
      { readonly name: string; readonly version: string; readonly dependencies: string[] }
    >
  >;
}

/** The start of a thread by a URL, which is in no list of imports. */
const WORKER = /\bnew Worker\(\s*new URL\(\s*"([^"]+)",\s*import\.meta\.url/g;

/**
 * Finds all imports of a module, direct and indirect, and the threads that they start with their
 * imports. Imports of types are left out.
 */
export async function neededBy(entry: string): Promise<Needed> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const roots = new Set([entry]);
  for (const root of roots) {
    const needed = await importedBy(root);
    for (const name of needed.packages) packages.add(name);
    for (const file of needed.files) {
      files.add(file);
      for (const worker of await workersIn(file)) roots.add(worker);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

async function workersIn(file: string): Promise<string[]> {
  const source = await Deno.readTextFile(join(REPOSITORY, file));
  return [...source.matchAll(WORKER)].map(([, url]) => posix.join(posix.dirname(file), url!));
}

async function importedBy(root: string): Promise<Needed> {
  const { success, stdout, stderr } = await runDeno(["info", "--json", root]);
  if (!success) throw new Error(`Cannot read the imports of ${root}: ${stderr}`);
  return neededIn(JSON.parse(stdout) as Graph);
}

function neededIn({ roots, modules, redirects, npmPackages }: Graph): Needed {
  const module = new Map(modules.map((module) => [module.specifier, module]));
  const reached = closure(
    roots.map((root) => redirects[root] ?? root),
    (specifier) =>
      (module.get(specifier)?.dependencies ?? []).flatMap(({ code }) =>
        code === undefined ? [] : [redirects[code.specifier] ?? code.specifier]
      ),
  );
  const direct = reached.flatMap((specifier) => module.get(specifier)?.npmPackage ?? []);
  const packages = closure(direct, (id) => npmPackages[id]?.dependencies ?? []);
  const base = `${pathToFileURL(REPOSITORY)}/`;
  return {
    files: reached.filter((specifier) => specifier.startsWith(base))
      .map((specifier) => decodeURIComponent(specifier.slice(base.length))),
    packages: packages.map((id) => `${npmPackages[id]!.name}@${npmPackages[id]!.version}`),
  };
}

/** The nodes that can be reached from some nodes, with those. */
function closure(from: readonly string[], next: (node: string) => readonly string[]): string[] {
  const seen = new Set<string>(from);
  for (const node of seen) for (const other of next(node)) seen.add(other);
  return [...seen];
}

/**
 * The smallest file that `deno compile` accepts as a base runtime for Linux: an ELF header and one
 * empty segment. An executable with it cannot run, but can be read on any system.
 *
 * It replaces the real runtime, a download of some 80 MB, where only the embedded files matter.
 */
export function standInRuntime(): Uint8Array {
  const headerBytes = 64;
  const segmentBytes = 56;
  const bytes = new Uint8Array(headerBytes + segmentBytes);
  const view = new DataView(bytes.buffer);
  const isLittleEndian = true;
  bytes.set([0x7f, 0x45, 0x4c, 0x46]); // "\x7fELF"
  bytes.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  view.setUint16(16, 2, isLittleEndian); // an executable
  view.setUint16(18, 62, isLittleEndian); // for x86-64
  view.setUint32(20, 1, isLittleEndian); // version 1
  view.setBigUint64(32, BigInt(headerBytes), isLittleEndian); // offset of the segment headers
  view.setUint16(52, headerBytes, isLittleEndian);
  view.setUint16(54, segmentBytes, isLittleEndian);
  view.setUint16(56, 1, isLittleEndian); // one segment
  view.setUint16(58, 64, isLittleEndian); // size of a section header; the file has no sections
  view.setUint32(headerBytes, 1, isLittleEndian); // to be loaded
  view.setUint32(headerBytes + 4, 4, isLittleEndian); // readable
  view.setBigUint64(headerBytes + 32, BigInt(bytes.length), isLittleEndian); // in the file
  view.setBigUint64(headerBytes + 40, BigInt(bytes.length), isLittleEndian); // in memory
  view.setBigUint64(headerBytes + 48, 4096n, isLittleEndian); // alignment
  return bytes;
}
