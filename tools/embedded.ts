/** What `deno compile` put into an executable. */
export interface Embedded {
  /** The module that runs first. */
  readonly entry: string;
  /** The permissions that it was given: `allow_net`, `deny_net`, ... and `prompt`. */
  readonly permissions: Readonly<Record<string, unknown>>;
  /** The unstable features of Deno that are on. */
  readonly unstable: readonly string[];
  /** Paths of the project's files, sorted, with `/`. */
  readonly files: readonly string[];
  /** npm packages as `name@version`, sorted. */
  readonly packages: readonly string[];
  /** Bytes of all of it. */
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

/** Stands before what was embedded. The runtime's own code has it too, followed by something else. */
const MAGIC = "d3n0l4nd";
const METADATA_START = '{"argv":[';
const FILES_START = '[{"Dir":{"n":"';
const PACKAGES_FOLDER = /^\.deno_compile_node_modules\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\//;

/**
 * Reads what is embedded in an executable, as Deno 2.9 writes it: magic, then parts that start with
 * their length in 8 bytes, metadata first. The list that `deno compile` prints will not do: it
 * leaves out what is in folders when there is much.
 *
 * @throws {Error} if nothing is found, or in another form.
 */
export function readEmbedded(executable: Uint8Array): Embedded {
  // One character a byte, so that positions in the text are those in the file.
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
    throw new Error(`Cannot read what was embedded: there is no ${wanted}, or Deno has changed`);
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
