/**
 * What {@link ChatClient} needs of a connection: bytes in, bytes out. TCP is the one that people
 * use (`tcp_transport.ts`); tests pass their own.
 *
 * @module
 */

import type { ByteString } from "../../protocol/byte_string.ts";

/** Where a server is. */
export interface Endpoint {
  /** Name or address of the machine. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Where a server is looked for; what is not given is `127.0.0.1` and 8080. */
export function endpointOf({ host = "127.0.0.1", port = 8080 }: Partial<Endpoint>): Endpoint {
  return { host, port };
}

/** The client's end of a connection. */
export interface Transport {
  /** Sends bytes, in the order of the calls. What the server does not take yet waits in memory. */
  write(bytes: ByteString): void;
  /** Stops reading, so that the server learns that this client is slow. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Says that nothing more will come, behind what was written, and still reads. */
  end(): void;
  /** Closes at once. Allowed at any time, and more than once. */
  destroy(): void;
}

/** What a connection tells the client. */
export interface TransportListener {
  /** The connection stands. */
  opened(): void;
  /** Bytes came in, cut anywhere. */
  received(bytes: ByteString): void;
  /** Told exactly once, also when the connection never stood. Without an error the server closed. */
  closed(error?: Error): void;
}

/** Starts to connect. It tells the listener later, never before it returns. */
export type OpenTransport = (endpoint: Endpoint, listener: TransportListener) => Transport;
