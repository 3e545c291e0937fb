/**
 * The trials that run in a thread of their own, by name: each measures something and makes its own
 * kind of result of it.
 *
 * @module
 */

import { churn, type ChurnOptions, type ChurnResult } from "./churn.ts";
import { codec, type CodecOptions, type CodecResult } from "./codec.ts";
import { restart, type RestartOptions, type RestartResult } from "./restart.ts";
import { rooms, type RoomsOptions, type RoomsResult } from "./rooms.ts";
import { rounds, type RoundsOptions, type RoundsResult } from "./rounds.ts";
import { stall, type StallOptions, type StallResult } from "./stall.ts";
import type { TrialEnvironment } from "./trial.ts";

/** What each trial is told, and what it finds. */
export interface Trials {
  /** Others join and leave while a crowd chats. */
  readonly churn: { readonly options: ChurnOptions; readonly result: ChurnResult };
  /** What a message costs in hubbub's own codecs. */
  readonly codec: { readonly options: CodecOptions; readonly result: CodecResult };
  /** The server is killed and started again under its crowd. */
  readonly restart: { readonly options: RestartOptions; readonly result: RestartResult };
  /** Many rooms at a time. */
  readonly rooms: { readonly options: RoomsOptions; readonly result: RoomsResult };
  /** One message at a time, until the last receiver has it. */
  readonly rounds: { readonly options: RoundsOptions; readonly result: RoundsResult };
  /** Some readers stop reading. */
  readonly stall: { readonly options: StallOptions; readonly result: StallResult };
}

/** The name of a trial. */
export type TrialName = keyof Trials;

const TRIALS: {
  readonly [Name in TrialName]: (
    options: Trials[Name]["options"],
    environment: TrialEnvironment,
  ) => Promise<Trials[Name]["result"]>;
} = { churn, codec, restart, rooms, rounds, stall };

/** Runs one, in this thread. */
export function runTrialHere<Name extends TrialName>(
  name: Name,
  options: Trials[Name]["options"],
  environment: TrialEnvironment,
): Promise<Trials[Name]["result"]> {
  return TRIALS[name](options, environment);
}
