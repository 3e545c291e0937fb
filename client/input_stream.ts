/** Where lines come from: a stream of `node:stream`, as far as it is needed. */
export interface InputStream {
  /** Bytes come as strings of one character a byte. */
  setEncoding(encoding: "latin1"): unknown;
  /** Hears what comes in. */
  on(event: "data", listener: (chunk: string) => void): unknown;
  /** Hears that nothing more comes. */
  on(event: "end", listener: () => void): unknown;
  /** Hears that it cannot be read. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Reads no more, until `resume`. */
  pause(): unknown;
  /** Reads on. */
  resume(): unknown;
}
