import type { JobControl } from "../client/mod.ts";
import { SAME_PRESS_MILLISECONDS } from "./signals.ts";
import { tell } from "./standard_streams.ts";

/** The variable in which `deno task` and `npm run` pass on the folder of the caller. */
const TASK_RUNNER = "INIT_CWD";

/** Below a task runner the program alone would stop: the runner waits for it, and the shell for both. */
const REFUSAL =
  "Ctrl+Z would freeze this terminal: a task runner such as `deno task` does not stop. " +
  "Start the program by `deno run` or as an executable to use Ctrl+Z.";

/** Job control for a program that reads the keys itself; `undefined` on Windows, which has no jobs. */
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
  // Reading the variable without the permission would prompt on the terminal.
  const permission = { name: "env", variable: TASK_RUNNER } as const;
  return Deno.permissions.querySync(permission).state === "granted" && Deno.env.has(TASK_RUNNER);
}
