import { REPOSITORY } from "../repository.ts";

/** The core of the server, and the core of all clients. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

/** The niceness of the hostile clients, so that the clients that measure come first. */
const HOSTILE_NICENESS = 10;

/** How processes are started on this machine. */
export interface Placement {
  /** Whether the server has a core of its own: only then latencies are comparable. */
  readonly isPinned: boolean;
  /** Words before a command line that pin it to a core. */
  pinned(core: number): readonly string[];
  /** Words that lower its priority, too. */
  patient(core: number): readonly string[];
}

/** Detects whether processes can be pinned on this machine. */
export async function findPlacement(): Promise<Placement> {
  const isPinned = navigator.hardwareConcurrency > 1 &&
    await succeeds("taskset", ["-c", `${SERVER_CORE},${CLIENT_CORE}`, "true"]);
  const hasNice = await succeeds("nice", ["true"]);
  const pinned = (core: number) => isPinned ? ["taskset", "-c", String(core)] : [];
  const nice = hasNice ? ["nice", "-n", String(HOSTILE_NICENESS)] : [];
  return { isPinned, pinned, patient: (core) => [...nice, ...pinned(core)] };
}

async function succeeds(program: string, parameters: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program, {
      args: [...parameters],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

/** A process that sends JSON objects, one per line, until its standard input ends. */
export class ReportingProcess<Report> {
  last: Report | undefined;
  /** Whether it has ended, asked or not. */
  hasEnded = false;
  readonly #exit: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #reports: Promise<void>;
  #onReport: (report: Report) => void = () => {};

  /**
   * @param prefix words that place it, see {@link Placement}.
   * @param module from the project's folder.
   * @param assignment what the process gets as its one argument.
   */
  constructor(prefix: readonly string[], module: string, assignment: unknown) {
    const [program, ...parameters] = [
      ...prefix,
      ...[Deno.execPath(), "run", "--no-prompt", "-A", module, JSON.stringify(assignment)],
    ];
    this.#child = new Deno.Command(program!, {
      args: parameters,
      cwd: REPOSITORY,
      // A busy socket would delay the others, and the measurements, by seconds.
      env: { DENO_TOKIO_EVENT_INTERVAL: "1" },
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
      detached: true, // Ctrl+C is for the run, which ends its processes in order
    }).spawn();
    this.#exit = this.#child.status.then(() => void (this.hasEnded = true));
    this.#reports = this.#read();
  }

  /** Waits for the first matching report; throws if the process ends before, or after a timeout. */
  until(isWanted: (report: Report) => boolean, patienceMilliseconds: number): Promise<Report> {
    const report = new Promise<Report>((resolve, reject) => {
      this.#onReport = (report) => {
        if (isWanted(report)) resolve(report);
      };
      void this.#reports.then(() => reject(new Error("Cannot go on: a process has ended.")));
    });
    return inTime(report, patienceMilliseconds, "Cannot go on: no report of a process");
  }

  /** Sends it a line, the only message besides the end of its input. */
  async nudge(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    writer.releaseLock();
  }

  /** Ends its standard input and waits until it has exited; kills it after a timeout. */
  async finish(patienceMilliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), patienceMilliseconds);
    await this.#child.stdin.close().catch(() => {});
    await this.#exit;
    await this.#reports;
    clearTimeout(timer);
  }

  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended before.
    }
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        this.last = JSON.parse(line) as Report;
        this.#onReport(this.last);
      }
    }
  }
}

/** Rejects if a promise is not settled in time. */
export async function inTime<Result>(
  promise: Promise<Result>,
  milliseconds: number,
  what: string,
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`${what} in ${milliseconds / 1000} s`)),
    milliseconds,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a report to the process that started this one. */
export function report(message: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
}

/**
 * Resolves when the process that started this one ends its standard input.
 *
 * @param onNudge called for each {@link ReportingProcess.nudge}.
 */
export async function untilDismissed(onNudge: () => void = () => {}): Promise<void> {
  for await (const _ of Deno.stdin.readable) onNudge();
}
