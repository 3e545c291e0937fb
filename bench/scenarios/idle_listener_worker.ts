/**
 * The thread of a listener that does not accept for a while, as a server does not whose event loop is
 * busy: it blocks right after listening. Then it greets everybody who still waits.
 *
 * @module
 */

import { createServer } from "node:net";
import type { IdleListenerCommand, IdleListenerReport } from "./idle_listener.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<IdleListenerCommand>) => void;
  postMessage(report: IdleListenerReport): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { backlog, wake } }) => {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // a client that has given up
    socket.resume();
    socket.write("welcome\n");
  });
  server.on("error", (error: NodeJS.ErrnoException) => {
    scope.postMessage({ type: "failed", text: error.message });
  });
  server.listen({ host: "127.0.0.1", port: 0, backlog }, () => {
    const { port } = server.address() as { port: number };
    scope.postMessage({ type: "listening", port });
    // From here on nothing is accepted until somebody wakes this thread.
    Atomics.wait(new Int32Array(wake), 0, 0);
  });
};
