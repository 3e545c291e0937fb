/**
 * `deno task screenshots [NAME...]`: makes the pictures in `docs/pictures/` of real runs, in a browser and
 * a terminal. It needs chromium and tmux. The names are those of {@link MAKERS}; default: all of them.
 *
 * @module
 */

import { join } from "node:path";
import { closeBrowser, HAS_BROWSER } from "../tests/support/browser.ts";
import { hasTmux } from "../tests/support/tmux.ts";
import { backlogPictures, livePictures, reportPictures } from "./pictures/bench.ts";
import { chatPictures } from "./pictures/chat.ts";
import { withPalette } from "./pictures/png.ts";
import { REPOSITORY } from "./repository.ts";

/** Files with their content: SVG as text, PNG as bytes. */
type Pictures = Record<string, string | Uint8Array>;

/** Makes pictures that come from the same run. */
const MAKERS: Readonly<Record<string, () => Promise<Pictures>>> = {
  chat: () => chatPictures(portFor(8080)),
  live: livePictures,
  report: reportPictures,
  backlog: backlogPictures,
};

/** Maximum sizes of files, in bytes: a page of the documentation loads several of them. */
const LIMITS = { svg: 30_000, png: 100_000 };

/** A port that looks familiar, or any free one if a program uses it. */
function portFor(wanted: number): number {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: wanted }).close();
    return wanted;
  } catch {
    console.error(`Port ${wanted} is in use: the pictures show another one.`);
    return 0;
  }
}

async function write(name: string, picture: string | Uint8Array): Promise<void> {
  const bytes = typeof picture === "string"
    ? new TextEncoder().encode(picture)
    : withPalette(picture);
  const limit = LIMITS[name.endsWith(".svg") ? "svg" : "png"];
  if (bytes.length > limit) {
    throw new Error(`Cannot keep ${name}: it has ${bytes.length} bytes, more than ${limit}`);
  }
  await Deno.writeFile(join(REPOSITORY, "docs/pictures", name), bytes);
  console.log(`docs/pictures/${name}: ${bytes.length} bytes`);
}

if (import.meta.main) {
  const unknown = Deno.args.find((name) => !(name in MAKERS));
  if (unknown !== undefined) {
    console.error(`Unknown picture "${unknown}": expected ${Object.keys(MAKERS).join(", ")}.`);
    Deno.exit(2);
  }
  if (!HAS_BROWSER || !hasTmux()) {
    console.error("Cannot make pictures: install chromium and tmux.");
    Deno.exit(1);
  }
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(MAKERS);
  await Deno.mkdir(join(REPOSITORY, "docs/pictures"), { recursive: true });
  try {
    for (const name of names) {
      for (const [file, picture] of Object.entries(await MAKERS[name]!())) {
        await write(file, picture);
      }
    }
  } finally {
    await closeBrowser();
  }
}
