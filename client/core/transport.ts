/**
 * The transport of a client: bytes in, bytes out. TCP and TLS are in `client/transports/`; tests pass
 * their own.
 *
 * @module
 */

import type { ByteString } from "../../protocol/byte_string.ts";

/** The address of a server. */
export interface Endpoint {
  /** Name or address of the host. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** The address with the defaults `127.0.0.1` and 8080. */
export function endpointOf({ host = "127.0.0.1", port = 8080 }: Partial<Endpoint>): Endpoint {
  return { host, port };
}

/** The client's end of a connection. */
export interface Transport {
  /**
   * Sends bytes, in the order of the calls. Bytes that the network does not accept yet wait in memory.
   *
   * @returns false if the caller should wait for {@link TransportListener.drained} before it sends more.
   */
  write(bytes: ByteString): boolean | void;
  /** Stops reading: TCP then slows the server down. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends the output after all written bytes; input is still read. */
  end(): void;
  /** Closes at once. Allowed at any time, and more than once. */
  destroy(): void;
}

/** Receives the events of a transport. */
export interface TransportListener {
  /** The connection is established. */
  opened(): void;
  /** Bytes were received, cut anywhere. */
  received(bytes: ByteString): void;
  /** The network has accepted all bytes after a `write` that returned false. */
  drained?(): void;
  /** Called once, even if the connection was never established. Without an error the server closed it. */
  closed(error?: Error): void;
}

/** Starts to connect. The listener is called later, never before this returns. */
export type OpenTransport = (endpoint: Endpoint, listener: TransportListener) => Transport;
