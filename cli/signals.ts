import { EXIT } from "./exit.ts";
import { onHangup } from "./hangup.ts";
import { runtime } from "./runtime/mod.ts";
import { warn } from "./standard_streams.ts";

/** The signals with which users and service managers stop a program. */
const STOP_SIGNALS: readonly NodeJS.Signals[] = runtime.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Signals of one kind within this time come from one press of Ctrl+C: a terminal sends it to
 * `deno task` and to this program, and `deno task` forwards it. */
const SAME_PRESS_MILLISECONDS = 100;

/** The stop signals of this process, in order. */
export interface Interrupts {
  /** The next signal, or one that came since the last call. */
  next(): Promise<NodeJS.Signals>;
  /** Restores the default handling. */
  dispose(): Promise<void>;
}

/**
 * Handles the stop signals, and the end of the terminal, which counts as SIGHUP: see {@link onHangup}.
 *
 * @param now monotonic time in milliseconds.
 * @param reread called at a SIGHUP that is not the end of the terminal, in place of a stop.
 */
export function onInterrupt(
  now: () => number = () => performance.now(),
  reread?: () => void,
): Interrupts {
  const queue: NodeJS.Signals[] = [];
  const last = new Map<NodeJS.Signals, number>();
  let wake = () => {};
  const restoreHangup = onHangup(() => {
    // Never a second signal, which would end the program at once: the kernel and the shell both send
    // SIGHUP, and service managers send it together with SIGTERM.
    if (last.size > 0) return;
    last.set("SIGHUP", now());
    queue.push("SIGHUP");
    wake();
  }, reread);
  const handled = STOP_SIGNALS.map((signal) => {
    const listener = () => {
      const time = now();
      const isSamePress = time - (last.get(signal) ?? -Infinity) < SAME_PRESS_MILLISECONDS;
      last.set(signal, time);
      if (isSamePress) return;
      queue.push(signal);
      wake();
    };
    return runtime.onSignal(signal, listener);
  });
  return {
    async next() {
      if (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return queue.shift()!;
    },
    async dispose() {
      for (const restore of handled) restore();
      await restoreHangup();
    },
  };
}

/**
 * Runs an action that Ctrl+C ends. The second Ctrl+C ends the process, also while the action stops.
 *
 * @param action stops when the signal is aborted.
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interrupts = onInterrupt();
  try {
    return await action(abortedBy(interrupts));
  } finally {
    await interrupts.dispose();
  }
}

/**
 * Aborts its signal at the first stop signal of this process, and ends the process at the second one.
 */
export function stopOnInterrupt(): AbortSignal {
  return abortedBy(onInterrupt());
}

function abortedBy(interrupts: Interrupts): AbortSignal {
  const stop = new AbortController();
  void interrupts.next().then(() => {
    stop.abort();
    return interrupts.next();
  }).then(() => runtime.exit(EXIT.interrupted));
  return stop.signal;
}

/** The variable with the caller's folder, which `deno task` and `npm run` set. */
const TASK_RUNNER = "INIT_CWD";

/** Why Ctrl+Z is refused: below a task runner only the program would stop: the runner waits for it, and the shell for both. */
export const FREEZING_REFUSAL =
  "Ctrl+Z would freeze this terminal: a task runner such as `deno task` does not stop. " +
  "Start the program with `deno run` or as an executable to use Ctrl+Z.";

/**
 * Keeps Ctrl+Z from stopping this process below a task runner: the runner would wait for it, and the
 * terminal would react to no key, Ctrl+C included.
 */
export function refuseFreezing(): void {
  if (runtime.os === "windows" || !runtime.isTerminal(0) || !isBelowTaskRunner()) return;
  let last = -Infinity;
  runtime.onSignal("SIGTSTP", () => {
    const isSamePress = performance.now() - last < SAME_PRESS_MILLISECONDS;
    last = performance.now();
    if (!isSamePress) warn(FREEZING_REFUSAL);
  });
}

/** Whether a task runner has started this program, and waits for it. */
export function isBelowTaskRunner(): boolean {
  // Reading the variable without the permission would prompt on the terminal.
  const permission = { name: "env", variable: TASK_RUNNER } as const;
  return runtime.isGranted(permission) && runtime.variable(TASK_RUNNER) !== undefined;
}
