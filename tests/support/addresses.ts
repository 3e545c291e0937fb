import { connect, type Socket } from "node:net";
import { RawClient } from "./raw_client.ts";

/** Ports below those that Linux gives to sockets that did not ask for one. */
const PORTS = { first: 20_000, count: 12_000 };

/** A free port, for programs that cannot have the system choose one, and for servers that are started on it
 * more than once: no other test gets it meanwhile. */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("Cannot find a free port: 100 are in use");
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
