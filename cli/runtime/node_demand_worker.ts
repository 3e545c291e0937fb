/**
 * The thread of a listener that accepts on demand.
 *
 * Node accepts clients whenever its event loop runs. So this thread sleeps unless a client is wanted, and
 * the others stay in the kernel's queue.
 *
 * The descriptor of an accepted client is handed to the main thread, which closes it. This thread must not
 * close it again, as it would at its end: so it lasts as long as the process, and has some 1.5 KB for each
 * client that there ever was (measured in Node 22.19 with 50,000 clients).
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { ASKED, CLOSED, demandOf, type DemandReport, type DemandStart } from "./node_demand.ts";

const { host, port, backlog, memory } = workerData as DemandStart;
const demand = demandOf(memory);
let accepted = 0;

const post = (report: DemandReport) => parentPort!.postMessage(report);

const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
  accepted++;
  const { remoteAddress, remotePort } = socket;
  post({ type: "client", descriptor: descriptorOf(socket), remoteAddress, remotePort });
  sleep();
});
server.on("error", (error) => {
  const { code, message } = error as NodeJS.ErrnoException;
  post({ type: "failed", code, message });
});
// Asked for a client that has not come.
parentPort!.on("message", () => server.close());
server.listen({ host, port, backlog }, () => {
  if (backlog === 0) listenWithout(server);
  const address = server.address() as { readonly address: string; readonly port: number };
  post({ type: "listening", host: address.address, port: address.port });
  sleep();
});

/** Sleeps until a client is wanted, within the call for the one before: else Node would accept more. */
function sleep(): void {
  for (let asked; (asked = Atomics.load(demand, ASKED)) <= accepted;) {
    if (Atomics.load(demand, CLOSED) === 1) return void server.close();
    Atomics.wait(demand, ASKED, asked);
  }
}

/** Node has no public name for the descriptor of a socket. */
function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** Sets a backlog of 0, which Node reads as its default. */
function listenWithout(server: Server): void {
  (server as unknown as { readonly _handle: { listen(backlog: number): void } })._handle.listen(0);
}
