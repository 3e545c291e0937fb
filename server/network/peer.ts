import type { Socket } from "node:net";
import { hostPort } from "../../protocol/mod.ts";
import { plainAddress } from "../addresses/network_address.ts";
import type { TrustedProxies } from "./trusted_proxies.ts";

/**
 * The other end of a connection. It is made when the socket is accepted, and replaced when a trusted
 * proxy names its client.
 */
export interface Peer {
  /** IP address in its canonical form; `unknown` if the socket is closed already. */
  readonly address: string;
  /** 0 if unknown. */
  readonly port: number;
  /** Whether the client encrypts, by TLS with this server or with a trusted proxy. */
  readonly isSecure: boolean;
  /** Whether forwarding headers of HTTP are accepted: the peer itself is a trusted proxy. */
  readonly isTrustedProxy: boolean;
}

export function peerOf(socket: Socket, proxies: TrustedProxies): Peer {
  const address = plainAddress(socket.remoteAddress);
  const port = socket.remotePort ?? 0;
  return { address, port, isSecure: false, isTrustedProxy: proxies.has(address) };
}

/** Address and port of a peer for the log: `192.0.2.1:4242`, `[2001:db8::1]:4242`; the address alone if
 * the port is unknown. */
export function peerText({ address, port }: Pick<Peer, "address" | "port">): string {
  if (port === 0) return address;
  return hostPort({ host: address, port });
}
