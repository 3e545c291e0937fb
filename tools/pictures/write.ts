import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import { withPalette } from "./png.ts";

/** Maximum sizes of files, in bytes: a page of the documentation loads several of them. */
export const SIZE_LIMITS = { svg: 30_000, png: 100_000 } as const;

/**
 * Writes a picture of the documentation: SVG as text, PNG as bytes.
 *
 * @throws {Error} if it is too large.
 */
export async function writePicture(name: string, picture: string | Uint8Array): Promise<void> {
  const bytes = typeof picture === "string"
    ? new TextEncoder().encode(picture)
    : withPalette(picture);
  const limit = SIZE_LIMITS[name.endsWith(".svg") ? "svg" : "png"];
  if (bytes.length > limit) {
    throw new Error(`Cannot keep ${name}: it has ${bytes.length} bytes, more than ${limit}`);
  }
  await Deno.mkdir(join(REPOSITORY, "docs/pictures"), { recursive: true });
  await Deno.writeFile(join(REPOSITORY, "docs/pictures", name), bytes);
  console.log(`docs/pictures/${name}: ${bytes.length} bytes`);
}
