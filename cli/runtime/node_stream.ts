import type { Readable } from "node:stream";

/** Reads a stream by calls, as from a file. */
export interface PullReader {
  /** Waits for bytes. @returns the number read into the buffer; `null` after the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

const READERS = new WeakMap<Readable, PullReader>();

/**
 * The reader of a stream, which is read by nothing else. While no call waits, the stream reads no more than
 * its buffer has room for.
 */
export function pullFrom(stream: Readable): PullReader {
  const reader = READERS.get(stream) ?? newReader(stream);
  READERS.set(stream, reader);
  return reader;
}

function newReader(stream: Readable): PullReader {
  let failure: Error | undefined;
  let wake = () => {};
  for (const event of ["readable", "end", "close"]) stream.on(event, () => wake());
  stream.on("error", (error) => {
    failure = error;
    wake();
  });
  return {
    async read(buffer) {
      for (;;) {
        if (failure !== undefined) throw failure;
        const size = Math.min(buffer.length, stream.readableLength);
        // Without bytes it asks for some, or notices the end.
        const chunk: Uint8Array | null = stream.read(size || undefined);
        if (chunk !== null) {
          buffer.set(chunk.subarray(0, buffer.length));
          // What came since the length was read.
          if (chunk.length > buffer.length) stream.unshift(chunk.subarray(buffer.length));
          return Math.min(chunk.length, buffer.length);
        }
        if (stream.readableEnded) return null;
        if (stream.destroyed) throw failure ?? new Error("it was closed");
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}
