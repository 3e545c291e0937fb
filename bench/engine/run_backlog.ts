import {
  type BacklogOptions,
  type BacklogResult,
  backlogResult,
  type LoadedListener,
} from "../scenarios/backlog.ts";
import { BacklogWatch } from "../monitoring/backlog_watch.ts";
import { type ReadProc, readProcFile } from "../monitoring/proc_files.ts";
import { type BenchmarkObservers, measureScenario, runScenario } from "./run.ts";

/** Interval of readings of the queue, in milliseconds. */
const LOOK_INTERVAL = 250;

/** A listener that accepts no connection before `accept` is called. */
export interface IdleListener {
  /** The port that it listens on. */
  readonly port: number;
  /** Accepts and greets all connections from now on. */
  accept(): void;
  /** Stops listening. */
  close(): void;
}

/** Observers of a run of `backlog`, and what it needs of the system. */
export interface BacklogObservers extends BenchmarkObservers {
  /** Default: read as a regular file, which Deno allows only with all permissions. */
  readonly readProc?: ReadProc;
  /** Starts the own listener, in this thread: it accepts no connection before `accept` is called. */
  readonly listen: (backlog: number) => Promise<IdleListener>;
}

/**
 * Measures clients that connect while a server does not accept.
 *
 * 1. Without a target it starts a listener that does not accept.
 * 2. All clients connect at once. The queue takes what it holds; the system drops the SYNs of the
 *    others, which their systems repeat after a second and later.
 * 3. After `holdSeconds` the listener accepts and greets all.
 *
 * @throws {Error} if the own listener cannot be started, or the load tester itself failed.
 */
export async function runBacklog(
  options: BacklogOptions,
  { listen, readProc = readProcFile, ...observers }: BacklogObservers,
): Promise<BacklogResult> {
  const { target } = options;
  if (target !== undefined) return await runScenario("backlog", { ...options, target }, observers);
  const listener = await listen(options.backlog);
  try {
    const own: LoadedListener = {
      ...{ ...options, target: { host: "127.0.0.1", port: listener.port }, isOwn: true },
    };
    const watch = await BacklogWatch.start(listener.port, readProc);
    const begun = Promise.withResolvers<void>();
    const running = measureScenario("backlog", own, {
      ...observers,
      onProgress: (step) => {
        begun.resolve();
        observers.onProgress?.(step);
      },
    });
    running.catch(() => begun.resolve());
    // The clients come once their threads have started, which takes a busy machine a while.
    await begun.promise;
    await hold(options.holdSeconds * 1000, listener, watch, observers.signal);
    const { measurement } = await running;
    return backlogResult(own, measurement, await watch.figures());
  } finally {
    listener.close();
  }
}

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
