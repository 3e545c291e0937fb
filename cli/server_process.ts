import process from "node:process";
import {
  type ChildProcess,
  type ProcessStatus,
  runtime,
  type SpawnOptions,
} from "./runtime/mod.ts";

/** Maximum time until a server that was started listens, and until it has ended, in milliseconds. */
export const START_TIMEOUT = 15_000;
const STOP_TIMEOUT = 5000;

/**
 * A server in a process that this program has started. The process ends with this program.
 *
 * It has a process group of its own: a terminal sends Ctrl+C to all processes in its foreground, and the
 * server must run until the load tester has counted the messages in flight.
 */
export class ServerProcess {
  /** How it has ended; `undefined` while it runs. */
  ended: ProcessStatus | undefined;
  readonly #child: ChildProcess;
  readonly #status: Promise<ProcessStatus>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const forget = runtime.onExit(() => this.kill("SIGKILL"));
    this.#status = child.status.then((status) => {
      forget();
      return this.ended = status;
    });
  }

  /**
   * Starts a process, without input unless it is `piped`. Its errors go to standard error, unless they
   * are to be read.
   *
   * @throws {Error} if the program cannot be run.
   */
  static async start(
    program: string,
    options:
      & Pick<SpawnOptions, "args" | "env" | "stdin" | "stdout">
      & Partial<Pick<SpawnOptions, "stderr">>,
  ): Promise<ServerProcess> {
    const own = { stderr: "inherit", detached: true, ...options } as const;
    return new ServerProcess(await runtime.spawn(program, own));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Only with `stdout: "piped"`. */
  get stdout(): ReadableStream<Uint8Array> {
    return this.#child.stdout;
  }

  /** Only with `stderr: "piped"`. */
  get stderr(): ReadableStream<Uint8Array> {
    return this.#child.stderr;
  }

  /** Resolves when the process has ended. */
  get status(): Promise<ProcessStatus> {
    return this.#status;
  }

  /** Signals the process and what it has started: the server may be the child of a shell. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.ended !== undefined) return;
    try {
      if (runtime.os !== "windows") return void process.kill(-this.pid, signal);
    } catch {
      // It has ended, or this program may signal no other processes than its children.
    }
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /**
   * Ends the process, and waits until it has ended.
   *
   * @param timeout milliseconds until SIGKILL. Default: 5000.
   */
  async stop(
    how: "SIGTERM" | "SIGKILL" = "SIGTERM",
    timeout: number = STOP_TIMEOUT,
  ): Promise<void> {
    const timer = setTimeout(() => this.kill("SIGKILL"), timeout);
    this.kill(how);
    await this.#status;
    clearTimeout(timer);
  }
}
