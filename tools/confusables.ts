/** `deno task confusables FILE`: makes the table of look-alikes of the server. */

import { join } from "node:path";
import { confusableModule, TABLE_MODULE } from "./confusable_module.ts";
import { REPOSITORY } from "./repository.ts";

const [file] = Deno.args;
if (file === undefined) {
  console.error("Usage: deno task confusables FILE, with Unicode's security/confusables.txt");
  Deno.exit(2);
}
await Deno.writeTextFile(
  join(REPOSITORY, TABLE_MODULE),
  confusableModule(await Deno.readTextFile(file)),
);
console.log(`Written to ${TABLE_MODULE}`);
