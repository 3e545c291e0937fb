import { fileURLToPath } from "node:url";
import { CliError, EXIT } from "./exit.ts";
import { neutralEnvironment, OWNER_VARIABLE } from "./options/environment.ts";

/** A hubbub server in a process of its own. */
export interface OwnServer {
  readonly host: string;
  readonly port: number;
  /** Its process. */
  readonly pid: number;
  /** Ends the process; by default in good order. */
  stop(how?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/**
 * Starts a server with limits that do not get in a benchmark's way, as a separate process: in the
 * same one it would share the load tester's cores and garbage collector, and measure itself.
 *
 * @param connections how many clients it must have room for.
 * @param signal ends the start.
 * @param port where it listens; 0: at any free port.
 */
export function startOwnServer(
  connections: number,
  signal: AbortSignal,
  port = 0,
): Promise<OwnServer> {
  return start(signal, "serve", [
    ...["--host", "127.0.0.1", "--port", String(port), "--rate", "off", "--log-level", "warn"],
    // The load tester's receivers say nothing for as long as a run takes.
    ...["--ping-interval", "off"],
    ...["--max-clients", String(connections + 1)],
  ]);
}

/** Starts an echo server, as a separate process too. */
export function startOwnEchoServer(signal: AbortSignal): Promise<OwnServer> {
  return start(signal, "echo", ["--host", "127.0.0.1", "--port", "0", "--quiet"]);
}

async function start(
  signal: AbortSignal,
  command: "serve" | "echo",
  parameters: readonly string[],
): Promise<OwnServer> {
  const child = ownServerCommand(parameters, {
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
    // A terminal sends Ctrl+C to everything in its foreground: the server is to stand until the load
    // tester has counted what is still under way.
    detached: true,
  }, command).spawn();
  const kill = (how: "SIGTERM" | "SIGKILL") => {
    try {
      child.kill(how);
    } catch {
      // It has ended already.
    }
  };
  const interrupt = () => kill("SIGKILL");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const port = await readPort(child.stdout);
  signal.removeEventListener("abort", interrupt);
  if (port === undefined) {
    await child.status;
    if (signal.aborted) throw new CliError("Interrupted before anything ran.", EXIT.interrupted);
    throw new CliError(
      "Cannot start a server to measure: it ended at once. Give one that runs, as HOST:PORT.",
      EXIT.network,
    );
  }
  return {
    host: "127.0.0.1",
    port,
    pid: child.pid,
    async stop(how = "SIGTERM") {
      kill(how);
      await child.status;
    },
  };
}

/** Reads the server's output until it tells its port; what follows is read and dropped. */
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

/** A file or folder of this program's sources. */
const source = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * What a server needs to be allowed when this program starts one from its sources; the compiled
 * program has its permissions built in.
 */
function serverPermissions(): string[] {
  const readable = [...["protocol", "server"].map(source), "/dev/null"];
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL",
    `--allow-read=${readable.join(",")}`,
    "--allow-sys=hostname",
  ];
}

/** A command that runs this very program as a server, `serve` unless told otherwise. */
export function ownServerCommand(
  parameters: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
  command: "serve" | "echo" = "serve",
): Deno.Command {
  const own = Deno.build.standalone ? [] : ["run", ...serverPermissions(), source("mod.ts")];
  return new Deno.Command(Deno.execPath(), {
    ...options,
    args: [...own, command, ...parameters],
    env: { ...neutralEnvironment(), ...options.env, [OWNER_VARIABLE]: String(Deno.pid) },
  });
}

/** How often a server looks whether its owner is still there, in milliseconds. */
const OWNER_INTERVAL = 1000;

/** Resolves when the program is gone that has started this server for itself and was to stop it. On
 * Windows that cannot be seen. */
export function ownerGone(): Promise<void> {
  const owner = Deno.env.get(OWNER_VARIABLE);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (owner === undefined) return promise;
  const timer = setInterval(() => {
    if (String(Deno.ppid) === owner) return;
    clearInterval(timer);
    resolve();
  }, OWNER_INTERVAL);
  // It must not keep a server up that has nothing else to do.
  Deno.unrefTimer(timer);
  return promise;
}

/** How a person calls this program on this machine: the executable, or the task of a checkout. */
export function ownProgramName(): string {
  return Deno.build.standalone ? "hubbub" : "deno task hubbub";
}

/**
 * Makes the event loops of the workers started from here on fair: they look at all sockets after
 * every one, instead of after 61. Measured with 8 clients that flood a server, a quiet one waited
 * 1.3 s by default. The runtime reads the variable when a worker starts.
 */
export function useFairEventLoop(): void {
  Deno.env.set("DENO_TOKIO_EVENT_INTERVAL", "1");
}
