/**
 * What the echo server needs of the network: calls that wait, as in the textbooks.
 *
 * `node:net` accepts clients by itself, so an iterative server cannot be made of it: no client would stay
 * in the kernel's queue. The caller of the server passes in a listener that accepts when asked.
 *
 * @module
 */

/** One client's connection. */
export interface EchoConnection {
  /** The client's `ADDRESS:PORT`. */
  readonly peer: string;
  /**
   * Waits until bytes have come.
   *
   * @returns how many were put into the buffer; `null` when the client has closed its side.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Waits until the kernel has taken all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Tells the client that no more comes, and still reads. */
  closeWrite(): Promise<void>;
  /** Closes at once, and ends a `read` or `write` that waits. Allowed more than once. */
  close(): void;
}

/** A listening socket that accepts only when asked. */
export interface Acceptor {
  /**
   * Takes the next client out of the kernel's queue, or waits for one.
   *
   * @returns `undefined` when the listener was closed.
   * @throws what the system answers, such as having no descriptor left.
   */
  accept(): Promise<EchoConnection | undefined>;
  /** Stops listening, and ends an `accept` that waits. */
  close(): void;
}
