import type { BenchmarkProgress } from "../engine/progress.ts";
import type { TrialService } from "./trial.ts";
import type { TrialTraffic } from "./trial_traffic.ts";
import type { TrialName, Trials } from "./trials.ts";

/** What the thread of a trial is told. */
export type TrialCommand =
  | {
    readonly type: "start";
    readonly name: TrialName;
    readonly options: Trials[TrialName]["options"];
    readonly runId: string;
  }
  | { readonly type: "stop" }
  /** The service that was called last is done. */
  | { readonly type: "served" };

/** What the thread of a trial tells. The last one is `finished` or `failed`. */
export type TrialReport =
  | { readonly type: "progress"; readonly progress: BenchmarkProgress }
  | { readonly type: "call"; readonly service: TrialService }
  | {
    readonly type: "finished";
    readonly result: unknown;
    readonly traffic: TrialTraffic | undefined;
  }
  | { readonly type: "failed"; readonly error: unknown };
