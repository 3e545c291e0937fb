import * as childProcess from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import type { ChildProcess, ProcessStatus, SpawnOptions } from "./runtime.ts";

/** Maximum size of the output of a program that is run, in bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What a shell adds to the number of a signal for an exit code. */
const SIGNAL_CODE = 128;

/** Starts a process as {@link Runtime.spawn} does. */
export async function spawn(
  program: string,
  { args, env, clearEnv = false, stdin, stdout, stderr, detached = false, isUnref }: SpawnOptions,
): Promise<ChildProcess> {
  const child = childProcess.spawn(program, args, {
    env: environment(env, clearEnv),
    detached,
    stdio: [STREAMS[stdin ?? "null"], STREAMS[stdout], STREAMS[stderr]],
  });
  const status = new Promise<ProcessStatus>((resolve) => {
    child.once("exit", (code, signal) => resolve(statusOf(code, signal)));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.on("error", () => {}); // A signal could not be sent: it has ended.
  if (isUnref === true) child.unref();
  return {
    pid: child.pid!,
    status,
    stdout: streamOf(child.stdout),
    stderr: streamOf(child.stderr),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs a program as {@link Runtime.run} does. */
export async function run(
  program: string,
  args: readonly string[],
  clearEnv = false,
): Promise<{ readonly success: boolean; readonly stdout: Uint8Array }> {
  const options = {
    encoding: "buffer",
    env: environment({}, clearEnv),
    maxBuffer: MAX_OUTPUT_BYTES,
  } as const;
  try {
    const { stdout } = await promisify(childProcess.execFile)(program, args, options);
    return { success: true, stdout };
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: Uint8Array };
    // A string is the code of the system: it could not be started.
    if (typeof code === "string" || stdout === undefined) throw error;
    return { success: false, stdout };
  }
}

function streamOf(output: Readable | null): ReadableStream<Uint8Array> {
  if (output === null) return new ReadableStream();
  return Readable.toWeb(output) as ReadableStream<Uint8Array>;
}

const STREAMS = { piped: "pipe", inherit: "inherit", null: "ignore" } as const;

function environment(added: SpawnOptions["env"], isClear: boolean): NodeJS.ProcessEnv {
  return { ...(isClear ? {} : process.env), ...added };
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): ProcessStatus {
  const shown = signal === null ? code ?? 0 : SIGNAL_CODE + constants.signals[signal];
  return { success: code === 0, code: shown, signal };
}
