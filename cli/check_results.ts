import type { CheckResult } from "../client/check/check.ts";
import type { CheckSummary } from "../client/check/run_checks.ts";
import { cleanLine } from "../protocol/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { print } from "./standard_streams.ts";

/** @throws {CliError} when a check has failed. */
export function reportSummary({ passed, failed, skipped }: CheckSummary): void {
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) throw new CliError("", EXIT.failed);
}

/** `FAIL  Unicode comes back: nothing came back in 3 s` */
export function resultLine({ verdict, name, detail }: CheckResult): string {
  return `${verdict}  ${name}${detail === "" ? "" : `: ${cleanLine(detail)}`}`;
}
