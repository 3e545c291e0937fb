import { browserThread, nodeThread, type Thread } from "./thread.ts";
import type { LogEntry } from "./observability/log.ts";
import type { LiveOptions } from "./live_options.ts";
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
  /**
   * Changes options as {@link Server.change} does.
   *
   * @throws an error with its `code`; then nothing has changed.
   */
  change(options: Partial<LiveOptions>): Promise<void>;
  /**
   * Reads a file as {@link readBoundedFile}, with the permissions of this thread, which may be more than
   * those of the caller.
   *
   * @throws the error of the system with its `code`, or one whose message is the reason.
   */
  readFile(path: string): Promise<string>;
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
export async function startServerThread(
  options: Partial<ServerOptions>,
  onLog: (entry: LogEntry) => void,
  onTrace: (line: string) => void = () => {},
  workerOptions: object = {},
): Promise<ServerThread> {
  const listening = Promise.withResolvers<ServerThread>();
  const finished = Promise.withResolvers<string | undefined>();
  const calls = new Calls((message) => post(message));
  finished.promise.catch(() => {}); // a caller that awaits it still receives the error
  const onMessage = (data: FromServerWorker) => {
    switch (data.type) {
      case "listening":
        return listening.resolve({
          ...data,
          finished: finished.promise,
          reloadTls: (paths) => post({ type: "reload-tls", paths }),
          change: async (options) => void await calls.make({ type: "change", options }),
          readFile: async (path) => await calls.make({ type: "read-file", path }) ?? "",
          stop: (reason) => post({ type: "stop", reason }),
        });
      case "answer":
        return calls.answered(data);
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
    calls.fail(error);
  };
  const thread = await startThread(workerOptions);
  const post = (message: ToServerWorker) => thread.post(message);
  thread.listen(onMessage, onError);
  post({ type: "start", options });
  return await listening.promise;
}

/** Deno gives permissions only to threads that are started as in a browser; Node has no such `Worker`. */
async function startThread(options: object): Promise<Thread> {
  if (typeof Worker === "undefined") {
    const { Worker: NodeWorker } = await import("node:worker_threads");
    return nodeThread(new NodeWorker(new URL("./worker.ts", import.meta.url), options));
  }
  return browserThread(
    new Worker(new URL("./worker.ts", import.meta.url), { ...options, type: "module" }),
  );
}

type Call = Extract<ToServerWorker, { call: number }>;
type Answer = Extract<FromServerWorker, { type: "answer" }>;
/** A call without its number, which is given when it is made. */
type Unnumbered<Message> = Message extends Call ? Omit<Message, "call"> : never;

/** The calls of the network thread that it has not answered. */
export class Calls {
  readonly #waiting = new Map<number, PromiseWithResolvers<string | undefined>>();
  #last = 0;
  #failure: Error | undefined;

  constructor(private readonly post: (message: ToServerWorker) => void) {}

  make(message: Unnumbered<Call>): Promise<string | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const call = ++this.#last;
    const answer = Promise.withResolvers<string | undefined>();
    this.#waiting.set(call, answer);
    this.post({ ...message, call });
    return answer.promise;
  }

  answered({ call, result, error }: Answer): void {
    const answer = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(Object.assign(new Error(error.message), { code: error.code }));
  }

  /** Rejects all calls, those that are made later too. */
  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
