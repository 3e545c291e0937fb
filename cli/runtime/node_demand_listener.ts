import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { ASKED, CLOSED, DEMAND_BYTES, demandOf } from "./node_demand.ts";
import type { DemandReport, DemandStart } from "./node_demand.ts";
import { AcceptQueue, connectionOf } from "./node_listener.ts";
import type { ListeningAcceptor, ListenOptions } from "./runtime.ts";

/** Listens, and leaves clients in the kernel's queue until they are asked for. */
export async function listenOnDemand(
  { host, port, backlog }: ListenOptions,
): Promise<ListeningAcceptor> {
  const memory = new SharedArrayBuffer(DEMAND_BYTES);
  const demand = demandOf(memory);
  const queue = new AcceptQueue();
  const listening = Promise.withResolvers<Extract<DemandReport, { readonly type: "listening" }>>();
  const start: DemandStart = { host, port, backlog, memory };
  const worker = new Worker(new URL("./node_demand_worker.ts", import.meta.url), {
    workerData: start,
  });
  const fail = (error: Error) => {
    listening.reject(error);
    queue.fail(error);
  };
  worker.on("message", (report: DemandReport) => {
    if (report.type === "listening") listening.resolve(report);
    else if (report.type === "failed") {
      fail(Object.assign(new Error(report.message), { code: report.code }));
    } else {
      const socket = new Socket({ fd: report.descriptor, allowHalfOpen: true });
      queue.add(connectionOf(socket, report));
    }
  });
  worker.on("error", fail);
  const address = await listening.promise;
  return {
    host: address.host,
    port: address.port,
    accept() {
      Atomics.add(demand, ASKED, 1);
      Atomics.notify(demand, ASKED);
      return queue.next();
    },
    close() {
      Atomics.store(demand, CLOSED, 1);
      Atomics.notify(demand, ASKED);
      worker.postMessage("close");
      worker.unref();
      queue.close();
    },
  };
}
