import type { Worker as NodeWorker } from "node:worker_threads";

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
