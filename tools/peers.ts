/**
 * Other servers that pass messages on, as they are started for a comparison: on loopback, on a free
 * port, with nothing on disk that outlives them, and without the limits that slow a load test down.
 *
 * @module
 */

import type { LineTemplates, ProfileName } from "../bench/mod.ts";

/** How long a server may take until it accepts connections, in milliseconds. */
const STARTING_TIME = 10_000;

/** A kind of server. */
export interface Peer {
  readonly program: string;
  readonly profile: ProfileName;
  readonly lines?: LineTemplates;
  /** Its parameters. `directory` is its own and empty. */
  arguments(port: number, directory: string): string[];
  /** Connections that it can hold, where that is less than a thousand. */
  readonly most?: number;
}

/** A server that runs. */
export interface RunningPeer extends AsyncDisposable {
  readonly port: number;
}

/** Every peer. */
export const PEERS: readonly Peer[] = [
  {
    program: "redis-server",
    profile: "redis",
    arguments: (port, directory) =>
      ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        .concat("--dir", directory, "--client-output-buffer-limit", "pubsub 0 0 0"),
  },
  {
    program: "nats-server",
    profile: "nats",
    arguments: (port) => ["--addr", "127.0.0.1", "--port", `${port}`],
  },
  {
    program: "ngircd",
    profile: "irc",
    arguments(port, directory) {
      const path = `${directory}/ngircd.conf`;
      Deno.writeTextFileSync(path, ircConfiguration(port));
      return ["--nodaemon", "--config", path];
    },
  },
  {
    program: "ncat",
    profile: "line",
    lines: { login: "" },
    arguments: (port) => ["--chat", "--listen", "127.0.0.1", `${port}`, "--max-conns", "1000"],
    most: 1000,
  },
];

/** Without penalties for talking fast, look-ups, and room for the names of a load test. */
function ircConfiguration(port: number): string {
  return `[Global]
Name = irc.load.test
Info = load test
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = hello
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxNickLength = 31
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
}

/** Where a program is, if it is installed. */
export function pathOf(program: string): string | undefined {
  // Servers are often where only root looks.
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/local/sbin", "/usr/sbin"];
  return folders.map((folder) => `${folder}/${program}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * Starts a peer; `await using` ends it.
 *
 * @throws {Error} if it does not accept connections.
 */
export async function startPeer(peer: Peer): Promise<RunningPeer> {
  const path = pathOf(peer.program);
  if (path === undefined) throw new Error(`Cannot start ${peer.program}: it is not on the PATH`);
  const directory = await Deno.makeTempDir({ prefix: "hubbub-peer-" });
  const port = freePort();
  const child = new Deno.Command(path, {
    args: peer.arguments(port, directory),
    cwd: directory,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  const end = async () => {
    if (!hasEnded) child.kill("SIGKILL");
    await child.status;
    await Deno.remove(directory, { recursive: true });
  };
  const deadline = performance.now() + STARTING_TIME;
  while (!await accepts(port)) {
    if (hasEnded || performance.now() > deadline) {
      await end();
      throw new Error(`Cannot start ${peer.program}: it does not accept connections`);
    }
  }
  return { port, [Symbol.asyncDispose]: end };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}
