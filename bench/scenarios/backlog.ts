import type { ErrorCount } from "../load/error_tally.ts";
import type { Target } from "../load/options.ts";
import { type ReadProc, readProcFile } from "../target/proc_files.ts";
import type { BenchmarkObservers } from "../engine/run.ts";
import { backlogSentence } from "./backlog_sentence.ts";
import { BacklogWatch, type QueueFigures } from "./backlog_watch.ts";
import { type ConnectStep, connectSteps } from "./connect_steps.ts";
import { type IdleListener, startIdleListener } from "./idle_listener.ts";
import { UNKNOWN_SERVER } from "../results/result.ts";
import type { RunHealth } from "../results/run_health.ts";
import type { StormMeasurement, StormOptions } from "./storm.ts";
import { stormHealth } from "./storm_health.ts";
import { runStorm } from "./storm_thread.ts";

/** How often the queue is looked at, in milliseconds. */
const LOOK_INTERVAL = 250;

/** What to find out about an accept queue. */
export interface BacklogOptions {
  /** Somebody else's listener. Without one, a listener of its own is started. */
  readonly target?: Target;
  /** What the own listener asks for, 0 to 65,535. `node:net`, which is the default, takes 0 for 511. */
  readonly backlog: number;
  /** Clients that connect at once. */
  readonly connections: number;
  /** How long the own listener does not accept, in seconds. */
  readonly holdSeconds: number;
  /** How long a client may take. */
  readonly timeoutSeconds: number;
}

/** What was found. As JSON it is what `--json` prints. */
export interface BacklogResult extends QueueFigures, RunHealth {
  /** Tells this result from those of other scenarios. */
  readonly scenario: "backlog";
  /** The listener that was stormed. */
  readonly target: Target;
  /** True when the listener was started for this; the queue itself is known for such a one only. */
  readonly ownListener: boolean;
  /** Connections that were opened. */
  readonly connections: number;
  /** `null` for somebody else's listener. */
  readonly requestedBacklog: number | null;
  /** How long the listener accepted nothing; `null`: the target is not this run's own. */
  readonly holdSeconds: number | null;
  /** How many connections the queue should hold: on Linux one more than was asked for, which
   * `somaxconn` caps before. `null` where that is not known. */
  readonly effectiveBacklog: number | null;
  /** Clients that TCP has connected. */
  readonly connected: number;
  /** Clients that have heard from the server. A full queue may connect some that nobody serves. */
  readonly greeted: number;
  /** When they were connected. */
  readonly steps: readonly ConnectStep[];
  /** Clients that got an error of the system instead of a connection. */
  readonly refused: number;
  /** Clients that had no connection when their time was over. */
  readonly timedOut: number;
  /** What went wrong, by phase and code. */
  readonly errors: readonly ErrorCount[];
  /** What this platform, or this target, cannot tell, by the names of the fields. */
  readonly unavailable: readonly string[];
  /** What it comes to. */
  readonly sentence: string;
  /** Why the run failed, as sentences; empty when it did not. */
  readonly failures: readonly string[];
  /** True when the run was ended early. */
  readonly interrupted: boolean;
}

/** Who watches a run, and how it may look into the system's books. */
export interface BacklogObservers extends BenchmarkObservers {
  /** Default: as any file, which Deno lets a program do only with all permissions. */
  readonly readProc?: ReadProc;
  /** Starts the own listener. Default: that of `node:net`, to which 0 is no backlog. */
  readonly listen?: (backlog: number) => Promise<IdleListener>;
}

/** Fields that are `null` where they cannot be told. */
const OPTIONAL = [
  "somaxconn",
  "effectiveBacklog",
  "held",
  "listenOverflows",
  "listenDrops",
  "synRetransmissions",
] as const;

/**
 * Finds out what happens to clients that come while a server does not accept.
 *
 * 1. Without a target it starts a listener that does not accept.
 * 2. All clients connect at once. The queue takes what it holds; the system drops the SYNs of the
 *    others, which their systems repeat after a second and later.
 * 3. After `holdSeconds` the listener accepts and greets everybody.
 *
 * @throws {Error} if the own listener cannot be started, or the load tester itself failed.
 */
export async function runBacklog(
  options: BacklogOptions,
  observers: BacklogObservers = {},
): Promise<BacklogResult> {
  const { connections, timeoutSeconds } = options;
  const storm: Omit<StormOptions, "target" | "until"> = {
    ...{ connections, timeout: timeoutSeconds * 1000 },
  };
  if (options.target !== undefined) {
    const { target } = options;
    const measured = await runStorm(
      { ...storm, target, until: "connected" },
      "greeting",
      observers,
    );
    return backlogResult(options, target, measured, UNKNOWN);
  }
  const listener = await (observers.listen ?? startIdleListener)(options.backlog);
  try {
    const target = { host: "127.0.0.1", port: listener.port };
    const watch = await BacklogWatch.start(listener.port, observers.readProc ?? readProcFile);
    const running = runStorm({ ...storm, target, until: "joined" }, "greeting", observers);
    await hold(options.holdSeconds * 1000, listener, watch, observers.signal);
    const measured = await running;
    return backlogResult(options, target, measured, await watch.figures());
  } finally {
    listener.close();
  }
}

const UNKNOWN: QueueFigures = {
  somaxconn: null,
  held: null,
  listenOverflows: null,
  listenDrops: null,
  synRetransmissions: null,
};

/** Looks at the queue until the listener may accept. */
async function hold(
  milliseconds: number,
  listener: IdleListener,
  watch: BacklogWatch,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end && signal?.aborted !== true) {
    const rest = Math.min(LOOK_INTERVAL, end - performance.now());
    await new Promise((resolve) => setTimeout(resolve, rest));
    await watch.look();
  }
  listener.accept();
}

/** The result, from what was measured. */
export function backlogResult(
  options: BacklogOptions,
  target: Target,
  measured: StormMeasurement,
  figures: QueueFigures,
): BacklogResult {
  const { connections } = options;
  const { times: { connected, greeted }, errors, interrupted } = measured;
  const ownListener = options.target === undefined;
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
    scenario: "backlog",
    target,
    ownListener,
    connections,
    requestedBacklog,
    holdSeconds: ownListener ? options.holdSeconds : null,
    ...known,
    connected: connected.length,
    greeted: greeted.length,
    steps,
    refused,
    timedOut,
    errors,
    unavailable: OPTIONAL.filter((field) => known[field] === null),
    sentence: backlogSentence({
      ...{ requested: requestedBacklog, held: figures.held, clients: connections },
      ...{ steps, refused, interrupted },
      timedOut: interrupted ? connections - connected.length - refused : timedOut,
      // Somebody else's server need not say anything first.
      unserved: ownListener && !interrupted ? connected.length - greeted.length : 0,
    }),
    ...stormHealth(measured, undefined, connected.length === connections, UNKNOWN_SERVER),
    failures: connected.length === 0 && !interrupted ? ["No client was connected."] : [],
    interrupted,
  };
}

/** How many connections have failed before they were connected, of some kind. */
function countOf(errors: readonly ErrorCount[], condition: (error: ErrorCount) => boolean): number {
  return errors
    .filter((error) => error.phase === "connect" && condition(error))
    .reduce((sum, error) => sum + error.count, 0);
}
