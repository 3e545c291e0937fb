/**
 * The format in which Deno 2.9 embeds the files of a program in an executable.
 *
 * @module
 */

import { posix } from "node:path";
import { packageOf } from "./deno_cache.ts";

/** The files and settings that `deno compile` has embedded in an executable. */
export interface Embedded {
  /** The module that runs first. */
  readonly entry: string;
  /** Its permissions: `allow_net`, `deny_net`, ... and `prompt`. */
  readonly permissions: Readonly<Record<string, unknown>>;
  /** The unstable features of Deno that are on. */
  readonly unstable: readonly string[];
  /** Paths of the files, sorted, with `/`. */
  readonly files: readonly string[];
  /** Paths of the project's modules with code in these files, sorted. */
  readonly modules: readonly string[];
  /** npm packages with code in these files, as `name@version`, sorted. */
  readonly packages: readonly string[];
  /** Size of all embedded data, in bytes. */
  readonly size: number;
}

/** A file or a folder in Deno's list of embedded files; further fields do not matter here. */
interface Entry {
  /** `o` is the place of its text, as start and length; that of compiled code is elsewhere. */
  readonly File?: { readonly n: string; readonly o: readonly [number, number] };
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
const FILES_START = '[{"';
const LENGTH_BYTES = 8;

/**
 * Reads what is embedded in an executable of Deno 2.9: magic, then parts that start with their length
 * in 8 bytes, metadata first. The list that `deno compile` prints is not complete: it leaves out the
 * content of large folders.
 *
 * @throws {Error} if there is no such data, or in another format.
 */
export function readEmbedded(executable: Uint8Array): Embedded {
  const { metadata, metadataStart, entries } = partsOf(executable);
  return {
    entry: metadata.entrypoint_key,
    permissions: metadata.permissions,
    unstable: metadata.unstable_config.features,
    files: entries.map(({ path }) => path).sort(),
    ...bundled(embeddedFiles(executable)),
    size: executable.length - metadataStart,
  };
}

/** The modules and packages whose code is in some files, as their source maps name them. */
function bundled(files: readonly EmbeddedFile[]): Pick<Embedded, "modules" | "packages"> {
  const modules = new Set<string>();
  const packages = new Set<string>();
  for (const { path, bytes } of files) {
    if (!path.endsWith(".js.map")) continue;
    const { sources } = JSON.parse(new TextDecoder().decode(bytes)) as { sources: string[] };
    for (const source of sources) {
      const name = packageOf(source);
      if (name === undefined) modules.add(posix.join(posix.dirname(path), source));
      else packages.add(name);
    }
  }
  return { modules: [...modules].sort(), packages: [...packages].sort() };
}

/** An embedded file. */
export interface EmbeddedFile {
  /** With `/`, from the root of the project. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The embedded files with their texts as they were written, before they were compiled. */
export function embeddedFiles(executable: Uint8Array): EmbeddedFile[] {
  const { entries, filesEnd } = partsOf(executable);
  const start = filesEnd + LENGTH_BYTES;
  return entries.map(({ path, place: [offset, length] }) => ({
    path,
    bytes: executable.subarray(start + offset, start + offset + length),
  }));
}

interface Parts {
  readonly metadata: Metadata;
  readonly metadataStart: number;
  readonly entries: readonly { readonly path: string; readonly place: readonly [number, number] }[];
  readonly filesEnd: number;
}

function partsOf(executable: Uint8Array): Parts {
  // One character per byte, so that positions in the text are those in the file.
  const text = new TextDecoder("latin1").decode(executable);
  const partAt = (start: number) => {
    const { buffer, byteOffset } = executable;
    const length = new DataView(buffer, byteOffset + start - LENGTH_BYTES, LENGTH_BYTES)
      .getBigUint64(0, true);
    const bytes = executable.subarray(start, start + Number(length));
    return { end: start + bytes.length, json: JSON.parse(new TextDecoder().decode(bytes)) };
  };
  const metadataStart = find(text, METADATA_START, 0, (at) => text.startsWith(MAGIC, at - 16));
  const { json: metadata, end } = partAt(metadataStart) as { json: Metadata; end: number };
  const { json: files, end: filesEnd } = partAt(find(text, FILES_START, end));
  return { metadata, metadataStart, entries: [...filesIn(files as Entry[], "")], filesEnd };
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

function* filesIn(entries: readonly Entry[], folder: string): Generator<Parts["entries"][number]> {
  for (const { File, Dir } of entries) {
    if (File !== undefined) yield { path: folder + File.n, place: File.o };
    if (Dir !== undefined) yield* filesIn(Dir.e, `${folder}${Dir.n}/`);
  }
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
