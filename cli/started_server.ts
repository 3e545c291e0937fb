import { type Target, targetText } from "../bench/mod.ts";
import { connect, createServer } from "node:net";
import { CliError, EXIT } from "./exit.ts";
import type { OwnServer } from "./own_server.ts";
import { DEFAULT_TARGET } from "./server_target.ts";

/** The server that is to be loaded, as it was given: neither where bench starts its own. */
export interface NamedServer {
  readonly target: Target | undefined;
  /** A command that starts it. */
  readonly command: readonly string[] | undefined;
}

/** A server that can be loaded. */
export interface LoadedServer {
  readonly target: Target;
  /** Its process, where it was started here. */
  readonly pid?: number;
  /** Ends it if it was started here. */
  stop(): Promise<void>;
}

/**
 * Makes sure that there is a server to load: starts it by its command, or starts one by `startOwn` where
 * none is named.
 */
export async function loadedServer(
  { target, command }: NamedServer,
  startOwn: (signal: AbortSignal) => Promise<OwnServer>,
  signal: AbortSignal,
): Promise<LoadedServer> {
  if (command !== undefined) return await startServerCommand(command, target, signal);
  if (target !== undefined) return { target, stop: () => Promise.resolve() };
  const { host, port, pid, stop } = await startOwn(signal);
  return { target: { host, port }, pid, stop };
}

/** Stands for the port in a command that starts a server. */
const PORT = "{port}";

/** How long a server may take until it listens, and to end, in milliseconds. */
const START_TIMEOUT = 15_000;
const STOP_TIMEOUT = 5000;

/** How often it is looked whether it listens, in milliseconds. */
const LOOK_INTERVAL = 50;

/**
 * Starts a server by a command of the user, and waits until it accepts connections.
 *
 * What the server prints goes to standard error, so that standard output is the report alone.
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
): Promise<LoadedServer> {
  const hasPlace = command.some((word) => word.includes(PORT));
  const where = target ??
    (hasPlace ? { ...DEFAULT_TARGET, port: await freePort() } : DEFAULT_TARGET);
  const [program, ...parameters] = command.map((word) => word.replaceAll(PORT, `${where.port}`));
  const shown = command.join(" ");
  if (await accepts(where)) {
    throw new CliError(
      `Cannot start "${shown}": another server listens at ${targetText(where)} already. Stop it, ` +
        "or give the address at which the command listens.",
      EXIT.network,
    );
  }
  const child = spawned(program!, parameters, shown);
  let ended: Deno.CommandStatus | undefined;
  const status = child.status.then((status) => ended = status);
  const stop = async () => {
    const timer = setTimeout(() => killGroup(child, "SIGKILL"), STOP_TIMEOUT);
    killGroup(child, "SIGTERM");
    await status;
    clearTimeout(timer);
  };
  for (const start = performance.now(); !await accepts(where);) {
    const reason = signal.aborted
      ? "Interrupted before anything ran."
      : ended !== undefined
      ? `Cannot measure "${shown}": it ended with exit code ${ended.code} before it listened at ` +
        `${targetText(where)}.`
      : performance.now() - start > START_TIMEOUT
      ? `Cannot measure "${shown}": nothing listens at ${targetText(where)} after ` +
        `${
          START_TIMEOUT / 1000
        } s. Give the address at which it listens, or put {port} where the ` +
        "command takes its port."
      : undefined;
    if (reason !== undefined) {
      await stop();
      throw new CliError(reason, signal.aborted ? EXIT.interrupted : EXIT.network);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
  }
  return { target: where, pid: child.pid, stop };
}

function spawned(program: string, parameters: readonly string[], shown: string) {
  try {
    return new Deno.Command(program, {
      args: [...parameters],
      // Its own process group, as of a server that bench starts: Ctrl+C is for the load tester first.
      ...{ stdin: "null", stdout: "null", stderr: "inherit", detached: true },
    }).spawn();
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new CliError(`Cannot start "${shown}": ${reason}.`, EXIT.usage, { cause: error });
  }
}

/** Signals a command and what it has started: the server may be the child of a shell. */
function killGroup(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    if (Deno.build.os === "windows") child.kill(signal);
    else Deno.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Whether somebody accepts connections there. */
function accepts({ host, port, path }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = path === undefined ? connect({ host, port }) : connect({ path });
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on("connect", () => settle(true));
    socket.on("error", () => settle(false));
  });
}

/** A port that nobody listens at. */
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
