import { connect, type Socket } from "node:net";
import { eventually } from "./eventually.ts";
import { RawClient } from "./raw_client.ts";

/**
 * Ports that no socket gets without asking: the system gives those from 32,768 on, and the load tester
 * binds those from 10,000 on for very many connections.
 */
const PORTS = { first: 2000, count: 6000 };

/** A free port, for programs that cannot have the system choose one, and for servers that are started on it
 * more than once: no other test gets it meanwhile. */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (isFree(port)) return port;
  }
  throw new Error("Cannot find a free port: 100 are in use");
}

/**
 * Waits until a port on which this process listened is free. Another test may be starting a program: until
 * that runs, it has a copy of this process's sockets.
 */
export async function untilFree(port: number): Promise<void> {
  await eventually(() => isFree(port), `port ${port} to be free`);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return false;
  }
}

/** Connects from an address of this machine, such as `127.0.0.2`, and sends something at once. */
export function connectFrom(
  localAddress: string,
  port: number,
  first: string | Uint8Array = "",
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      socket.on("error", () => {}); // "close" follows
      if (first !== "") socket.write(first);
      resolve(socket);
    });
  });
}

/** Joins from an address of this machine, as a person. */
export async function joinFrom(
  localAddress: string,
  port: number,
  name: string,
): Promise<RawClient> {
  const client = RawClient.on(await connectFrom(localAddress, port, `${name}\n`));
  await client.until("available commands.\n");
  return client;
}
