/**
 * Writes the manual pages: `deno task man [FOLDER]`, by default to `dist/man`.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { program } from "../cli/main.ts";
import config from "../deno.json" with { type: "json" };
import { timeOfSources } from "./build_stamp.ts";
import { manualPages } from "./release/man_pages.ts";
import { REPOSITORY } from "./repository.ts";

if (import.meta.main) {
  const folder = resolve(Deno.args[0] ?? join(REPOSITORY, "dist", "man"));
  const time = await timeOfSources();
  const pages = manualPages(await program(), { version: config.version, time });
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, page] of pages) await Deno.writeTextFile(join(folder, name), page);
  console.log(`Made ${pages.size} manual pages. To read one: man ${join(folder, "hubbub.1")}`);
}
