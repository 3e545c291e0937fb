import { fstatSync } from "node:fs";
import process from "node:process";
import { Writable } from "node:stream";
import type { OutputStream } from "../client/mod.ts";
import { runtime } from "./runtime/mod.ts";

/**
 * Standard output as a stream that never blocks the program: node's own blocks in a system call while a
 * pipe is full, so that Ctrl+C has no effect. It closes when the reader of a pipe is gone, also while
 * nothing is written.
 */
export function standardOutput(): Writable {
  const output = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(chunk).then(() => done(), done);
    },
  });
  void readerGone().then(() => output.destroy());
  return output;
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await runtime.writeOutput(bytes.subarray(written));
  }
}

/** Standard error as a stream; output that cannot be written is lost. */
export const standardErrors: OutputStream = {
  write(text, written) {
    try {
      return process.stderr.write(text, written);
    } catch {
      written?.();
      return true;
    }
  },
  on: process.stderr.on.bind(process.stderr),
  removeListener: process.stderr.removeListener.bind(process.stderr),
};

const TAIL = "/usr/bin/tail";

/** Interval at which the pipe is polled, in seconds. */
const INTERVAL_SECONDS = "0.5";

/**
 * Resolves when standard output is a pipe and its reader has closed it, as `head -1` does after its
 * line. Without this, the program would notice at its next write, possibly hours later.
 *
 * The runtime cannot poll its standard output. GNU tail does; elsewhere this never resolves.
 * Needs `--allow-run=/usr/bin/tail`.
 */
async function readerGone(): Promise<void> {
  if (runtime.os === "linux" && mayRunTail() && isPipe()) {
    try {
      const tail = await runtime.spawn(TAIL, {
        // `--pid` ends it with this process.
        args: ["-f", "/dev/null", "-s", INTERVAL_SECONDS, `--pid=${process.pid}`],
        clearEnv: true,
        stdout: "inherit",
        stderr: "null",
      });
      // It would keep the pipe open for a moment.
      const kill = () => tail.kill("SIGKILL");
      const forget = runtime.onExit(kill);
      const { signal } = await tail.status;
      forget();
      if (signal === "SIGPIPE") return;
    } catch {
      // The program is not installed.
    }
  }
  await new Promise<never>(() => {});
}

function mayRunTail(): boolean {
  return runtime.isGranted({ name: "run", command: TAIL });
}

function isPipe(): boolean {
  try {
    return fstatSync(1).isFIFO();
  } catch {
    return false;
  }
}
