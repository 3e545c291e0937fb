import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Trace, TraceOptions } from "../../protocol/mod.ts";

/**
 * The intercepted methods of a socket's stream: the calls between it and the system. The types of node
 * declare them protected, or for subclasses only; a socket has no other place to intercept.
 */
interface StreamInsides {
  push(chunk: Uint8Array | null): boolean;
  _write(
    chunk: Uint8Array,
    encoding: BufferEncoding | "buffer",
    done: (error?: Error | null) => void,
  ): void;
  _writev?: unknown;
}

/**
 * Traces the reads and writes of a socket, with a pause after each, and cuts its writes into segments.
 *
 * 1. The socket stays the same object, so that its owners need no change, HTTP included. Only TLS takes
 *    the system's socket from it (Deno 2.9.6): after its first read nothing is traced.
 * 2. During the pause after a read, `push` returns false: the system's socket is not read.
 * 3. A segment is written when the system has accepted the one before. The write completes with its last
 *    segment, so that waiting bytes are still counted.
 *
 * @param trace receives the reads and writes; `undefined` for none.
 */
export function traceSocket(
  socket: Socket,
  trace: Trace | undefined,
  { delayMilliseconds, segmentBytes }: TraceOptions,
): void {
  const insides = socket as unknown as StreamInsides;
  const push = insides.push.bind(socket);
  const write = insides._write.bind(socket);
  /** Reads that wait for the end of their pause. */
  const resting: (Uint8Array | null)[] = [];
  const handOn = () => {
    push(resting[0]!);
    resting.shift();
    if (resting.length > 0) rest(handOn);
  };
  const rest = (then: () => void) => {
    if (delayMilliseconds > 0) setTimeout(then, delayMilliseconds);
    else then();
  };
  insides.push = (chunk) => {
    if (chunk === null) trace?.ended();
    else trace?.read(Buffer.from(chunk).toString("latin1"));
    if (delayMilliseconds === 0) return push(chunk);
    resting.push(chunk === null ? null : Uint8Array.from(chunk)); // the system's buffer is its own
    if (resting.length === 1) rest(handOn);
    return false;
  };
  // Otherwise several waiting writes would become one.
  insides._writev = undefined;
  insides._write = (chunk, encoding, done) => {
    const bytes = typeof chunk === "string"
      ? Buffer.from(chunk, encoding as BufferEncoding)
      : chunk;
    const size = segmentBytes || bytes.length;
    const writeFrom = (position: number): void => {
      const segment = bytes.subarray(position, position + size);
      write(segment, "buffer", (error) => {
        if (error) return done(error);
        if (segment.length > 0) trace?.wrote(Buffer.from(segment).toString("latin1"));
        const next = position + size;
        rest(() => next < bytes.length ? writeFrom(next) : done());
      });
    };
    writeFrom(0);
  };
}
