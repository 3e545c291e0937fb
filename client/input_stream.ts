/** Where lines come from: a stream of `node:stream`, as far as it is needed. */
export interface InputStream {
  setEncoding(encoding: "latin1"): unknown;
  on(event: "data", listener: (chunk: string) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}
