import { CliError, EXIT } from "./exit.ts";
import { neutralEnvironment } from "./options/environment.ts";
import { OWNED } from "./server_owner.ts";
import { runtime } from "./runtime/mod.ts";
import { checkWorkingFolder } from "./working_folder.ts";
import { ServerProcess, START_TIMEOUT } from "./server_process.ts";

/** A hubbub server in a process of its own. */
export interface OwnServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the process; by default in good order. */
  stop(how?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/**
 * Starts a server with limits that do not affect a benchmark, as a separate process: in the same one
 * it would share the cores and the garbage collector of the load tester.
 *
 * @param connections number of clients that it must accept.
 * @param signal ends the start.
 * @param port port to listen on; 0 for any free one.
 */
export function startOwnServer(
  connections: number,
  signal: AbortSignal,
  port = 0,
): Promise<OwnServer> {
  return start(signal, "serve", [
    ...["--host", "127.0.0.1", "--port", String(port), "--rate", "off", "--log-level", "warn"],
    // The receivers of the load tester send nothing during a run.
    ...["--ping-interval", "off"],
    ...["--max-clients", String(connections + 1), "--max-rooms", "100000"],
  ]);
}

/** Starts an echo server, as a separate process, too. */
export function startOwnEchoServer(signal: AbortSignal): Promise<OwnServer> {
  return start(signal, "echo", ["--host", "127.0.0.1", "--port", "0", "--quiet"]);
}

async function start(
  signal: AbortSignal,
  command: "serve" | "echo",
  parameters: readonly string[],
): Promise<OwnServer> {
  checkWorkingFolder();
  const server = await ownProcess(command, parameters);
  const kill = () => server.kill("SIGKILL");
  const timer = setTimeout(kill, START_TIMEOUT);
  signal.addEventListener("abort", kill);
  if (signal.aborted) kill();
  const port = await readPort(server.stdout);
  clearTimeout(timer);
  signal.removeEventListener("abort", kill);
  if (port === undefined) {
    await server.stop();
    if (signal.aborted) throw new CliError("Interrupted before the run started.", EXIT.interrupted);
    throw new CliError(
      "Cannot start a server to measure: it did not listen. Give the address of a running server, as HOST:PORT.",
      EXIT.network,
    );
  }
  return { host: "127.0.0.1", port, pid: server.pid, stop: (how) => server.stop(how) };
}

/** Reads the output of a server until its port; the rest is read and dropped. */
async function readPort(stdout: ReadableStream<Uint8Array>): Promise<number | undefined> {
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    text += value;
    const [, port] = /^Listening on \S+:(\d+)$/m.exec(text) ?? [];
    if (port === undefined) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return Number(port);
  }
}

/** Runs this program as a server. */
function ownProcess(command: "serve" | "echo", parameters: readonly string[]) {
  const [program = "", ...own] = runtime.ownCommand();
  return ServerProcess.start(program, {
    args: [...own, command, ...parameters],
    env: { ...neutralEnvironment(), ...OWNED },
    ...{ stdin: "piped", stdout: "piped" },
  });
}
