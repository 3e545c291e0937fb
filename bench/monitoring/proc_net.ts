/**
 * Reads Linux's information on sockets in `/proc`, which is open to all programs.
 *
 * @module
 */

/** The state of a listening socket, in hexadecimal, as `/proc/net/tcp` writes it. */
const LISTEN = "0A";

/**
 * How many connections wait to be accepted at a port, from the text of `/proc/net/tcp` or
 * `/proc/net/tcp6`: in the row of a listening socket, `rx_queue` counts them.
 *
 * @returns the sum of all listeners at the port, or `undefined` without a listener.
 */
export function acceptQueueDepth(text: string, port: number): number | undefined {
  let depth: number | undefined;
  for (const line of text.split("\n").slice(1)) {
    // "sl local_address rem_address st tx_queue:rx_queue ..."
    const [, local, , state, queues] = line.trim().split(/\s+/);
    if (state !== LISTEN || local === undefined || queues === undefined) continue;
    if (Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16) !== port) continue;
    depth = (depth ?? 0) + Number.parseInt(queues.split(":")[1] ?? "", 16);
  }
  return depth;
}

/**
 * The counters of one group of `/proc/net/netstat`, by name: a line of names, then one of numbers,
 * both behind the group's own name.
 */
export function netstatCounters(text: string, group: string): ReadonlyMap<string, number> {
  const [names, values] = text.split("\n")
    .filter((line) => line.startsWith(`${group}:`))
    .map((line) => line.trim().split(/\s+/).slice(1));
  return new Map(names?.map((name, index) => [name, Number(values?.[index])]));
}
