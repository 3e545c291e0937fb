import process from "node:process";
import type { JobControl } from "../client/mod.ts";
import { runtime } from "./runtime/mod.ts";
import { FREEZING_REFUSAL, isBelowTaskRunner } from "./signals.ts";

/** Job control for a program that reads the keys itself; `undefined` on Windows, which has no jobs. */
export function jobControl(): JobControl | undefined {
  if (runtime.os === "windows") return undefined;
  return {
    refusal: isBelowTaskRunner() ? FREEZING_REFUSAL : undefined,
    stop: () => void process.kill(process.pid, "SIGTSTP"),
    onContinue: (listener) => runtime.onSignal("SIGCONT", listener),
  };
}
