/**
 * Makes docs/bench.schema.json, the JSON Schema of what `hubbub bench --json` prints, from the types
 * of the results and their comments.
 *
 * @module
 */

import { createGenerator } from "ts-json-schema-generator";

const FILE = new URL("../docs/bench.schema.json", import.meta.url);

export function benchSchema(): string {
  const generator = createGenerator({
    path: new URL("../bench/reports/output.ts", import.meta.url).pathname,
    type: "BenchOutput",
    skipTypeCheck: true,
    additionalProperties: false,
    topRef: false,
  });
  const schema = generator.createSchema("BenchOutput");
  return `${JSON.stringify({ title: "hubbub bench --json", ...schema }, null, 2)}\n`;
}

if (import.meta.main) await Deno.writeTextFile(FILE, benchSchema());
