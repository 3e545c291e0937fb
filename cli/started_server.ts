import { type Target, targetText } from "../bench/mod.ts";
import { connect, createServer } from "node:net";
import { neutralEnvironment } from "./options/environment.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import type { OwnServer } from "./own_server.ts";
import { ServerProcess, START_TIMEOUT } from "./server_process.ts";
import { DEFAULT_ENDPOINT } from "./server_target.ts";

/** The server to load: without both fields, `bench` starts its own. */
export interface ServerToLoad {
  readonly target: Target | undefined;
  /** A command that starts it. */
  readonly command: readonly string[] | undefined;
}

export interface LoadedServer {
  readonly target: Target;
  /** Its process, if it was started here. */
  readonly pid?: number;
  /** Ends it if it was started here. */
  stop(): Promise<void>;
}

/**
 * Provides the server to load: starts it with its command, or one with `startOwn` if none is named.
 *
 * @param signal ends the start.
 * @param timeout how long a command may take until its server listens, in milliseconds. Default: 15,000.
 * @throws {CliError} if no server can be started.
 */
export async function loadedServer(
  { target, command }: ServerToLoad,
  startOwn: (signal: AbortSignal) => Promise<OwnServer>,
  signal: AbortSignal,
  timeout: number = START_TIMEOUT,
): Promise<LoadedServer> {
  if (command !== undefined) return await startServerCommand(command, target, signal, timeout);
  if (target !== undefined) return { target, stop: () => Promise.resolve() };
  const { host, port, pid, stop } = await startOwn(signal);
  return { target: { host, port }, pid, stop };
}

/** The placeholder of the port in a command that starts a server. */
const PORT = "{port}";

const INTERRUPTED = "Interrupted before the run started.";

/** Maximum time of one attempt to connect, and the pause before the next one, in milliseconds. With an
 * address that drops SYNs the system would try for minutes. */
const ATTEMPT_TIMEOUT = 1000;
const ATTEMPT_PAUSE = 50;

/**
 * Starts a server with the command of the user, and waits until it accepts connections.
 *
 * The standard output of the server is dropped, so that the report is alone there.
 *
 * @param target where it will listen. Default: at a free port if `{port}` stands in the command,
 *   which is replaced by it, and at 127.0.0.1:8080 if not.
 * @param signal ends the start.
 * @throws {CliError} if it cannot be started, or does not listen in time.
 */
async function startServerCommand(
  command: readonly string[],
  target: Target | undefined,
  signal: AbortSignal,
  timeout: number,
): Promise<LoadedServer> {
  const hasPlace = command.some((word) => word.includes(PORT));
  const where = target ??
    (hasPlace ? { ...DEFAULT_ENDPOINT, port: await freePort() } : DEFAULT_ENDPOINT);
  const [program, ...parameters] = command.map((word) => word.replaceAll(PORT, `${where.port}`));
  const shown = command.join(" ");
  if (await accepts(where, signal)) {
    throw new CliError(
      `Cannot start "${shown}": another server listens at ${targetText(where)} already. Stop it, ` +
        "or give the address at which the command listens.",
      EXIT.network,
    );
  }
  if (signal.aborted) throw new CliError(INTERRUPTED, EXIT.interrupted);
  const process = await spawned(program!, parameters, shown);
  const fault = await faultUntilListening(where, signal, timeout, process);
  if (fault === undefined) {
    return { target: where, pid: process.pid, stop: () => process.stop() };
  }
  await process.stop();
  if (fault === INTERRUPTED) throw new CliError(INTERRUPTED, EXIT.interrupted);
  throw new CliError(`Cannot measure "${shown}": ${fault}`, EXIT.network);
}

/** Waits until a server listens; returns the reason if it does not. */
async function faultUntilListening(
  where: Target,
  signal: AbortSignal,
  timeout: number,
  process: ServerProcess,
): Promise<string | undefined> {
  for (const start = performance.now(); !await accepts(where, signal);) {
    const { ended } = process;
    if (signal.aborted) return INTERRUPTED;
    if (ended !== undefined) {
      return `it ended with exit code ${ended.code} before it listened at ${targetText(where)}.`;
    }
    if (performance.now() - start > timeout) {
      return `nothing listens at ${targetText(where)} after ${
        timeout / 1000
      } s. Give the address ` +
        "at which it listens, or put {port} where the command takes its port.";
    }
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_PAUSE));
  }
  return undefined;
}

async function spawned(
  program: string,
  parameters: readonly string[],
  shown: string,
): Promise<ServerProcess> {
  try {
    return await ServerProcess.start(program, {
      args: parameters,
      env: neutralEnvironment(),
      stdout: "null",
    });
  } catch (error) {
    throw new CliError(`Cannot start "${shown}": ${spawnFault(error, program)}`, EXIT.usage, {
      cause: error,
    });
  }
}

function spawnFault(error: unknown, program: string): string {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") {
    return `program "${program}" not found. Give its path, or the name of a program in PATH.`;
  }
  if (code === "EACCES") return `"${program}" is not executable.`;
  return fileFault(error);
}

/** Whether a server accepts connections there; false once the signal is aborted. */
function accepts({ host, port, path }: Target, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = path === undefined ? connect({ host, port }) : connect({ path });
    const settle = (isOpen: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", fail);
      socket.destroy();
      resolve(isOpen);
    };
    const fail = () => settle(false);
    const timer = setTimeout(fail, ATTEMPT_TIMEOUT);
    signal.addEventListener("abort", fail);
    if (signal.aborted) fail();
    socket.on("connect", () => settle(true));
    socket.on("error", fail);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
