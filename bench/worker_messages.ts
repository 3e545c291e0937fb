import type { AlarmHandle } from "./alarm.ts";
import type { Measurement } from "./measurement.ts";
import type { BenchmarkProgress } from "./progress.ts";
import type { Share } from "./share.ts";

/** What a network worker is told. */
export type WorkerCommand =
  | {
    readonly type: "start";
    readonly share: Share;
    readonly runId: string;
    /** Where there is a rate. */
    readonly alarm?: AlarmHandle;
  }
  /** The crowds of all threads have joined. */
  | { readonly type: "go" }
  | { readonly type: "stop" };

/** What a network worker tells. The last one is `finished` or `failed`. */
export type WorkerReport =
  | { readonly type: "progress"; readonly progress: BenchmarkProgress }
  /** Its crowd has joined, and it waits for `go`. */
  | { readonly type: "ready" }
  | { readonly type: "finished"; readonly measurement: Measurement }
  /** Something is wrong with the load tester itself. */
  | { readonly type: "failed"; readonly error: unknown };
