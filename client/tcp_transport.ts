import net from "node:net";
import { connectablePort, socketTransport } from "./socket_transport.ts";
import type { OpenTransport, Transport } from "./core/transport.ts";

/** Connects by TCP. */
export const openTcp: OpenTransport = ({ host, port }, listener): Transport =>
  socketTransport(() => net.connect({ host, port: connectablePort(port) }), "connect", listener);
