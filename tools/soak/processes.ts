import { REPOSITORY } from "../repository.ts";

/** The core of the server, and the one of everything else. */
export const SERVER_CORE = 0;
export const CROWD_CORE = 1;

/** How much less urgent the hostile crowd is to the system than the clients that measure. */
const CROWD_NICENESS = 10;

/** How processes are started on this machine. */
export interface Placement {
  /** Whether the server has a core of its own: only then do latencies mean anything. */
  readonly isPinned: boolean;
  /** Words before a command line that pin it to a core. */
  pinned(core: number): readonly string[];
  /** Words that make it less urgent, too. */
  patient(core: number): readonly string[];
}

/** Finds out whether processes can be pinned here. */
export async function findPlacement(): Promise<Placement> {
  const isPinned = navigator.hardwareConcurrency > 1 &&
    await succeeds("taskset", ["-c", `${SERVER_CORE},${CROWD_CORE}`, "true"]);
  const hasNice = await succeeds("nice", ["true"]);
  const pinned = (core: number) => isPinned ? ["taskset", "-c", String(core)] : [];
  const nice = hasNice ? ["nice", "-n", String(CROWD_NICENESS)] : [];
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

/** A process that reports JSON objects, one a line, until its standard input ends. */
export class ReportingProcess<Report> {
  /** The last report. */
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
      // A busy socket would delay the others by seconds, and with them what is measured.
      env: { DENO_TOKIO_EVENT_INTERVAL: "1" },
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
      detached: true, // Ctrl+C is for the run, which ends its processes in order
    }).spawn();
    this.#exit = this.#child.status.then(() => void (this.hasEnded = true));
    this.#reports = this.#read();
  }

  /** Waits for the first report that is asked for; throws when the process ends before. */
  until(isWanted: (report: Report) => boolean): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#onReport = (report) => {
        if (isWanted(report)) resolve(report);
      };
      void this.#reports.then(() => reject(new Error("Cannot go on: a process has ended.")));
    });
  }

  /** Sends it the one message that there is besides the end. */
  async nudge(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    writer.releaseLock();
  }

  /** Ends its standard input, waits until it has exited, and kills it where that takes too long. */
  async finish(patienceMilliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), patienceMilliseconds);
    await this.#child.stdin.close().catch(() => {});
    await this.#exit;
    await this.#reports;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
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

/** The other side: sends reports to the process that started this one. */
export function report(message: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
}

/**
 * Resolves when the process that started this one has no more for it to do.
 *
 * @param onNudge called for each {@link ReportingProcess.nudge}.
 */
export async function untilDismissed(onNudge: () => void = () => {}): Promise<void> {
  for await (const _ of Deno.stdin.readable) onNudge();
}
