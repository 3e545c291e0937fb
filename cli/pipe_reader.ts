import { fstatSync } from "node:fs";

const TAIL = "/usr/bin/tail";

/** Interval at which the pipe is polled, in seconds. */
const INTERVAL_SECONDS = "0.5";

/**
 * Resolves when standard output is a pipe and its reader has closed it, as `head -1` does after its
 * line. Without this, the program would notice at its next write, which may be hours later.
 *
 * The runtime cannot poll its standard output. GNU tail does; elsewhere this never resolves.
 * Needs `--allow-run=/usr/bin/tail`.
 */
export async function readerGone(): Promise<void> {
  if (Deno.build.os === "linux" && mayRunTail() && isPipe()) {
    try {
      const tail = new Deno.Command(TAIL, {
        // `--pid` ends it with this process.
        args: ["-f", "/dev/null", "-s", INTERVAL_SECONDS, `--pid=${Deno.pid}`],
        clearEnv: true,
        stdin: "null",
        stdout: "inherit",
        stderr: "null",
      }).spawn();
      // It would keep the pipe open for a moment.
      const kill = () => tail.kill("SIGKILL");
      globalThis.addEventListener("unload", kill);
      const { signal } = await tail.status;
      globalThis.removeEventListener("unload", kill);
      if (signal === "SIGPIPE") return;
    } catch {
      // The program is not installed.
    }
  }
  await new Promise<never>(() => {});
}

function mayRunTail(): boolean {
  return Deno.permissions.querySync({ name: "run", command: TAIL }).state === "granted";
}

function isPipe(): boolean {
  try {
    return fstatSync(1).isFIFO();
  } catch {
    return false;
  }
}
