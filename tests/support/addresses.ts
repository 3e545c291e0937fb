import { connect, type Socket } from "node:net";
import { isFree } from "../../tools/free_port.ts";
import { eventually } from "./eventually.ts";
import { RawClient } from "./raw_client.ts";

export { freePort } from "../../tools/free_port.ts";

/**
 * Waits until a port on which this process listened is free. Another test may be starting a program: until
 * that runs, it has a copy of this process's sockets.
 */
export async function untilFree(port: number): Promise<void> {
  await eventually(() => isFree(port), `port ${port} to be free`);
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
