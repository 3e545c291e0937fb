import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LessonEvent } from "../../client/learn/conditions.ts";
import { readServerLine } from "../../client/learn/server_events.ts";
import {
  type OwnCommand,
  readTerminalOne,
  TEMPORARY_FOLDER,
  withPort,
} from "../../client/learn/terminal_one.ts";
import { CliError, EXIT } from "../exit.ts";
import { watchQueue } from "./accept_queue.ts";
import { listen } from "./listening.ts";
import { type RunningProgram, runOwnProgram } from "./own_program.ts";

/** What the host of terminal 1 reports. */
export interface TerminalOneHandlers {
  print(line: string): void;
  event(event: LessonEvent): void;
}

/** Another program has taken the port since it was chosen. */
export class PortInUseError extends CliError {
  constructor(message: string) {
    super(message, EXIT.network);
  }
}

/** The line of a server's banner that is not true here: Ctrl+C leaves the lesson. */
const MISLEADING = /^\s+stop with\s/;

const LISTENING = /^Listening on \S+:(\d+)$/;

/**
 * Terminal 1 of a lesson: runs one command at a time.
 *
 * 1. A server listens at the port that stands in the text, and what it prints is an event or is shown.
 * 2. Lines that it prints only because of an option that is added here are not shown.
 * 3. Nothing outlives `stop`: no process, listener or folder.
 */
export class TerminalOneHost {
  #running: { stop(): Promise<void> } | undefined;
  #ownFolder: string | undefined;

  /** @param folder in which a server may get one of its own; it need not exist. */
  constructor(
    private readonly handlers: TerminalOneHandlers,
    private readonly folder: string,
  ) {}

  /**
   * Runs a command: a server until it listens, another one to its end.
   *
   * @param ports those for the ports of the lessons.
   * @param isTraced whether the texts that clients send must be events.
   * @throws {PortInUseError} if another program has taken the port.
   * @throws {CliError} if it cannot be run for another reason.
   */
  async run(
    command: string,
    ports: ReadonlyMap<number, number>,
    isTraced: boolean,
  ): Promise<void> {
    await this.#end();
    const read = readTerminalOne(command);
    if (read.type === "listen") {
      const port = ports.get(read.port) ?? read.port;
      this.#running = await listen({ ...read, port }, this.handlers).catch((error) => {
        const { code, message } = error as NodeJS.ErrnoException;
        throw startFault(message, code === "EADDRINUSE");
      });
    } else if (!read.isServer) await this.#runToEnd(read);
    else await this.#serve(read.parameters, withPort(read, ports), isTraced);
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    await this.#end();
    if (this.#ownFolder !== undefined) rmSync(this.#ownFolder, { recursive: true, force: true });
    this.#ownFolder = undefined;
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  async #runToEnd({ parameters }: OwnCommand): Promise<void> {
    const program = await runOwnProgram(parameters, false, (line) => this.handlers.print(line));
    this.#running = program;
    await program.ended;
    if (this.#running === program) this.#running = undefined;
  }

  async #serve(
    [name = "", ...given]: readonly string[],
    withPort: readonly string[],
    isTraced: boolean,
  ): Promise<void> {
    const added = addedOptions(name, given, isTraced);
    const parameters = [...withPort, ...added]
      .map((word) => word === TEMPORARY_FOLDER ? this.#temporaryFolder() : word);
    const listening = Promise.withResolvers<number>();
    let last = "";
    const program = await runOwnProgram(parameters, true, (line) => {
      last = line;
      const { event, option } = readServerLine(line);
      const isHidden = (option !== undefined && added.includes(option)) || MISLEADING.test(line);
      if (!isHidden) this.handlers.print(line);
      // An echo server that traces logs the same text again, later.
      const isTwice = event?.kind === "sends" && option === undefined &&
        parameters.includes("--trace");
      if (event !== undefined && !isTwice) this.handlers.event(event);
      const [, port] = LISTENING.exec(line) ?? [];
      if (port !== undefined) listening.resolve(Number(port));
    });
    this.#running = program;
    const port = await Promise.race([listening.promise, program.ended.then(() => undefined)]);
    if (port === undefined) throw startFault(last, last.includes("the port is in use"));
    this.#running = parameters.includes("iterative") ? this.#withQueue(program, port) : program;
  }

  #withQueue(program: RunningProgram, port: number): { stop(): Promise<void> } {
    const stopWatching = watchQueue(
      port,
      (count) => this.handlers.event({ kind: "waits", count }),
    );
    return {
      async stop() {
        stopWatching();
        await program.stop();
      },
    };
  }

  #temporaryFolder(): string {
    if (this.#ownFolder === undefined) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#ownFolder = mkdtempSync(join(this.folder, "learn-"));
    }
    return this.#ownFolder;
  }
}

/** The options by which a server of a lesson reports what the lesson waits for. */
function addedOptions(name: string, given: readonly string[], isTraced: boolean): string[] {
  if (name !== "serve") return [];
  const isToTrace = isTraced && !given.includes("--trace");
  return ["--log-level", "debug", ...(isToTrace ? ["--trace"] : [])];
}

function startFault(reason: string, isPortInUse: boolean): CliError {
  const text = `The server of this lesson did not start: ${reason.replace(/\.$/, "")}.`;
  return isPortInUse ? new PortInUseError(text) : new CliError(text, EXIT.network);
}
