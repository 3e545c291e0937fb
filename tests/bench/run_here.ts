import type { RunContext } from "../../bench/load/run_context.ts";
import { type KnownServer, UNKNOWN_SERVER } from "../../bench/results/run_health.ts";
import { SCENARIOS, type Scenarios } from "../../bench/scenarios/mod.ts";
import { DRAIN } from "./fixture_server.ts";

/** Runs a scenario in this thread. */
export async function runHere<Name extends keyof Scenarios>(
  name: Name,
  options: Scenarios[Name]["options"],
  context: Partial<RunContext> = {},
  known: KnownServer = UNKNOWN_SERVER,
): Promise<Scenarios[Name]["result"]> {
  const measurement = await SCENARIOS[name].measure(options, {
    now: () => performance.now(),
    runId: "test",
    signal: new AbortController().signal,
    onProgress: () => {},
    drain: DRAIN,
    ...context,
  });
  return SCENARIOS[name].result(options, measurement, known);
}
