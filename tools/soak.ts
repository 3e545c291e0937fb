/**
 * `deno task soak [MINUTES]`: honest clients and a hostile crowd against a real server, and a table of
 * what the server promises and whether it held. Exit code 1 where a bound was exceeded.
 *
 * @module
 */

import { judge } from "./soak/judge.ts";
import { readOptions, type SoakOptions, USAGE } from "./soak/options.ts";
import { conclusions, soakTable } from "./soak/report.ts";
import { runSoak } from "./soak/run.ts";

if (Deno.args.some((word) => word === "--help" || word === "-h")) {
  console.log(USAGE);
  Deno.exit(0);
}
const options = read();
if (options === undefined) Deno.exit(2);

const interrupted = new AbortController();
Deno.addSignalListener("SIGINT", () => interrupted.abort());
const result = await runSoak(options, (line) => console.error(line), interrupted.signal);
const findings = judge(result);
console.log(soakTable(result, findings));
for (const line of conclusions(result, findings)) console.log(line);
Deno.exit(findings.some(({ verdict }) => verdict === "exceeded") ? 1 : 0);

function read(): SoakOptions | undefined {
  try {
    return readOptions(Deno.args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
