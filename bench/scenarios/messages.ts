import type { Audience } from "../ledger/ledger.ts";
import { otherRunId } from "../ledger/payload_codec.ts";
import type { RunMemory } from "../ledger/run_memory.ts";
import type { Connection } from "../load/connection.ts";
import { ErrorTally } from "../load/error_tally.ts";
import { measureJoined } from "../load/joining.ts";
import { LoadRun } from "../load/load_run.ts";
import type { Measurement } from "../load/measurement.ts";
import type { FullOptions } from "../load/options.ts";
import { ALONE, type RunContext } from "../load/run_context.ts";
import { profileOf } from "../profiles/mod.ts";
import { MESSAGE_LOAD } from "../results/baseline.ts";
import { MESSAGE_FIGURES } from "../results/comparison.ts";
import { type BenchmarkResult, resultOf } from "../results/result.ts";
import { memoryOptionsOf, type Scenario } from "./scenario.ts";
import { assignmentsOf } from "./worker_assignment.ts";

/** All connections are in one room, some of them send, and all others must receive everything. */
export const broadcast: Scenario<FullOptions, BenchmarkResult> = {
  ...messagesTo("others"),
  memories: (options, assignments) => {
    const memory = memoryOptionsOf(options, assignments);
    return [memory, memory];
  },
};

/** Every connection sends messages, and each must return on the same one, once and in order. */
export const echo: Scenario<FullOptions, BenchmarkResult> = messagesTo("self");

/**
 * A scenario in which connections join, and then send messages to an audience.
 *
 * The run continues without connections that have not joined in time. A connection that breaks during
 * the run is an error; from then on it is not expected to receive anything.
 */
function messagesTo(audience: Audience): Scenario<FullOptions, BenchmarkResult> {
  return {
    load: MESSAGE_LOAD,
    figures: MESSAGE_FIGURES,
    assign: assignmentsOf,
    isPaced: ({ rate }) => rate !== undefined,
    measure: (options, context) => measure(audience, options, context),
    result: resultOf,
  };
}

async function measure(
  audience: Audience,
  options: FullOptions,
  context: RunContext,
): Promise<Measurement> {
  const { target, connections, connectRate, timeoutSeconds, senders } = options;
  const [warmUpMemory, memory] = (context.worker ?? ALONE).memories ?? [];
  const joining = { target, profile: profileOf(options), connections, connectRate, timeoutSeconds };
  return await measureJoined(joining, context, async ({ members, errors }) => {
    const warmUpPlan = { audience, memory: warmUpMemory };
    const standing = await warmUp(members, warmUpPlan, errors, options, context);
    const plan = { groups: [{ members: standing, senders }], audience, memory };
    return await new LoadRun(plan, errors, options, context).run();
  });
}

/**
 * Sends messages that count in no figure, and waits for them, so that none arrives later.
 *
 * @returns the connections that are still open. The others are an error of the run.
 */
async function warmUp(
  members: readonly Connection[],
  plan: { readonly audience: Audience; readonly memory: RunMemory | undefined },
  errors: ErrorTally,
  options: FullOptions,
  context: RunContext,
): Promise<readonly Connection[]> {
  const { warmUpSeconds, amount: _, ...rest } = options;
  if (warmUpSeconds === 0) return members;
  const run = new LoadRun(
    { groups: [{ members, senders: options.senders }], ...plan },
    new ErrorTally(),
    { ...rest, durationSeconds: warmUpSeconds },
    {
      ...context,
      runId: otherRunId(context.runId),
      onProgress: (progress) => context.onProgress({ ...progress, stage: "warming up" }),
      onInterval: undefined,
    },
  );
  await run.run();
  const standing = run.standing();
  const broken = members.length - standing.length;
  if (broken > 0) errors.add("run", "closed", "connections closed during the warm-up", 0, broken);
  return standing;
}
