/**
 * The scenarios, by name.
 *
 * @module
 */

import type { FullOptions } from "../load/options.ts";
import type { BenchmarkResult } from "../results/result.ts";
import { backlog, type BacklogResult, type LoadedListener } from "./backlog.ts";
import { broadcast, echo } from "./messages.ts";
import { churn, type ChurnOptions, type ChurnResult } from "./churn.ts";
import { codec, type CodecOptions, type CodecResult } from "./codec.ts";
import { connect, type ConnectLoadOptions, type ConnectResult } from "./connect.ts";
import { restart, type RestartOptions, type RestartResult } from "./restart.ts";
import { rooms, type RoomsOptions, type RoomsResult } from "./rooms.ts";
import { rounds, type RoundsOptions, type RoundsResult } from "./rounds.ts";
import type { Scenario } from "./scenario.ts";
import { stall, type StallOptions, type StallResult } from "./stall.ts";

/** Options and result of each scenario. */
export interface Scenarios {
  /** All connections are in one room, and some of them send. */
  readonly broadcast: { readonly options: FullOptions; readonly result: BenchmarkResult };
  /** Each message comes back to its sender. */
  readonly echo: { readonly options: FullOptions; readonly result: BenchmarkResult };
  /** One message at a time, until the last receiver has it. */
  readonly rounds: { readonly options: RoundsOptions; readonly result: RoundsResult };
  /** Connections come all at once, or at a rate. */
  readonly connect: { readonly options: ConnectLoadOptions; readonly result: ConnectResult };
  /** Clients come while a listener does not accept. */
  readonly backlog: { readonly options: LoadedListener; readonly result: BacklogResult };
  /** Others join and leave while some chat. */
  readonly churn: { readonly options: ChurnOptions; readonly result: ChurnResult };
  /** Many rooms at a time. */
  readonly rooms: { readonly options: RoomsOptions; readonly result: RoomsResult };
  /** Some readers stop reading. */
  readonly stall: { readonly options: StallOptions; readonly result: StallResult };
  /** The server is killed and started again. */
  readonly restart: { readonly options: RestartOptions; readonly result: RestartResult };
  /** The cost of a message in hubbub's own codecs. */
  readonly codec: { readonly options: CodecOptions; readonly result: CodecResult };
}

/** Every scenario. */
export const SCENARIOS: {
  readonly [Name in keyof Scenarios]: Scenario<
    Scenarios[Name]["options"],
    Scenarios[Name]["result"]
  >;
} = { broadcast, echo, rounds, connect, backlog, churn, rooms, stall, restart, codec };
