import { parentPort, type Worker as NodeWorker } from "node:worker_threads";

/** A thread, as the one that has started it sees it. */
export interface Thread {
  post(message: unknown): void;
  /** @param onError receives the message of an error that ends the thread. */
  listen<Message>(onMessage: (message: Message) => void, onError: (message: string) => void): void;
}

/** A thread of `node:worker_threads`. */
export function nodeThread(worker: NodeWorker): Thread {
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.on("message", onMessage);
      worker.on("error", (error) => {
        onError(error instanceof Error ? error.message : String(error));
      });
    },
  };
}

/** A thread that was started as in a browser. */
export function browserThread(worker: Worker): Thread {
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onerror = (event) => {
        event.preventDefault();
        onError(event.message);
      };
    },
  };
}

/** The thread that has started this one, as this one sees it. */
export interface ThreadPort<Sent, Received> {
  readonly post: (message: Sent) => void;
  readonly onMessage: (listener: (message: Received) => void) => void;
  /** Ends the thread. */
  readonly close: () => void;
}

/** Members of the global scope of a thread that was started as in a browser. */
interface WorkerScope {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown): void;
  close(): void;
}

/** How this thread exchanges messages with the one that has started it. */
export function threadPort<Sent, Received>(): ThreadPort<Sent, Received> {
  const port = parentPort;
  if (port !== null) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => void port.on("message", listener),
      close: () => port.close(),
    };
  }
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message) => scope.postMessage(message),
    onMessage: (listener) => void (scope.onmessage = ({ data }) => listener(data)),
    close: () => scope.close(),
  };
}
