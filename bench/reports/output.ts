import type { ComparedFigure } from "../results/comparison.ts";
import type { LimitResult } from "../engine/find_limit.ts";
import type { ScenarioName, Target } from "../load/options.ts";
import type { ProfileName } from "../profiles/mod.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { BenchmarkResult } from "../results/result.ts";
import type { BacklogResult } from "../scenarios/backlog.ts";
import type { ChurnResult } from "../scenarios/churn.ts";
import type { CodecResult } from "../scenarios/codec.ts";
import type { ConnectResult } from "../scenarios/connect.ts";
import type { RestartResult } from "../scenarios/restart.ts";
import type { RoomsResult } from "../scenarios/rooms.ts";
import type { RoundsResult } from "../scenarios/rounds.ts";
import type { Scenarios } from "../scenarios/mod.ts";
import type { StallResult } from "../scenarios/stall.ts";

/** The circumstances of a result besides the options. */
export interface OutputContext {
  /** Version of hubbub. */
  readonly version: string;
  /** When the output was made: ISO 8601, UTC. */
  readonly time: string;
  /** The machine of the load tester. */
  readonly machine: Machine;
  /** The command line, quoted for a shell. */
  readonly command: string;
}

/** A machine on which a load tester ran. */
export interface Machine {
  /** The operating system, such as `linux`. */
  readonly os: string;
  /** Its version. */
  readonly osRelease: string;
  /** The architecture, such as `x86_64`. */
  readonly arch: string;
  /** The model of the processor. */
  readonly cpu: string;
  /** Processors that can be used. */
  readonly cores: number;
  /** All memory, in bytes. */
  readonly memoryBytes: number;
  /** The runtime and its version, such as `Deno 2.9.6`. */
  readonly runtime: string;
  /** Version of V8. */
  readonly v8: string;
}

/** One run. */
export interface SingleOutput extends OutputContext {
  /** Only with `--baseline`. */
  readonly comparison?: readonly ComparedFigure[];
}

/** One run of `broadcast` or `echo`. */
export interface RunOutput extends SingleOutput, BenchmarkResult {}

/** A run of any scenario. */
export type AnyResult = Scenarios[keyof Scenarios]["result"];

/** Several runs of one scenario: `--repeat` and `--versus`. */
export interface RunsOutput extends OutputContext {
  /** In the order in which they ran. */
  readonly runs: readonly AnyResult[];
  /** Those on the server of `--versus`. */
  readonly others?: readonly AnyResult[];
  /** Only with `--baseline` or `--versus`. */
  readonly comparison?: readonly ComparedFigure[];
}

/** A search: `--find-limit`. */
export interface LimitOutput extends OutputContext, LimitResult {
  /** The scenario of each run. */
  readonly scenario: ScenarioName;
  /** The kind of server. */
  readonly profile: ProfileName;
  /** Address of the server. */
  readonly target: Target;
  /** Connections in each run. */
  readonly connections: number;
  /** Connections of these that send. */
  readonly senders: number;
  /** Bytes of text per message. */
  readonly payloadBytes: number;
  /** Threads of the load tester. */
  readonly workers: number;
  /** Duration of each run. */
  readonly secondsEach: number;
}

/** A line that `--live-json` prints about once per second; its last line is the output of `--json`. */
export interface ProgressOutput extends BenchmarkProgress {
  /** Distinguishes these lines from the result. */
  readonly type: "progress";
  /** When it was printed: ISO 8601, UTC. */
  readonly time: string;
}

/** The output of `hubbub bench --json` for each scenario, and the lines of `--live-json`. */
export type BenchOutput =
  | ProgressOutput
  | RunOutput
  | RunsOutput
  | LimitOutput
  | ConnectOutput
  | BacklogOutput
  | RoundsOutput
  | CodecOutput
  | ChurnOutput
  | RoomsOutput
  | StallOutput
  | RestartOutput;

/** `bench connect`. */
export interface ConnectOutput extends SingleOutput, ConnectResult {}
/** `bench backlog`. */
export interface BacklogOutput extends SingleOutput, BacklogResult {}
/** `bench rounds`. */
export interface RoundsOutput extends SingleOutput, RoundsResult {}
/** `bench codec`. */
export interface CodecOutput extends SingleOutput, CodecResult {}
/** `bench churn`. */
export interface ChurnOutput extends SingleOutput, ChurnResult {}
/** `bench rooms`. */
export interface RoomsOutput extends SingleOutput, RoomsResult {}
/** `bench stall`. */
export interface StallOutput extends SingleOutput, StallResult {}
/** `bench restart`. */
export interface RestartOutput extends SingleOutput, RestartResult {}
