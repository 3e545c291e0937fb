/**
 * The program in the npm package: `deno task npm` bundles it from here.
 *
 * @module
 */

import { main } from "./main.ts";

await main();
