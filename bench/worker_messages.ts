import type { AlarmHandle } from "./alarm.ts";
import type { Measurement } from "./measurement.ts";
import type { FullOptions } from "./options.ts";
import type { BenchmarkProgress } from "./progress.ts";

/** What a network worker is told. */
export type WorkerCommand =
  | {
    readonly type: "start";
    readonly options: FullOptions;
    readonly runId: string;
    /** Where there is a rate. */
    readonly alarm?: AlarmHandle;
  }
  | { readonly type: "stop" };

/** What a network worker tells. The last one is `finished` or `failed`. */
export type WorkerReport =
  | { readonly type: "progress"; readonly progress: BenchmarkProgress }
  | { readonly type: "finished"; readonly measurement: Measurement }
  /** Something is wrong with the load tester itself. */
  | { readonly type: "failed"; readonly error: unknown };
