import type { ComparedFigure } from "./comparison.ts";
import type { LimitResult } from "../engine/find_limit.ts";
import type { ScenarioName, Target } from "../load/options.ts";
import type { ProfileName } from "../profiles/mod.ts";
import type { BenchmarkProgress } from "../load/progress.ts";
import type { BenchmarkResult } from "./result.ts";
import type { RunHealth } from "./run_health.ts";
import type { BacklogResult } from "../scenarios/backlog.ts";
import type { ChurnResult } from "../scenarios/churn.ts";
import type { CodecResult } from "../scenarios/codec.ts";
import type { ConnectResult } from "../scenarios/connect.ts";
import type { RestartResult } from "../scenarios/restart.ts";
import type { RoomsResult } from "../scenarios/rooms.ts";
import type { RoundsResult } from "../scenarios/rounds.ts";
import type { StallResult } from "../scenarios/stall.ts";

/** What a result depends on besides the options. */
export interface OutputContext {
  /** Of hubbub. */
  readonly version: string;
  /** When the output was made: ISO 8601, UTC. */
  readonly time: string;
  /** What the load tester ran on. */
  readonly machine: Machine;
  /** The command line, as it is typed in a shell. */
  readonly command: string;
}

/** What a load tester ran on. */
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
  /** Version of Deno. */
  readonly deno: string;
  /** Version of V8. */
  readonly v8: string;
}

/** One run of `broadcast` or `echo`. */
export interface RunOutput extends OutputContext, BenchmarkResult {
  /** Only with `--baseline`. */
  readonly comparison?: readonly ComparedFigure[];
}

/** Several runs: `--repeat` and `--versus`. */
export interface RunsOutput extends OutputContext {
  /** In the order in which they ran. */
  readonly runs: readonly BenchmarkResult[];
  /** Those on the server of `--versus`. */
  readonly others?: readonly BenchmarkResult[];
  /** Only with `--baseline` or `--versus`. */
  readonly comparison?: readonly ComparedFigure[];
}

/** A search: `--find-limit`. */
export interface LimitOutput extends OutputContext, LimitResult {
  /** As asked for. */
  readonly scenario: ScenarioName;
  /** The kind of server. */
  readonly profile: ProfileName;
  /** The server. */
  readonly target: Target;
  /** Connections in each run. */
  readonly connections: number;
  /** Connections of these that send. */
  readonly senders: number;
  /** Bytes of a message. */
  readonly payloadBytes: number;
  /** Threads of the load tester. */
  readonly workers: number;
  /** How long each run took. */
  readonly secondsEach: number;
}

/** What `--live-json` prints about once a second, a line each; the last line is what `--json` prints. */
export interface ProgressOutput extends BenchmarkProgress {
  /** Tells these lines from the result. */
  readonly type: "progress";
  /** When it was printed: ISO 8601, UTC. */
  readonly time: string;
}

/** What `hubbub bench --json` prints, by the scenario, and the lines of `--live-json`. */
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
export interface ConnectOutput extends OutputContext, ConnectResult {}
/** `bench backlog`. */
export interface BacklogOutput extends OutputContext, BacklogResult {}
/** `bench rounds`. */
export interface RoundsOutput extends OutputContext, RoundsResult, RunHealth {}
/** `bench codec`. */
export interface CodecOutput extends OutputContext, CodecResult, RunHealth {}
/** `bench churn`. */
export interface ChurnOutput extends OutputContext, ChurnResult, RunHealth {}
/** `bench rooms`. */
export interface RoomsOutput extends OutputContext, RoomsResult, RunHealth {}
/** `bench stall`. */
export interface StallOutput extends OutputContext, StallResult, RunHealth {}
/** `bench restart`. */
export interface RestartOutput extends OutputContext, RestartResult, RunHealth {}
