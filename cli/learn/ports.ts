import { createServer, type Server } from "node:net";
import { LESSON_PORTS } from "../../client/learn/terminal_one.ts";

/**
 * Ports for those of the lessons: themselves where they are free, other free ones where a program
 * listens on them. All are held until all are chosen, so that they differ.
 *
 * @param wanted the ports of the lessons.
 */
export async function choosePorts(
  wanted: readonly number[] = LESSON_PORTS,
): Promise<ReadonlyMap<number, number>> {
  const ports = new Map<number, number>();
  const held: Server[] = [];
  for (const port of wanted) {
    // On all addresses: a listener on any of them would be in the way.
    const server = await listenOn(port).catch(() => listenOn(0));
    held.push(server);
    ports.set(port, (server.address() as { port: number }).port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "0.0.0.0", () => resolve(server));
  });
}
