/** `deno task scripts`: makes the server's table of scripts of what the runtime knows of Unicode. */

import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";
import { scriptModule, TABLE_MODULE } from "./script_module.ts";

await Deno.writeTextFile(join(REPOSITORY, TABLE_MODULE), scriptModule());
console.log(`Written to ${TABLE_MODULE}`);
