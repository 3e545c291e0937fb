import { acceptQueueDepth, netstatCounters } from "./proc_net.ts";
import type { ReadProc } from "./proc_files.ts";

/** The accept queue of a port, and the system's counters of connection attempts; `null` where unknown. */
export interface QueueFigures {
  /** `net.core.somaxconn`, which caps every backlog. */
  readonly somaxconn: number | null;
  /** Maximum number of connections observed waiting to be accepted. */
  readonly held: number | null;
  /** SYNs that met a full queue, in the whole system. */
  readonly listenOverflows: number | null;
  /** SYNs that were dropped for any reason, in the whole system. */
  readonly listenDrops: number | null;
  /** SYNs that were sent again, in the whole system. */
  readonly synRetransmissions: number | null;
}

const COUNTERS = {
  listenOverflows: "ListenOverflows",
  listenDrops: "ListenDrops",
  synRetransmissions: "TCPSynRetrans",
} as const;

/** Watches a port's accept queue, and how the system's counters change meanwhile. */
export class BacklogWatch {
  readonly #read: ReadProc;
  readonly #port: number;
  #held: number | null = null;
  #before: ReadonlyMap<string, number> = new Map();

  private constructor(port: number, read: ReadProc) {
    this.#port = port;
    this.#read = read;
  }

  /** Starts from the current counters. */
  static async start(port: number, read: ReadProc): Promise<BacklogWatch> {
    const watch = new BacklogWatch(port, read);
    watch.#before = await watch.#counters();
    return watch;
  }

  /** Reads the depth of the queue; the maximum counts. */
  async look(): Promise<void> {
    for (const path of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      const depth = acceptQueueDepth(await this.#read(path) ?? "", this.#port);
      if (depth !== undefined) this.#held = Math.max(this.#held ?? 0, depth);
    }
  }

  /** The maximum depth, and the changes of the counters until now. */
  async figures(): Promise<QueueFigures> {
    const after = await this.#counters();
    const change = (name: string) => {
      const [from, to] = [this.#before.get(name), after.get(name)];
      return from === undefined || to === undefined ? null : to - from;
    };
    const somaxconn = await this.#read("/proc/sys/net/core/somaxconn");
    return {
      somaxconn: somaxconn === undefined ? null : Number(somaxconn.trim()),
      held: this.#held,
      listenOverflows: change(COUNTERS.listenOverflows),
      listenDrops: change(COUNTERS.listenDrops),
      synRetransmissions: change(COUNTERS.synRetransmissions),
    };
  }

  async #counters(): Promise<ReadonlyMap<string, number>> {
    return netstatCounters(await this.#read("/proc/net/netstat") ?? "", "TcpExt");
  }
}
