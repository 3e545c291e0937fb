import { eventually } from "./eventually.ts";
import { filesClosed } from "./open_files.ts";
import { type LogEntry, Server, type ServerOptions } from "../../server/mod.ts";

/** A server that runs inside the test. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  /** All that it logged. */
  readonly log: LogEntry[];
  /** Resolves once an event of that user was logged. Other users get no frames about listeners. */
  logged(event: "joined" | "left", name: string): Promise<void>;
}

/** Starts a server on a free port; `await using` stops it. Unless asked, its rate is not limited, and it
 * closes no client of a slow test for not answering pings. */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const log: LogEntry[] = [];
  const server = new Server(
    { port: 0, rate: null, pingMilliseconds: 3_600_000, logLevel: "debug", ...options },
    { onLog: (entry) => log.push(entry) },
  );
  const { port } = await server.start();
  const logged = (event: string, name: string) =>
    eventually(
      () => log.some((entry) => entry.event === event && entry.fields["name"] === name),
      `the log entry ${event} of ${name}`,
    );
  const stop = async () => {
    await server.stop();
    if (typeof options.data === "string") await filesClosed(options.data);
  };
  return { port, server, log, logged, [Symbol.asyncDispose]: stop };
}
