/**
 * The network of the echo server: calls that wait, as in textbooks.
 *
 * `node:net` accepts clients automatically, so that no client would stay in the kernel's queue, as an
 * iterative server needs. The caller of the server passes in a listener that accepts on demand.
 *
 * @module
 */

export interface EchoConnection {
  /** `ADDRESS:PORT` of the client. */
  readonly peer: string;
  /** Waits for bytes. @returns the number read into the buffer; `null` after the end of the input. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Waits until the kernel has accepted all bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the output; input is still read. */
  closeWrite(): Promise<void>;
  /** Closes at once, and ends a waiting `read` or `write`. May be called again. */
  close(): void;
}

/** A listening socket that accepts on demand. */
export interface Acceptor {
  /**
   * Accepts the next client of the kernel's queue, or waits for one.
   *
   * @returns `undefined` after {@link close}.
   * @throws the error of the system, such as for a lack of descriptors.
   */
  accept(): Promise<EchoConnection | undefined>;
  /** Stops to listen, and ends a waiting `accept`. */
  close(): void;
}
