/**
 * Other servers that forward messages, with their settings for a comparison: on loopback, on a free
 * port, without permanent files, and without the limits that slow a load test down.
 *
 * @module
 */

import type { LineTemplates, ProfileName } from "../bench/mod.ts";
import { freePort } from "./free_port.ts";

/** Maximum time until a server accepts connections, in milliseconds. */
const STARTING_TIME = 60_000;

export interface Peer {
  readonly program: string;
  readonly profile: ProfileName;
  readonly lines?: LineTemplates;
  /** What it prints when it accepts connections. A probe by connecting would end `ncat`. */
  readonly ready: RegExp;
  /** Its parameters. `directory` is its own and empty. */
  arguments(port: number, directory: string): string[];
  /** Maximum number of connections, if it is less than a thousand. */
  readonly most?: number;
  /** Connections opened per second, if it refuses or loses some that are opened all at once. */
  readonly connectRate?: number;
}

export interface RunningPeer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

export const PEERS: readonly Peer[] = [
  {
    program: "redis-server",
    profile: "redis",
    ready: /Ready to accept connections/,
    arguments: (port, directory) =>
      ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        .concat("--dir", directory, "--client-output-buffer-limit", "pubsub 0 0 0"),
  },
  {
    program: "nats-server",
    profile: "nats",
    ready: /Server is ready/,
    arguments: (port) => ["--addr", "127.0.0.1", "--port", `${port}`],
  },
  {
    program: "ngircd",
    profile: "irc",
    ready: /Now listening on/,
    arguments(port, directory) {
      const path = `${directory}/ngircd.conf`;
      Deno.writeTextFileSync(path, ircConfiguration(port));
      return ["--nodaemon", "--config", path];
    },
  },
  {
    program: "ncat",
    profile: "line",
    ready: /Listening on 127/,
    lines: { login: "" },
    arguments: (
      port,
    ) => ["-v", "--chat", "--listen", "127.0.0.1", `${port}`, "--max-conns", "1000"],
    most: 1000,
    // Its backlog is 10, and it ends if a connection is closed before it was accepted.
    connectRate: 200,
  },
];

/** No penalties for fast senders, no look-ups, and long names. */
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

/** The path of a program, if it is installed. */
export function pathOf(program: string): string | undefined {
  // Servers are often installed in folders that only the PATH of root has.
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/local/sbin", "/usr/sbin"];
  return folders.map((folder) => `${folder}/${program}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The version that a peer prints; `undefined` for programs that are no installed peer. */
export function versionOf(program: string): string | undefined {
  const path = PEERS.some((peer) => peer.program === program) ? pathOf(program) : undefined;
  if (path === undefined) return undefined;
  const { stdout, stderr } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  const [printed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes))
    .filter((text) => text !== "");
  return /\d+(\.\d+)+/.exec(printed ?? "")?.[0];
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
    // ncat ends when its input ends.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const end = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await child.status;
    await child.stdin.close().catch(() => {}); // it may be broken
    await Deno.remove(directory, { recursive: true });
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), STARTING_TIME);
  const isReady = await Promise.race([
    Promise.any([child.stdout, child.stderr].map((stream) => printed(stream, peer.ready)))
      .catch(() => false),
    child.status.then(() => false),
  ]);
  clearTimeout(timer);
  if (!isReady) {
    await end();
    throw new Error(`Cannot start ${peer.program}: it does not accept connections`);
  }
  return { port, pid: child.pid, [Symbol.asyncDispose]: end };
}

/** Waits until a text is printed; the rest is read and dropped. Rejects at the end of the output. */
function printed(stream: ReadableStream<Uint8Array>, expected: RegExp): Promise<true> {
  return new Promise((resolve, reject) => {
    void (async () => {
      let text = "";
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        text = (text + chunk).slice(-10_000);
        if (expected.test(text)) resolve(true);
      }
      reject(new Error("It was not printed"));
    })();
  });
}
