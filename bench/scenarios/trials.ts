/**
 * The trials that run in a thread of their own, by name: each measures something and makes its own
 * kind of result of it.
 *
 * @module
 */

import type { Environment } from "../scenario.ts";
import { churn } from "./churn.ts";
import { codec } from "./codec.ts";
import { rooms } from "./rooms.ts";
import { rounds } from "./rounds.ts";

/** Every trial. */
export const TRIALS = { churn, codec, rooms, rounds };

/** One of {@link TRIALS}. */
export type TrialName = keyof typeof TRIALS;

/** What a trial is told. */
export type OptionsOf<Name extends TrialName> = Parameters<(typeof TRIALS)[Name]>[0];

/** What a trial has found. */
export type ResultOf<Name extends TrialName> = Awaited<ReturnType<(typeof TRIALS)[Name]>>;

/** Runs one, in this thread. */
export function runTrialHere(
  name: TrialName,
  options: unknown,
  environment: Environment,
): Promise<unknown> {
  const trial = TRIALS[name] as (options: unknown, environment: Environment) => Promise<unknown>;
  return trial(options, environment);
}
