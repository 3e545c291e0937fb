import type { ErrorCount } from "../load/error_tally.ts";
import type { Target } from "../load/options.ts";
import type { Profile } from "../profiles/profile.ts";
import { figuresOf } from "../results/comparison.ts";
import { backlogSentence } from "../results/sentences.ts";
import { type ConnectStep, connectSteps } from "../results/connect_steps.ts";
import { joinHealth } from "../results/load_health.ts";
import { ERRORS, type Metrics, number, time } from "../results/metrics.ts";
import type { ScenarioResult } from "../results/result.ts";
import { type RunHealth, UNKNOWN_SERVER } from "../results/run_health.ts";
import type { Measurement } from "../load/measurement.ts";
import type { QueueFigures } from "../monitoring/backlog_watch.ts";
import { openAll } from "./connect.ts";
import type { Scenario } from "./scenario.ts";
import { deal } from "./worker_assignment.ts";

/** Options of `backlog`. */
export interface BacklogOptions {
  /** Another program's listener. Without one, a listener of its own is started. */
  readonly target?: Target;
  /** Backlog of the own listener, 0 to 65,535. `node:net`, which is the default, uses 511 for 0. */
  readonly backlog: number;
  /** Clients that connect at once. */
  readonly connections: number;
  /** How long the own listener does not accept, in seconds. */
  readonly holdSeconds: number;
  /** Timeout of a client, in seconds. */
  readonly timeoutSeconds: number;
  /** Threads that share the clients. Default 1. */
  readonly workers?: number;
}

/** Result of `backlog`. `--json` prints it. */
export interface BacklogResult extends QueueFigures, ScenarioResult, RunHealth {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "backlog";
  /** Address of the listener. */
  readonly target: Target;
  /** True if the run started the listener itself; the queue can be read only then. */
  readonly ownListener: boolean;
  /** Connections that were opened. */
  readonly connections: number;
  /** `null` for another program's listener. */
  readonly requestedBacklog: number | null;
  /** Time in which the listener accepted nothing; `null` for another program's listener. */
  readonly holdSeconds: number | null;
  /** How many connections the queue should hold: on Linux one more than the requested backlog,
   * which `somaxconn` caps before. `null` if unknown. */
  readonly effectiveBacklog: number | null;
  /** Clients that TCP has connected. */
  readonly connected: number;
  /** Clients that have received something. A full queue may connect some that are never served. */
  readonly greeted: number;
  /** The connected clients, grouped by time. */
  readonly steps: readonly ConnectStep[];
  /** Clients that received a system error instead of a connection. */
  readonly refused: number;
  /** Clients that had no connection at the end of the timeout. */
  readonly timedOut: number;
  /** Names of the fields that this platform or this target does not report. */
  readonly unavailable: readonly string[];
  /** The conclusion in a sentence. */
  readonly sentence: string;
}

/** Of `backlog`: `max` is when the last client was connected. */
export const BACKLOG_METRICS: Metrics<BacklogResult> = {
  max: time(({ steps }) => steps.length === 0 ? undefined : steps.at(-1)!.toMilliseconds * 1000),
  held: number((result) => result.held ?? undefined),
  connected: number((result) => result.connected),
  greeted: number((result) => result.greeted),
  refused: number((result) => result.refused),
  timedout: number((result) => result.timedOut),
  overflows: number((result) => result.listenOverflows ?? undefined),
  ...ERRORS,
};

/** Fields that are `null` where the system does not report them. */
const OPTIONAL = [
  "somaxconn",
  "effectiveBacklog",
  "held",
  "listenOverflows",
  "listenDrops",
  "synRetransmissions",
] as const;

/** The listener that is loaded: another program's, or the own one once it listens. */
export interface LoadedListener extends BacklogOptions {
  /** The address of the listener. */
  readonly target: Target;
  /** Default: another program's. */
  readonly isOwn?: boolean;
}

/** Sends nothing, and has joined as soon as the server has sent something. */
const GREETING: Profile = {
  login: () => "",
  readLogin: (received) => received === "" ? undefined : "joined",
  message: (text) => text,
};

/** Connects clients all at once to a listener that may not accept for a while. */
export const backlog: Scenario<LoadedListener, BacklogResult> = {
  load: ["connections"],
  figures: figuresOf(BACKLOG_METRICS),
  assign: (options) => deal(options, ({ connections }) => ({ ...options, connections })),
  isJoinMeasured: true,
  measure: ({ target, connections, timeoutSeconds, isOwn }, context) =>
    openAll({
      ...{ target, profile: GREETING, connections, timeoutSeconds },
      // Another program's server need not send anything first.
      until: isOwn === true ? "joined" : "connected",
    }, context),
  result: (options, measurement) => backlogResult(options, measurement, UNKNOWN_FIGURES),
};

/** The figures of a queue that cannot be read. */
export const UNKNOWN_FIGURES: QueueFigures = {
  somaxconn: null,
  held: null,
  listenOverflows: null,
  listenDrops: null,
  synRetransmissions: null,
};

/** Makes the result from the measurement and the system's counters. */
export function backlogResult(
  { target, connections, isOwn: ownListener = false, ...options }: LoadedListener,
  measurement: Pick<Measurement, "errors" | "interrupted" | "generator" | "own">,
  figures: QueueFigures,
): BacklogResult {
  const { errors, interrupted, own } = measurement;
  const { connected = [], greeted = [] } = own?.times ?? {};
  const requestedBacklog = ownListener ? options.backlog : null;
  const steps = connectSteps(connected);
  const timedOut = countOf(errors, (error) => error.code === "timeout");
  const refused = countOf(errors, (error) => error.code !== "timeout");
  const known = {
    ...figures,
    effectiveBacklog: requestedBacklog === null || figures.somaxconn === null
      ? null
      : Math.min(requestedBacklog, figures.somaxconn) + 1,
  };
  return {
    ...{ scenario: "backlog", target, ownListener, connections, requestedBacklog },
    holdSeconds: ownListener ? options.holdSeconds : null,
    ...known,
    ...{ connected: connected.length, greeted: greeted.length, steps, refused, timedOut, errors },
    unavailable: OPTIONAL.filter((field) => known[field] === null),
    sentence: backlogSentence({
      ...{ requested: requestedBacklog, held: figures.held, clients: connections },
      ...{ steps, refused, interrupted },
      timedOut: interrupted ? connections - connected.length - refused : timedOut,
      unserved: ownListener && !interrupted ? connected.length - greeted.length : 0,
    }),
    ...joinHealth(undefined, connected.length === connections, measurement, UNKNOWN_SERVER),
    failures: connected.length === 0 && !interrupted ? ["No client connected."] : [],
    interrupted,
  };
}

/** Number of errors of one kind before the connection. */
function countOf(errors: readonly ErrorCount[], condition: (error: ErrorCount) => boolean): number {
  return errors
    .filter((error) => error.phase === "connect" && condition(error))
    .reduce((sum, error) => sum + error.count, 0);
}
