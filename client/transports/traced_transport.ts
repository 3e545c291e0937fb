import { type ByteString, hostPort, type Trace, type TraceOptions } from "../../protocol/mod.ts";
import type { Clock } from "../core/clock.ts";
import type { Endpoint, OpenTransport } from "../core/transport.ts";

/** Delayed bytes in one direction from which on their source waits. */
const MAX_DELAYED_BYTES = 65_536;

/**
 * Traces the reads and writes of a connection, with a pause after each, and splits writes into
 * segments. With TLS it traces the decrypted bytes.
 *
 * 1. Bytes that are delayed while the reader has paused are delivered when it resumes.
 * 2. From {@link MAX_DELAYED_BYTES} on, the connection is not read, and the writer has to wait.
 * 3. After `destroy` nothing is delivered or written but the end.
 *
 * @param traceOf makes the trace of a connection; `undefined` for none.
 */
export function tracedTransport(
  open: OpenTransport,
  traceOf: (connection: string) => Trace | undefined,
  { delayMilliseconds, segmentBytes }: TraceOptions,
  clock: Pick<Clock, "after">,
): OpenTransport {
  return (endpoint: Endpoint, listener) => {
    const trace = traceOf(hostPort(endpoint));
    let isDestroyed = false;
    let isFull = false; // of the transport itself
    const incoming = new PacedQueue(delayMilliseconds, clock, () => transport.resume());
    const drained = () => {
      if (!isFull && !outgoing.isFull) listener.drained?.();
    };
    const outgoing = new PacedQueue(delayMilliseconds, clock, drained);
    const transport = open(endpoint, {
      opened: () => listener.opened(),
      received(bytes) {
        if (isDestroyed) return;
        trace?.read(bytes);
        incoming.add(() => listener.received(bytes), bytes.length);
        if (incoming.isFull) transport.pause();
      },
      drained() {
        isFull = false;
        drained();
      },
      closed(error) {
        if (error === undefined) trace?.ended();
        outgoing.clear();
        if (isDestroyed) listener.closed(error);
        else incoming.add(() => listener.closed(error));
      },
    });
    const writeSegment = (bytes: ByteString) => () => {
      if (transport.write(bytes) === false) isFull = true;
      trace?.wrote(bytes);
    };
    return {
      write(bytes) {
        const size = segmentBytes || bytes.length;
        for (let position = 0; position < bytes.length; position += size) {
          const segment = bytes.slice(position, position + size);
          outgoing.add(writeSegment(segment), segment.length);
        }
        return !isFull && !outgoing.isFull;
      },
      pause() {
        incoming.hold();
        transport.pause();
      },
      resume() {
        if (incoming.release()) transport.resume();
      },
      end: () => outgoing.add(() => transport.end()),
      destroy() {
        isDestroyed = true;
        incoming.clear();
        outgoing.clear();
        transport.destroy();
      },
    };
  };
}

/** Runs actions in order, with a pause after each; without a pause at once. */
class PacedQueue {
  #waiting: { readonly run: () => void; readonly bytes: number }[] = [];
  #bytes = 0;
  #isHeld = false;
  #cancelPause: (() => void) | undefined;

  /** @param relieved called when the queue is no longer full, and not held. */
  constructor(
    private readonly milliseconds: number,
    private readonly clock: Pick<Clock, "after">,
    private readonly relieved: () => void,
  ) {}

  get isFull(): boolean {
    return this.#bytes >= MAX_DELAYED_BYTES;
  }

  add(run: () => void, bytes = 0): void {
    if (this.milliseconds === 0) return run();
    this.#waiting.push({ run, bytes });
    this.#bytes += bytes;
    this.#next();
  }

  /** Runs nothing more until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** @returns whether the queue takes more. */
  release(): boolean {
    this.#isHeld = false;
    this.#next();
    return !this.#isHeld && !this.isFull;
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#cancelPause?.();
    this.#cancelPause = undefined;
  }

  #next(): void {
    if (this.#isHeld || this.#cancelPause !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const wasFull = this.isFull;
    this.#bytes -= next.bytes;
    this.#cancelPause = this.clock.after(this.milliseconds, () => {
      this.#cancelPause = undefined;
      this.#next();
    });
    next.run();
    if (wasFull && !this.isFull && !this.#isHeld) this.relieved();
  }
}
