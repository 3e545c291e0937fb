/**
 * `deno task screenshots [NAME...]`: makes the pictures in `docs/pictures/` of real runs, in a browser and
 * a terminal. It needs chromium and tmux. The names are those of {@link MAKERS}; default: all of them.
 *
 * @module
 */

import { closeBrowser, HAS_BROWSER } from "../tests/support/browser.ts";
import { hasTmux } from "../tests/support/tmux.ts";
import { backlogPictures, livePictures, reportPictures } from "./pictures/bench.ts";
import { chatPictures } from "./pictures/chat.ts";
import { writePicture } from "./pictures/write.ts";

/** Files with their content: SVG as text, PNG as bytes. */
type Pictures = Record<string, string | Uint8Array>;

/** Makes pictures that come from the same run. */
const MAKERS: Readonly<Record<string, () => Promise<Pictures>>> = {
  chat: () => chatPictures(familiarPort()),
  live: livePictures,
  report: reportPictures,
  backlog: backlogPictures,
};

/** Ports of a server in pictures, the best known one first. */
const PORTS = [8080, 8000, 9999];

/** The first port that no program uses. */
function familiarPort(): number {
  for (const port of PORTS) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch {
      console.error(`Port ${port} is in use: the pictures show another one.`);
    }
  }
  return 0;
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
  try {
    for (const name of names) {
      for (const [file, picture] of Object.entries(await MAKERS[name]!())) {
        await writePicture(file, picture);
      }
    }
  } finally {
    await closeBrowser();
  }
}
