/**
 * Checks of any chat or echo server.
 *
 * @module
 */

export { type ChatTraits, chatTraits } from "./recognise.ts";
export { CheckContext, type CheckResult, type Verdict } from "./check.ts";
export { CheckFailure } from "./check_failure.ts";
export type { ServerKind } from "./server_kinds.ts";
export { recognise } from "./recognise.ts";
export { type CheckOptions, type CheckSummary, runChecks } from "./run_checks.ts";
