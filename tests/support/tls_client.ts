import { connect, type TLSSocket } from "node:tls";
import { RawClient } from "./raw_client.ts";

/** A client inside TLS: connects, and resolves when the handshake is done. */
export function connectTls(port: number, ca: string): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.removeListener("error", reject);
      resolve(RawClient.on(socket));
    });
  });
}
