import { type ByteString, hostPort, type Trace, type TraceOptions } from "../../protocol/mod.ts";
import type { Clock } from "../core/clock.ts";
import type { Endpoint, OpenTransport } from "../core/transport.ts";

/**
 * Traces the reads and writes of a connection, with a pause after each, and splits writes into
 * segments. With TLS it traces the decrypted bytes.
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
    const incoming = paced(delayMilliseconds, clock);
    const outgoing = paced(delayMilliseconds, clock);
    const transport = open(endpoint, {
      opened: () => listener.opened(),
      received(bytes) {
        trace?.read(bytes);
        incoming(() => listener.received(bytes));
      },
      closed(error) {
        if (error === undefined) trace?.ended();
        incoming(() => listener.closed(error));
      },
    });
    const writeSegment = (bytes: ByteString) => () => {
      transport.write(bytes);
      trace?.wrote(bytes);
    };
    return {
      write(bytes) {
        const size = segmentBytes || bytes.length;
        for (let position = 0; position < bytes.length; position += size) {
          outgoing(writeSegment(bytes.slice(position, position + size)));
        }
      },
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      end: () => outgoing(() => transport.end()),
      destroy: () => transport.destroy(),
    };
  };
}

/** Runs actions in order, with a pause after each. */
function paced(milliseconds: number, clock: Pick<Clock, "after">): (action: () => void) => void {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting[0]!();
    clock.after(milliseconds, () => {
      waiting.shift();
      if (waiting.length > 0) next();
    });
  };
  return (action) => {
    if (milliseconds === 0) action();
    else if (waiting.push(action) === 1) next();
  };
}
