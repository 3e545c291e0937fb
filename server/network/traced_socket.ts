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
  const afterPause = (run: () => void) => {
    if (delayMilliseconds > 0) setTimeout(run, delayMilliseconds);
    else run();
  };
  traceReads(insides, trace, delayMilliseconds > 0 ? afterPause : undefined);
  traceWrites(insides, trace, segmentBytes, afterPause);
}

/** @param afterPause calls a function after the pause; `undefined` without one. */
function traceReads(
  insides: StreamInsides,
  trace: Trace | undefined,
  afterPause: ((run: () => void) => void) | undefined,
): void {
  const push = insides.push.bind(insides);
  /** Reads that wait for the end of their pause. */
  const paused: (Uint8Array | null)[] = [];
  const pushFirst = () => {
    push(paused[0]!);
    paused.shift();
    if (paused.length > 0) afterPause!(pushFirst);
  };
  insides.push = (chunk) => {
    if (chunk === null) trace?.ended();
    else trace?.read(Buffer.from(chunk).toString("latin1"));
    if (afterPause === undefined) return push(chunk);
    paused.push(chunk === null ? null : Uint8Array.from(chunk)); // the system reuses its buffer
    if (paused.length === 1) afterPause(pushFirst);
    return false;
  };
}

/** @param segmentBytes 0 for whole writes. */
function traceWrites(
  insides: StreamInsides,
  trace: Trace | undefined,
  segmentBytes: number,
  afterPause: (run: () => void) => void,
): void {
  const write = insides._write.bind(insides);
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
        afterPause(() => next < bytes.length ? writeFrom(next) : done());
      });
    };
    writeFrom(0);
  };
}
