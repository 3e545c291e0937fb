import type { LogEntry } from "./observability/log.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";
import type { StopReason } from "./network/connection_registry.ts";
import type { FromServerWorker, TlsPaths, ToServerWorker } from "./worker_messages.ts";

/** A server that runs in a thread of its own. */
export interface ServerThread {
  /** Where it listens. */
  readonly address: ServerAddress;
  /** See {@link Server.maxClients}. */
  readonly maxClients: number;
  /** Settles when the thread is over: after {@link stop} with what could not be stored, as a sentence,
   * or with an error when it broke. */
  readonly finished: Promise<string | undefined>;
  /** Serves new connections with the certificate that is in those files now. Where it cannot be used,
   * the log says so and the old one stays. */
  reloadTls(paths: TlsPaths): void;
  /** Stops the server as {@link Server.stop} does. */
  stop(reason: StopReason): void;
}

/** The server could not listen, or not even begin to. */
export class ListenError extends Error {
  /** Tells it from other errors in a log. */
  override readonly name = "ListenError";

  /**
   * Says what is wrong with an address.
   *
   * @param code of the system's error, such as `EADDRINUSE`.
   */
  constructor(message: string, readonly code: string | undefined) {
    super(message);
  }
}

/**
 * Starts a server in a worker, so that the network has an event loop of its own.
 *
 * Set the environment variable `DENO_TOKIO_EVENT_INTERVAL` to `1` before: the worker's loop then
 * looks at all sockets in turn, and a few busy ones cannot hold up the others.
 *
 * @param workerOptions for the runtime's `Worker`, such as the permissions that Deno gives it.
 * @throws {ListenError} when the address cannot be had, or what the server is to use.
 */
export function startServerThread(
  options: Partial<ServerOptions>,
  onLog: (entry: LogEntry) => void,
  onTrace: (line: string) => void = () => {},
  workerOptions: object = {},
): Promise<ServerThread> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    ...workerOptions,
    type: "module",
  });
  const tell = (message: ToServerWorker) => worker.postMessage(message);
  return new Promise((resolve, reject) => {
    const { promise: finished, resolve: finish, reject: breakDown } = Promise.withResolvers<
      string | undefined
    >();
    finished.catch(() => {}); // a caller that awaits it still receives the error
    worker.onmessage = ({ data }: MessageEvent<FromServerWorker>) => {
      switch (data.type) {
        case "listening":
          resolve({
            ...data,
            finished,
            reloadTls: (paths) => tell({ type: "reload-tls", paths }),
            stop: (reason) => tell({ type: "stop", reason }),
          });
          break;
        case "failed":
          reject(new ListenError(data.message, data.code));
          break;
        case "log":
          onLog(data.entry);
          break;
        case "trace":
          onTrace(data.line);
          break;
        case "stopped":
          finish(data.lost);
          break;
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const error = new Error(`The network thread broke: ${event.message}`);
      reject(error);
      breakDown(error);
    };
    tell({ type: "start", options });
  });
}
