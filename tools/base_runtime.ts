import { dirname, join } from "node:path";
import type { Target } from "./compile_arguments.ts";

/** A base runtime that cannot be downloaded, or is not the one that Deno published. */
export class BaseRuntimeError extends Error {
  override readonly name = "BaseRuntimeError";
}

/** The source and the destination of base runtimes. */
export interface BaseRuntimeSource {
  /** Deno's own, such as `2.9.6`: a runtime of another version cannot read the embedded files. */
  readonly version: string;
  /** Deno's cache, as `deno info` prints it. */
  readonly denoDirectory: string;
  readonly fetch: (url: string) => Promise<Response>;
}

/**
 * Puts the base runtime of a system into the cache of `deno compile`, after comparing it with the
 * published SHA-256 sum: `deno compile` would download it without verification.
 *
 * The archive and the sum come from different hosts, so that one compromised host is not enough. An
 * archive in the cache is compared, too: `deno compile` may have downloaded it.
 *
 * @returns the path of the archive below the cache.
 * @throws {BaseRuntimeError} if it cannot be downloaded, or its sum is another one.
 */
export async function provideBaseRuntime(
  target: Target,
  { version, denoDirectory, fetch }: BaseRuntimeSource,
): Promise<string> {
  const archive = `denort-${target}.zip`;
  const below = join("dl", "release", `v${version}`, archive);
  const path = join(denoDirectory, below);
  const cached = await readIfThere(path);
  const bytes = cached ??
    await download(`https://dl.deno.land/release/v${version}/${archive}`, fetch);
  const published = publishedSum(
    await download(
      `https://github.com/denoland/deno/releases/download/v${version}/${archive}.sha256sum`,
      fetch,
    ),
  );
  const sum = await sha256(bytes);
  if (sum !== published) {
    const where = cached === undefined ? `the downloaded ${archive}` : path;
    throw new BaseRuntimeError(
      `${where} is not what Deno published: its SHA-256 sum is ${sum}, not ${published}`,
    );
  }
  if (cached !== undefined) return below;
  await Deno.mkdir(dirname(path), { recursive: true });
  // In two steps, so that the cache never has a half-written archive.
  await Deno.writeFile(`${path}.part`, bytes);
  await Deno.rename(`${path}.part`, path);
  return below;
}

/** The SHA-256 sum of some bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function download(
  url: string,
  fetch: BaseRuntimeSource["fetch"],
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
    return await response.bytes();
  } catch (cause) {
    const { host } = new URL(url);
    throw new BaseRuntimeError(
      `the base runtime cannot be downloaded from ${host} (is there a network?)`,
      { cause },
    );
  }
}

/** The sum in a file of `sha256sum`, or of PowerShell's `Get-FileHash`, as Windows' archives have. */
function publishedSum(file: Uint8Array): string {
  const sum = /\b[0-9a-f]{64}\b/i.exec(new TextDecoder().decode(file))?.[0].toLowerCase();
  if (sum === undefined) throw new BaseRuntimeError("the published SHA-256 sum cannot be read");
  return sum;
}
