import { readProcThroughCat } from "../proc_files.ts";

/** Interval at which the queue is looked at, in milliseconds: the kernel reports no changes. */
const INTERVAL = 300;

/** The state `LISTEN` in `/proc/net/tcp`. */
const LISTEN = "0A";

/**
 * The number of connections that wait to be accepted at a port, in the content of `/proc/net/tcp`: for
 * listeners the kernel writes it as the size of the receive queue.
 *
 * @returns `undefined` without a listener there.
 */
export function waitingIn(table: string, port: number): number | undefined {
  const local = port.toString(16).toUpperCase().padStart(4, "0");
  const row = new RegExp(`^ *\\d+: [\\dA-F]+:${local} \\S+ ${LISTEN} [\\dA-F]+:([\\dA-F]+) `, "m");
  const [, queue] = row.exec(table) ?? [];
  return queue === undefined ? undefined : parseInt(queue, 16);
}

/** Whether the queues of this system can be read. */
export async function hasQueueTable(): Promise<boolean> {
  return await readProcThroughCat("/proc/net/tcp") !== undefined;
}

/**
 * Reports the number of waiting connections at a port whenever it has changed.
 *
 * @returns ends it.
 */
export function watchQueue(port: number, changed: (count: number) => void): () => void {
  let last = 0;
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout>;
  const look = async () => {
    const count = waitingIn(await readProcThroughCat("/proc/net/tcp") ?? "", port) ?? 0;
    if (isStopped) return;
    if (count !== last) changed(last = count);
    timer = setTimeout(look, INTERVAL);
  };
  void look();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
