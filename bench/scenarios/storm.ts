import { Connection, type Failure, type Stage } from "../load/connection.ts";
import { type ErrorCount, ErrorTally } from "../load/error_tally.ts";
import { GeneratorHealth, type GeneratorMeasurement } from "../load/generator_health.ts";
import type { Target } from "../load/options.ts";
import type { Profile } from "../profiles/profile.ts";
import type { SourceOf } from "../load/source_addresses.ts";

/** How often due connections are opened and progress is told, in milliseconds. */
const OPENING_TICK = 1;
const PROGRESS_TICK = 1000;

/** What a storm of connections is. */
export interface StormOptions {
  readonly target: Target;
  readonly connections: number;
  /** Connections opened a second; without it all at once. */
  readonly connectRate?: number;
  /** How long a connection may take to reach the stage, in milliseconds. */
  readonly timeout: number;
  /** The stage that ends the wait for a connection. */
  readonly until: "connected" | "joined";
}

/** What a storm needs from whoever runs it. */
export interface StormEnvironment {
  readonly profile: Profile;
  readonly nameOf: (index: number) => string;
  /** Where on this machine a connection comes from. */
  readonly sourceOf: SourceOf;
  /** Milliseconds with fractions, never back. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told about once a second how many have reached the stage, and after how many milliseconds. */
  readonly onProgress: (reached: number, elapsed: number) => void;
}

/** What was measured: plain data. */
export interface StormMeasurement {
  /** Milliseconds from the start of each connection, for those that have reached the stage. */
  readonly times: Readonly<Record<Stage, readonly number[]>>;
  readonly errors: readonly ErrorCount[];
  /** How the load tester did until then. */
  readonly generator: GeneratorMeasurement;
  /** From the first connection's start until the last one's fate was known. */
  readonly durationSeconds: number;
  readonly interrupted: boolean;
}

/**
 * Opens connections, all at once or at a rate, and measures how far each comes and when.
 *
 * Whoever has come in stays until the end, so that the storm is also a crowd.
 */
export async function storm(
  options: StormOptions,
  environment: StormEnvironment,
): Promise<StormMeasurement> {
  const { connections, connectRate, target, timeout, until } = options;
  const { profile, nameOf, sourceOf, now, signal, onProgress } = environment;
  const errors = new ErrorTally();
  const times: Record<Stage, number[]> = { connected: [], greeted: [], joined: [] };
  const opened: Connection[] = [];
  const fates: Promise<void>[] = [];
  const start = now();
  const health = new GeneratorHealth(now);
  const tally = ({ phase, code, text }: Failure) =>
    signal.aborted || errors.add(phase, code, text, now() - start);
  const open = () => {
    const begin = now();
    const index = opened.length;
    const connection = new Connection({
      ...{ target, profile, timeout, name: nameOf(index) },
      source: (attempt) => sourceOf(index, attempt),
      onStage: (stage) => times[stage].push(now() - begin),
    });
    opened.push(connection);
    connection.onBreak = tally;
    const fate = connection.join().then((failure) => {
      // Where only connecting is asked for, a server need not say anything.
      if (failure === undefined || (until === "connected" && connection.connected)) return;
      tally(failure);
    });
    fates.push(until === "joined" ? fate : connection.opened);
  };
  const stop = () => opened.forEach((one) => one.joined || one.destroy());
  signal.addEventListener("abort", stop);
  const progress = setInterval(() => onProgress(times[until].length, now() - start), PROGRESS_TICK);
  const due = () =>
    connectRate === undefined ? connections : 1 + Math.floor((now() - start) / 1000 * connectRate);
  while (opened.length < connections && !signal.aborted) {
    while (opened.length < Math.min(due(), connections)) open();
    if (opened.length < connections) {
      await new Promise((resolve) => setTimeout(resolve, OPENING_TICK));
    }
  }
  await Promise.all(fates);
  clearInterval(progress);
  signal.removeEventListener("abort", stop);
  const durationSeconds = (now() - start) / 1000;
  health.stop();
  await Promise.all(opened.map((connection) => connection.close()));
  return {
    ...{ times, errors: errors.list(), durationSeconds, generator: health.measured() },
    interrupted: signal.aborted,
  };
}
