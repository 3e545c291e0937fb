import { createServer } from "node:net";

/** Ports that no system gives out by itself: Linux does so from 32768 on, others from 49152 on. */
const FIRST = 20_000;
const PORTS = 12_000;

/**
 * A free port for a server that is started on it more than once.
 *
 * All other tests use port 0. Between two servers the system could give such a port to another test.
 *
 * @param random from 0 to 1.
 */
export async function keptPort(random: () => number = Math.random): Promise<number> {
  while (true) {
    const port = FIRST + Math.floor(random() * PORTS);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
