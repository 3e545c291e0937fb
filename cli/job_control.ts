import type { JobControl } from "../client/mod.ts";
import { SAME_PRESS_MILLISECONDS } from "./signals.ts";
import { tell } from "./standard_streams.ts";

/** In the environment of what `deno task` or `npm run` has started: the folder of the caller. */
const TASK_RUNNER = "INIT_CWD";

/** What happens below a task runner: it waits for its child, and the shell for both. */
const REFUSAL =
  "Ctrl+Z would freeze this terminal: a task runner such as `deno task` does not stop. " +
  "Start the program by `deno run` or as an executable to use Ctrl+Z.";

/** What Ctrl+Z does for a program that reads the keys itself; `undefined` on Windows, without jobs. */
export function jobControl(): JobControl | undefined {
  if (Deno.build.os === "windows") return undefined;
  return {
    refusal: isBelowTaskRunner() ? REFUSAL : undefined,
    stop: () => Deno.kill(Deno.pid, "SIGTSTP"),
    onContinue(listener) {
      Deno.addSignalListener("SIGCONT", listener);
      return () => Deno.removeSignalListener("SIGCONT", listener);
    },
  };
}

/**
 * Keeps Ctrl+Z from stopping this process where only the process would stop: its task runner would
 * wait for it, and the terminal would take no key any more, Ctrl+C included.
 */
export function refuseFreezing(): void {
  if (Deno.build.os === "windows" || !Deno.stdin.isTerminal() || !isBelowTaskRunner()) return;
  let last = -Infinity;
  Deno.addSignalListener("SIGTSTP", () => {
    const isSamePress = performance.now() - last < SAME_PRESS_MILLISECONDS;
    last = performance.now();
    if (!isSamePress) tell(REFUSAL);
  });
}

function isBelowTaskRunner(): boolean {
  // Without the permission it would ask for it, on the terminal.
  const permission = { name: "env", variable: TASK_RUNNER } as const;
  return Deno.permissions.querySync(permission).state === "granted" && Deno.env.has(TASK_RUNNER);
}
