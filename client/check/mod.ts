/**
 * Checks of chat and echo servers, whoever wrote them.
 *
 * @module
 */

export type { CheckResult, Verdict } from "./check.ts";
export { type CheckOptions, type CheckSummary, runChecks } from "./run_checks.ts";
