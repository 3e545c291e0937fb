import { parentPort } from "node:worker_threads";

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
