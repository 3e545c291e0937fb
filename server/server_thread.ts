import { Worker as NodeWorker } from "node:worker_threads";
import { browserThread, nodeThread } from "./thread.ts";
import type { LogEntry } from "./observability/log.ts";
import type { ServerAddress, ServerOptions } from "./server.ts";
import type { StopReason } from "./network/connection_registry.ts";
import type { FromServerWorker, TlsPaths, ToServerWorker } from "./worker_messages.ts";

/** A server in a thread of its own. */
export interface ServerThread {
  /** The listening address. */
  readonly address: ServerAddress;
  /** See {@link Server.maxClients}. */
  readonly maxClients: number;
  /** Resolves after {@link stop}, with a sentence about data that could not be stored, if any. Rejects if
   * the thread fails. */
  readonly finished: Promise<string | undefined>;
  /** Replaces the certificate for new connections by the one in the files. An unusable one is logged, and
   * the old one stays. */
  reloadTls(paths: TlsPaths): void;
  /** Stops the server as {@link Server.stop} does. */
  stop(reason: StopReason): void;
}

/** The server could not be started. */
export class ListenError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "ListenError";

  /**
   * Makes an error about an address.
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
 * Set the environment variable `DENO_TOKIO_EVENT_INTERVAL` to `1` before: the worker's event loop then
 * polls all sockets in turn, and a few busy ones cannot delay the others.
 *
 * @param workerOptions of the runtime's `Worker`, such as permissions in Deno.
 * @throws {ListenError} if the address, the data, or another resource cannot be used.
 */
export function startServerThread(
  options: Partial<ServerOptions>,
  onLog: (entry: LogEntry) => void,
  onTrace: (line: string) => void = () => {},
  workerOptions: object = {},
): Promise<ServerThread> {
  const listening = Promise.withResolvers<ServerThread>();
  const finished = Promise.withResolvers<string | undefined>();
  finished.promise.catch(() => {}); // a caller that awaits it still receives the error
  const onMessage = (data: FromServerWorker) => {
    switch (data.type) {
      case "listening":
        return listening.resolve({
          ...data,
          finished: finished.promise,
          reloadTls: (paths) => post({ type: "reload-tls", paths }),
          stop: (reason) => post({ type: "stop", reason }),
        });
      case "failed":
        return listening.reject(new ListenError(data.message, data.code));
      case "log":
        return onLog(data.entry);
      case "trace":
        return onTrace(data.line);
      case "stopped":
        return finished.resolve(data.lost);
    }
  };
  const onError = (message: string) => {
    const error = new Error(`The network thread failed: ${message}`);
    listening.reject(error);
    finished.reject(error);
  };
  // Deno gives permissions only to threads that are started as in a browser; Node has no such `Worker`.
  const thread = typeof Worker === "undefined"
    ? nodeThread(new NodeWorker(new URL("./worker.ts", import.meta.url), workerOptions))
    : browserThread(
      new Worker(new URL("./worker.ts", import.meta.url), { ...workerOptions, type: "module" }),
    );
  const post = (message: ToServerWorker) => thread.post(message);
  thread.listen(onMessage, onError);
  post({ type: "start", options });
  return listening.promise;
}
