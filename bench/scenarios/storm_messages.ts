import type { ProfileName } from "../profiles/mod.ts";
import type { StormMeasurement, StormOptions } from "./storm.ts";

/** What the thread of a storm is told. */
export type StormCommand =
  | {
    readonly type: "start";
    readonly options: StormOptions;
    /** `greeting` says nothing and takes the server's first word for a welcome. */
    readonly profile: ProfileName | "greeting";
    readonly runId: string;
  }
  | { readonly type: "stop" };

/** What the thread of a storm tells. The last one is `finished` or `failed`. */
export type StormReport =
  | { readonly type: "progress"; readonly reached: number; readonly elapsed: number }
  | { readonly type: "finished"; readonly measurement: StormMeasurement }
  | { readonly type: "failed"; readonly error: unknown };
