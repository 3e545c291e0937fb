/**
 * The trials that run in a thread of their own, by name: each measures something and makes its own
 * kind of result of it.
 *
 * @module
 */

import type { Environment } from "../scenario.ts";
import { churn, type ChurnOptions, type ChurnResult } from "./churn.ts";
import { codec, type CodecOptions, type CodecResult } from "./codec.ts";
import { rooms, type RoomsOptions, type RoomsResult } from "./rooms.ts";
import { rounds, type RoundsOptions, type RoundsResult } from "./rounds.ts";

/** What each trial is told, and what it finds. */
export interface Trials {
  /** Others join and leave while a crowd chats. */
  readonly churn: { readonly options: ChurnOptions; readonly result: ChurnResult };
  /** What a message costs in hubbub's own codecs. */
  readonly codec: { readonly options: CodecOptions; readonly result: CodecResult };
  /** Many rooms at a time. */
  readonly rooms: { readonly options: RoomsOptions; readonly result: RoomsResult };
  /** One message at a time, until the last receiver has it. */
  readonly rounds: { readonly options: RoundsOptions; readonly result: RoundsResult };
}

/** The name of a trial. */
export type TrialName = keyof Trials;

const TRIALS: {
  readonly [Name in TrialName]: (
    options: Trials[Name]["options"],
    environment: Environment,
  ) => Promise<Trials[Name]["result"]>;
} = { churn, codec, rooms, rounds };

/** Runs one, in this thread. */
export function runTrialHere<Name extends TrialName>(
  name: Name,
  options: Trials[Name]["options"],
  environment: Environment,
): Promise<Trials[Name]["result"]> {
  return TRIALS[name](options, environment);
}
