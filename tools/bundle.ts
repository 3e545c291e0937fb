/** `deno task bundle`: makes the page that the server hands out. */

import { join } from "node:path";
import { bundlePage, PAGE_MODULE, pageModule } from "./page_bundle.ts";
import { REPOSITORY } from "./repository.ts";

const files = await bundlePage();
await Deno.writeTextFile(join(REPOSITORY, PAGE_MODULE), pageModule(files));
for (const { path, text } of files) console.log(`${path} ${text.length} characters`);
console.log(`Written to ${PAGE_MODULE}`);
