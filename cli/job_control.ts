import type { JobControl } from "../client/mod.ts";
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
  Deno.addSignalListener("SIGTSTP", () => tell(REFUSAL));
}

function isBelowTaskRunner(): boolean {
  try {
    return Deno.env.has(TASK_RUNNER);
  } catch {
    return false; // the variable may not be read
  }
}
